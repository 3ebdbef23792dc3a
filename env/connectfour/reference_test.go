package connectfour

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
)

// grid is the board as a person sees it, rows from the top, with the plain
// reading of the rules that the bitboards are held against.
type grid [Rows][Columns]byte

func emptyGrid() (g grid) {
	for r := range g {
		copy(g[r][:], ".......")
	}
	return g
}

func (g grid) drop(c int, stone byte) grid {
	r := 0
	for r+1 < Rows && g[r+1][c] == '.' {
		r++
	}
	g[r][c] = stone
	return g
}

func (g grid) four() bool {
	for r := range Rows {
		for c := range Columns {
			for _, d := range [][2]int{{0, 1}, {1, 0}, {1, 1}, {1, -1}} {
				n := 0
				for y, x := r, c; n < 4 && y < Rows && x >= 0 && x < Columns && g[y][x] != '.' && g[y][x] == g[r][c]; n++ {
					y, x = y+d[0], x+d[1]
				}
				if n == 4 {
					return true
				}
			}
		}
	}
	return false
}

func (g grid) String() string {
	rows := make([]string, Rows)
	for r := range g {
		rows[r] = string(g[r][:])
	}
	return strings.Join(rows, "/")
}

// facts is all that a Position tells.
type facts struct {
	Text   string
	ToMove int
	Value  float32 // if over
	Over   bool
	Moves  []env.Move
}

func (g grid) facts() facts {
	f := facts{Text: g.String()}
	f.ToMove = (42 - strings.Count(f.Text, ".")) % 2
	switch {
	case g.four():
		f.Over = true
	case !strings.Contains(f.Text, "."):
		f.Over, f.Value = true, 0.5
	default:
		for c := range Columns {
			if g[0][c] == '.' {
				f.Moves = append(f.Moves, env.Move(c))
			}
		}
	}
	return f
}

func factsOf(p env.Position) facts {
	f := facts{Text: p.String(), ToMove: p.ToMove(), Moves: p.Moves(nil)}
	if f.Value, f.Over = p.Result(); !f.Over {
		f.Value = 0
	}
	return f
}

// Every position of a game is what the plain rules say, on the way to its end
// and on the way back.
func TestAgainstReference(t *testing.T) {
	ends := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		for range 3 {
			p, line := New(), []grid{emptyGrid()}
			for {
				want := line[len(line)-1].facts()
				if diff := cmp.Diff(want, factsOf(p)); diff != "" {
					t.Fatalf("after %d plies (-want +got):\n%s", len(line)-1, diff)
				}
				if want.Over {
					ends[map[float32]string{0: "won", 0.5: "drawn"}[want.Value]]++
					break
				}
				m := want.Moves[random.N(len(want.Moves))]
				line = append(line, line[len(line)-1].drop(int(m), "XO"[want.ToMove]))
				p.Play(m)
			}
			for i := len(line) - 2; i >= 0; i-- {
				p.Undo()
				if diff := cmp.Diff(line[i].facts(), factsOf(p)); diff != "" {
					t.Fatalf("back at ply %d (-want +got):\n%s", i, diff)
				}
			}
		}
	})
	if ends["won"] == 0 {
		t.Errorf("the games ended %v: no win was seen", ends)
	}
}

// Each of the 69 lines of four wins, and none with a stone less does.
func TestEveryLineOfFour(t *testing.T) {
	lines := 0
	for r := range Rows {
		for c := range Columns {
			for _, d := range [][2]int{{0, 1}, {1, 0}, {1, 1}, {1, -1}} {
				y, x := r+3*d[0], c+3*d[1]
				if y >= Rows || x < 0 || x >= Columns {
					continue
				}
				lines++
				var line uint64
				for i := range 4 {
					line |= cellBit(r+i*d[0], c+i*d[1])
				}
				if !four(line) {
					t.Errorf("row %d, column %d, direction %v: no win", r, c, d)
				}
				for rest := line; rest != 0; rest &= rest - 1 {
					if stone := rest &^ (rest - 1); four(line &^ stone) {
						t.Errorf("row %d, column %d, direction %v: a win without %#x", r, c, d, stone)
					}
				}
			}
		}
	}
	if lines != 69 {
		t.Errorf("%d lines, want 69", lines)
	}
}

// A full board that nobody has won is a draw.
func TestDraw(t *testing.T) {
	p := parse(t, "723157522475461657716366276543421324115433")
	want := facts{Text: "OXOOXXO/XOXOOOX/XXOXXXO/OXOXOXX/XOOXXOO/OOXOXOX", Over: true, Value: 0.5}
	if diff := cmp.Diff(want, factsOf(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
