package prove

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prove/tidy"
)

// The methods that the search is compared with. They share its tactics, its
// prover and its judge. All goals of a state stay together.

// baseline searches by one of them. The reason is one of package mcts.
func baseline(ctx context.Context, method string, e *coq.Env, p *Portfolio) (t *proof.Tree, reason string, err error) {
	s, err := e.Start(ctx, "")
	if err != nil {
		return nil, "", err
	}
	root, ok := s.(*coq.State)
	if !ok {
		return nil, "", fmt.Errorf("several goals stand at the hole: %q", s)
	}
	switch method {
	case "single":
		t, err = single(ctx, e, p, root)
	case "best-first":
		t, err = bestFirst(ctx, e, p, root)
	default:
		return nil, "", fmt.Errorf("unknown method %q: choose one of %s", method, strings.Join(Methods, ", "))
	}
	switch {
	case t != nil:
		return t, mcts.Proven, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, mcts.Time, nil
	case err != nil:
		return nil, "", err
	}
	return nil, mcts.Exhausted, nil
}

// single tries each tactic of the portfolio that may end a proof, once, as it is
// and behind intros.
func single(ctx context.Context, e *coq.Env, p *Portfolio, root *coq.State) (*proof.Tree, error) {
	a := p.agenda(ctx, root, nil)
	for _, before := range []string{"", "intros; "} {
		for _, t := range a.ending {
			next, err := e.Step(ctx, root, before+t)
			if errors.Is(err, env.ErrIllegal) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if _, over := next.Outcome(); over {
				return &proof.Tree{Tactic: before + t}, nil
			}
		}
	}
	return nil, ctx.Err()
}

// bestFirst expands the state with the least left to prove, with all tactics that
// may end a proof and the sixty most promising others.
func bestFirst(ctx context.Context, e *coq.Env, p *Portfolio, root *coq.State) (*proof.Tree, error) {
	const most = 60
	seen := map[string]bool{root.Key(): true}
	queue := &frontier{{state: root}}
	for queue.Len() > 0 {
		at := heap.Pop(queue).(*place)
		a := p.agenda(ctx, at.state, nil)
		tactics := a.ending
		for _, m := range a.moves[:min(most, len(a.moves))] {
			tactics = append(tactics, m.Tactic)
		}
		for _, t := range tactics {
			s, err := e.Step(ctx, at.state, t)
			if errors.Is(err, env.ErrIllegal) {
				continue
			}
			if err != nil {
				return nil, err
			}
			next := &place{state: s.(*coq.State), before: at, tactic: t, depth: at.depth + 1, number: len(seen)}
			if _, over := s.Outcome(); over {
				return next.tree(), nil
			}
			if !seen[s.Key()] {
				seen[s.Key()] = true
				next.rank = -(*Nearness)(nil).likely(next.state)
				heap.Push(queue, next)
			}
		}
	}
	return nil, ctx.Err()
}

// place is a state with the way to it.
type place struct {
	state  *coq.State
	before *place
	tactic string
	depth  int
	number int // of the states found before it
	rank   float64
}

// tree is the way as a proof.
func (p *place) tree() *proof.Tree {
	var below *proof.Tree
	for at := p; at.before != nil; at = at.before {
		t := &proof.Tree{Tactic: at.tactic}
		if below != nil {
			t.Next, t.Together = []*proof.Tree{below}, len(at.state.Goals()) > 1
		}
		below = t
	}
	return below
}

// frontier are the places to go on from, the least rank first.
type frontier []*place

func (f frontier) Len() int { return len(f) }
func (f frontier) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(f[i].rank, f[j].rank), cmp.Compare(f[i].depth, f[j].depth), cmp.Compare(f[i].number, f[j].number)) < 0
}
func (f frontier) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *frontier) Push(x any)   { *f = append(*f, x.(*place)) }
func (f *frontier) Pop() any {
	old := *f
	last := old[len(old)-1]
	*f = old[:len(old)-1]
	return last
}

// plain is a proof without bullets, for goals that were kept together.
func plain(t *proof.Tree, base int) string {
	return strings.TrimRight(tidy.Format(t, tidy.Style{Goals: tidy.Bare, Base: base}), "\n")
}
