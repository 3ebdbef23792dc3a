package mcts

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// slope is a game of which the true values are known, and that nothing can be
// proven of, for it has no end: at the first three moves one of four keeps the
// value of a position, and each of the others costs the player who makes it a
// tenth to three tenths. From then on all moves are worth the same.
type slope struct {
	two   bool    // players
	noise float64 // of guesses
	line  []slopeAt
}

type slopeAt struct {
	hash   uint64
	value  float64 // for the player to move
	player int
}

func newSlope(seed uint64, two bool, noise float64) *slope {
	hash := env.Mix(seed + 1)
	return &slope{two, noise, []slopeAt{{hash: hash, value: 0.3 + 0.4*fraction(hash)}}}
}

func fraction(hash uint64) float64 { return float64(env.Mix(hash)>>11) / (1 << 53) }

func (p *slope) here() slopeAt  { return p.line[len(p.line)-1] }
func (p *slope) best() env.Move { return env.Move(p.here().hash % 4) }

func (p *slope) Moves(buf []env.Move) []env.Move { return append(buf, 0, 1, 2, 3) }

func (p *slope) Play(m env.Move) {
	next := p.here()
	if m != p.best() && len(p.line) <= 3 {
		next.value = max(0, next.value-0.1-0.2*fraction(next.hash+uint64(m)))
	}
	if p.two {
		next.value, next.player = 1-next.value, 1-next.player
	}
	next.hash = env.Mix(next.hash + uint64(m) + 1)
	p.line = append(p.line, next)
}

func (p *slope) Undo()                   { p.line = p.line[:len(p.line)-1] }
func (p *slope) Hash() uint64            { return p.here().hash }
func (p *slope) ToMove() int             { return p.here().player }
func (p *slope) Result() (float32, bool) { return 0, false }
func (p *slope) Clone() env.Position {
	return &slope{p.two, p.noise, append([]slopeAt(nil), p.line...)}
}
func (p *slope) CopyFrom(from env.Position) { p.line = append(p.line[:0], from.(*slope).line...) }
func (p *slope) String() string             { return strconv.FormatUint(p.Hash(), 16) }
func (p *slope) MoveText(m env.Move) string { return strconv.Itoa(int(m)) }

// guess is the true value with noise that is as often too high as too low.
func guess(p env.Position) float64 {
	g := p.(*slope)
	at := g.here()
	return at.value + (2*fraction(at.hash+99)-1)*min(g.noise, at.value, 1-at.value)
}

// After many simulations the mean of the root comes near its true value, and
// nearer than after few. What is left is what the rule spends on other moves to
// be sure of them. Gumbel is given less noise: by its exponential scale a move
// whose first guess was too low by more than its lead is not tried again.
func TestMeansConverge(t *testing.T) {
	const few, many, seeds = 100, 3000, 6
	for _, tt := range []struct {
		name  string
		rule  Rule
		noise float64
		near  float64 // mean error after many
		step  bool    // of the best step, and not of the root
	}{
		{"uct", UCT{}, 0.3, 0.06, false},
		{"puct", PUCT{}, 0.3, 0.06, false},
		{"puct scaled by the spread of values", PUCT{Spread: true}, 0.3, 0.06, false},
		{"thompson", Thompson{}, 0.3, 0.06, false},
		{"gumbel", Gumbel{}, 0.04, 0.02, false},
		{"gumbel, the survivor of a halved budget", Gumbel{Budget: many}, 0.04, 0.02, true},
	} {
		for _, two := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, two players %v", tt.name, two), func(t *testing.T) {
				var errs [2]float64
				for i, simulations := range []int{few, many} {
					for seed := range uint64(seeds) {
						p := newSlope(seed, two, tt.noise)
						s, err := NewPosition(p, PositionOptions{
							Rule: tt.rule, Judge: guessing, Simulations: simulations, Puzzle: !two, Seed: seed,
						})
						if err != nil {
							t.Fatal(err)
						}
						if reason := mustRun(t, s); reason != Simulations {
							t.Fatalf("ended by %q", reason)
						}
						q := s.Tree().Q(s.Root())
						if tt.step {
							q = s.Tree().EdgeQ(s.best(s.Root(), map[nodes.ID]bool{}, tt.rule.(Gumbel)))
						}
						errs[i] += math.Abs(q-p.here().value) / seeds
					}
				}
				t.Logf("mean error %.4f after %d simulations, %.4f after %d", errs[0], few, errs[1], many)
				if errs[1] > tt.near || errs[1] > errs[0] {
					t.Errorf("mean error %.4f after %d simulations, %.4f after %d; want at most %.2f in the end, and less than before",
						errs[0], few, errs[1], many, tt.near)
				}
			})
		}
	}
}

func guessing(uint64) Judge { return guess }

var choosers = []struct {
	name  string
	rule  Rule
	final Chooser
}{
	{"most visited, by uct", UCT{}, MostVisited{}},
	{"most visited, by puct", PUCT{}, MostVisited{}},
	{"lower bound, by uct", UCT{}, LCB{}},
	{"lower bound, by puct", PUCT{}, LCB{}},
	{"lower bound, by thompson", Thompson{}, LCB{Z: 2}},
	{"survivor, by gumbel", Gumbel{Budget: 2000, Seed: 3}, Gumbel{Budget: 2000, Seed: 3}},
}

// Where nothing is proven, the means alone show every chooser the best move.
func TestChoosersFindTheBestMove(t *testing.T) {
	for _, tt := range choosers {
		t.Run(tt.name, func(t *testing.T) {
			noise := 0.3
			if _, exponential := tt.rule.(Gumbel); exponential {
				noise = 0.04
			}
			for seed := range uint64(8) {
				p := newSlope(seed, seed%2 == 0, noise)
				s, err := NewPosition(p, PositionOptions{
					Rule: tt.rule, Judge: guessing, Simulations: 2000, Puzzle: !p.two, Final: tt.final,
				})
				if err != nil {
					t.Fatal(err)
				}
				mustRun(t, s)
				if m, ok := s.Best(); !ok || m != p.best() {
					t.Errorf("seed %d: best move %d (%v), want %d", seed, m, ok, p.best())
				}
			}
		})
	}
}

// In a small game that is solved every chooser takes a move that keeps what the
// game is worth, in both kinds of search.
func TestChoosersKeepTheValue(t *testing.T) {
	for _, tt := range choosers {
		t.Run(tt.name, func(t *testing.T) {
			solved := 0
			for seed := range uint64(300) {
				random := env.Rand(seed)
				two := seed%2 == 0
				g := deal(&random, shape{size: 12, two: two, partial: true})
				truth := g.truth()
				for _, m := range []int{
					firstOfSearch(t, g, Options{Rule: tt.rule, Final: tt.final, Seed: seed}),
					firstOfPositions(t, g, PositionOptions{Rule: tt.rule, Final: tt.final, Seed: seed, Puzzle: !two}),
				} {
					if m < 0 {
						if truth[0] > 0 {
							t.Fatalf("seed %d: no move, the game is worth %g", seed, truth[0])
						}
						continue // all is lost, and no move is better than another
					}
					to := g.vertices[0].to[m]
					got := truth[to]
					if g.vertices[to].player != g.vertices[0].player {
						got = 1 - got
					}
					if got != truth[0] {
						t.Fatalf("seed %d: move %d leads to %g, the game is worth %g", seed, m, got, truth[0])
					}
					solved++
				}
			}
			if solved < 200 {
				t.Errorf("only %d of 600 searches had a move to choose", solved)
			}
		})
	}
}

// firstOfSearch is the first step of the line of a solved game, or -1.
func firstOfSearch(t *testing.T, g *graph, opt Options) int {
	t.Helper()
	s, err := New(g.state(0), event.Started{}, opt)
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{Search: s}
	drive(t, w, g.worker(true))
	if err := s.tree.Check(true); err != nil || s.Reason() != Proven {
		t.Fatalf("ended by %q, %v", s.Reason(), err)
	}
	line := s.Line()
	if len(line.Edges) == 0 {
		return -1
	}
	m, err := strconv.Atoi(s.Action(line.Edges[0]))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// firstOfPositions is the best move of a solved game, or -1.
func firstOfPositions(t *testing.T, g *graph, opt PositionOptions) int {
	t.Helper()
	opt.Judge = func(uint64) Judge { return func(p env.Position) float64 { return g.vertices[p.(*ground).at()].value } }
	s, err := NewPosition(&ground{g, []int{0}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	if reason := mustRun(t, s); reason != Proven {
		t.Fatalf("ended by %q", reason)
	}
	m, ok := s.Best()
	if !ok {
		return -1
	}
	return int(m)
}
