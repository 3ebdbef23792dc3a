package countdown

import (
	"fmt"
	"testing"
)

// frac is a fraction in lowest terms with d > 0. It is the tests' own: four cards
// up to 13 stay far inside 64 bits.
type frac struct{ n, d int64 }

func reduce(n, d int64) frac {
	if d < 0 {
		n, d = -n, -d
	}
	a, b := n, d
	if a < 0 {
		a = -a
	}
	for b != 0 {
		a, b = b, a%b
	}
	return frac{n / a, d / a}
}

func (f frac) operand() string {
	switch {
	case f.d != 1:
		return fmt.Sprintf("(%d/%d)", f.n, f.d)
	case f.n < 0:
		return fmt.Sprintf("(%d)", f.n)
	}
	return fmt.Sprint(f.n)
}

// way says how a value comes from the values of two disjoint sets of cards.
type way struct {
	op           byte
	a, b         frac
	aCards, rest int // bit sets
}

// oracle holds, for every set of cards, all values that use exactly these cards.
// It joins sets, as an expression does; the package replaces two numbers of a
// list, as a player does: the two share no idea but arithmetic.
type oracle [16]map[frac]way

func newOracle(cards [4]int64, integer bool) *oracle {
	var o oracle
	for set := 1; set < 16; set++ {
		o[set] = map[frac]way{}
		for a := (set - 1) & set; a > 0; a = (a - 1) & set {
			for x := range o[a] {
				for y := range o[set^a] {
					o.join(set, a, x, y, integer)
				}
			}
		}
		for i, c := range cards {
			if set == 1<<i {
				o[set][frac{c, 1}] = way{}
			}
		}
	}
	return &o
}

// join adds x op y for all four; y op x comes with the sets swapped.
func (o *oracle) join(set, aCards int, x, y frac, integer bool) {
	add := func(op byte, n, d int64) {
		f := reduce(n, d)
		switch _, known := o[set][f]; {
		case known, integer && (f.n < 0 || f.d != 1):
			return
		case set == 15 && f != frac{24, 1}:
			return // of all four cards nothing else is asked
		}
		o[set][f] = way{op, x, y, aCards, set ^ aCards}
	}
	add('+', x.n*y.d+y.n*x.d, x.d*y.d)
	add('-', x.n*y.d-y.n*x.d, x.d*y.d)
	add('*', x.n*y.n, x.d*y.d)
	if y.n != 0 {
		add('/', x.n*y.d, x.d*y.n)
	}
}

// steps lists how value comes about, in an order that can be played.
func (o *oracle) steps(set int, value frac) []string {
	w := o[set][value]
	if w.op == 0 {
		return nil
	}
	steps := append(o.steps(w.aCards, w.a), o.steps(w.rest, w.b)...)
	return append(steps, w.a.operand()+string(w.op)+w.b.operand())
}

// All 1,820 hands of four cards 1 to 13, against the oracle: a hand it solves is
// walked to reward 1 by its steps, and its answer passes Verify; and in every
// hand the listed actions reach reward 1 exactly if the oracle does.
func TestAllHands(t *testing.T) {
	tests := []struct {
		name           string
		game           Game
		solved, unable int
	}{
		{"rational: the published 1,362 of 1,820", game24, 1362, 458},
		{"integer: 16 hands need a fraction on the way", game24Integer, 1346, 474},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			solved, unable := 0, 0
			known := map[string]bool{}
			eachHand(func(cards [4]int64) {
				problem := fmt.Sprintf("%d %d %d %d", cards[0], cards[1], cards[2], cards[3])
				s := start(t, tt.game, problem)
				o := newOracle(cards, tt.game.Integer)
				_, solvable := o[15][frac{24, 1}]
				if got := reachable(t, s, known); got != solvable {
					t.Fatalf("%s: actions reach 24: %v, oracle: %v", problem, got, solvable)
				}
				if !solvable {
					unable++
					return
				}
				solved++
				end := walk(t, s, o.steps(15, frac{24, 1})...)
				if outcome, over := end.Outcome(); !over || outcome.Reward != 1 {
					t.Fatalf("%s: the oracle's steps %q end at %s", problem, end.Steps(), end)
				}
				if err := tt.game.Verify(t.Context(), problem, end.Answer()); err != nil {
					t.Fatalf("%s: %v", problem, err)
				}
			})
			if solved != tt.solved || unable != tt.unable {
				t.Errorf("%d hands solved and %d not, want %d and %d", solved, unable, tt.solved, tt.unable)
			}
		})
	}
}

func eachHand(f func([4]int64)) {
	for a := int64(1); a <= 13; a++ {
		for b := a; b <= 13; b++ {
			for c := b; c <= 13; c++ {
				for d := c; d <= 13; d++ {
					f([4]int64{a, b, c, d})
				}
			}
		}
	}
}
