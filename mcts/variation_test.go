package mcts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/mcts"
)

func at(t *testing.T, parse func(string) (env.Position, error), text string) env.Position {
	t.Helper()
	p, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBestMove(t *testing.T) {
	for _, tt := range []struct {
		name  string
		start env.Position
		want  string
	}{
		{"a win at once", at(t, tictactoe.Parse, "XX./OO./..."), "3"},
		{"the only defence", at(t, tictactoe.Parse, "XX./O../..."), "3"},
		{"four in a row", at(t, connectfour.Parse, "112233"), "4"},
		{"the only way to stop them", at(t, connectfour.Parse, "11223"), "4"},
	} {
		for name, opt := range map[string]mcts.PositionOptions{
			"tree":        {Rule: mcts.UCT{}, Judge: playout, Simulations: 5000},
			"graph":       {Judge: playout, Simulations: 5000, Transpositions: true},
			"gumbel":      {Rule: mcts.Gumbel{Budget: 5000}, Final: mcts.Gumbel{Budget: 5000}, Judge: playout, Simulations: 5000},
			"lower bound": {Judge: playout, Simulations: 5000, Final: mcts.LCB{}},
			"decided":     {Rule: mcts.UCT{}, Judge: playout, Simulations: 5000, Decide: true},
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				s := checked(t, tt.start, opt)
				if _, err := s.Run(); err != nil {
					t.Fatal(err)
				}
				m, ok := s.Best()
				if !ok || tt.start.MoveText(m) != tt.want {
					t.Errorf("best move %q (%v), want %s; ended by %s", tt.start.MoveText(m), ok, tt.want, s.Reason())
				}
				if line := s.Line(); len(line) == 0 || line[0] != m {
					t.Errorf("the line %v does not begin with the best move %d", line, m)
				}
			})
		}
	}
}

// A search that goes on after a move keeps what it knows, and no more.
func TestAdvanceOfPositions(t *testing.T) {
	for _, shared := range []bool{false, true} {
		opt := mcts.PositionOptions{Judge: playout, Simulations: 2000, Transpositions: shared, Noise: mcts.Noise{Weight: 0.25}}
		s := checked(t, connectfour.New(), opt)
		p := connectfour.New()
		for range 12 {
			if _, err := s.Run(); err != nil {
				t.Fatal(err)
			}
			m, ok := s.Best()
			if !ok {
				t.Fatalf("no move in %s", p)
			}
			known := 0
			for _, x := range s.Explain(s.Root()) {
				if x.Move == m {
					known = x.N
				}
			}
			p.Play(m)
			if err := s.Advance(m); err != nil {
				t.Fatal(err)
			}
			// With transpositions other ways may have led there too.
			if n := s.Tree().N(s.Root()); n < known || !shared && n > max(1, known) {
				t.Errorf("N of the new root is %d, its move had %d", n, known)
			}
			if err := s.Tree().Check(true); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Advance(99); err == nil || !strings.Contains(err.Error(), "not legal") {
			t.Errorf("a move that isn't there: %v", err)
		}
	}
}

// What is won after a move is found at once when the tree is kept.
func TestAdvanceKeepsProofs(t *testing.T) {
	s := checked(t, at(t, tictactoe.Parse, "XO./.../..."), mcts.PositionOptions{Judge: playout})
	if reason, err := s.Run(); reason != mcts.Proven || err != nil {
		t.Fatal(reason, err)
	}
	m, _ := s.Best()
	if err := s.Advance(m); err != nil {
		t.Fatal(err)
	}
	before := s.Simulations()
	reason, err := s.Run()
	if d := cmp.Diff([]any{mcts.Proven, nil, before}, []any{reason, err, s.Simulations()}); d != "" {
		t.Errorf("after the winning move (-want +got):\n%s", d)
	}
}
