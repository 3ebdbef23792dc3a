package ask

import (
	"cmp"
	"context"
	"errors"
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
)

// Mix joins a policy that asks a model with one that needs none, a portfolio of
// tactics. The priors of each are normalised and weighted; those of equal tactics
// add up. Where the model has no budget or proposes nothing, and where the prompt
// is too long for it, the portfolio stands alone.
type Mix struct {
	Language         Language
	Model, Portfolio Policy
	// Weight is the model's share of the mass, above 0 and at most 1; 0 means 0.5.
	Weight float64
}

// Propose implements mcts.Policy: it asks both.
func (m Mix) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	if actions, ok := goalsOf(s); ok {
		return evenly(actions), env.Usage{}, nil
	}
	ours, usage, err := m.Model.Propose(ctx, s, path, k)
	if err != nil && !silent(err) {
		return nil, usage, err
	}
	theirs, more, err := m.Portfolio.Propose(ctx, s, path, k)
	usage = usage.Plus(more)
	if err != nil {
		return m.join(ours, nil), usage, err
	}
	return m.join(ours, theirs), usage, nil
}

// ProposeMore implements mcts.Widener. The two take turns: asked is counted in
// units of k, the portfolio is asked at even ones and the model at odd ones. The
// portfolio is asked for what it would have given at the model's turn too, so
// that none of its tactics is skipped. Who has nothing to say, or is no Widener,
// is stood in for by the other.
func (m Mix) ProposeMore(ctx context.Context, s env.State, path env.Path, asked, k int) ([]env.Candidate, env.Usage, error) {
	if actions, ok := goalsOf(s); ok {
		return evenly(actions), env.Usage{}, nil
	}
	k = max(1, k)
	missed := min(k, max(0, asked))
	order := []func() ([]env.Candidate, env.Usage, error){
		func() ([]env.Candidate, env.Usage, error) {
			return more(ctx, m.Portfolio, s, path, asked-missed, k+missed)
		},
		func() ([]env.Candidate, env.Usage, error) { return more(ctx, m.Model, s, path, asked, k) },
	}
	turn := asked / k % 2
	out, usage, err := order[turn]()
	if err != nil && !silent(err) {
		return out, usage, err
	}
	if len(out) == 0 {
		var spent env.Usage
		turn = 1 - turn
		out, spent, err = order[turn]()
		usage = usage.Plus(spent)
	}
	if silent(err) {
		err = nil
	}
	share := m.weight()
	if turn == 0 {
		share = 1 - share
	}
	var mixed []env.Candidate
	for _, c := range out {
		mixed = append(mixed, env.Candidate{Action: m.Language.Clean(c.Action), LogPrior: c.LogPrior + math.Log(share)})
	}
	return mixed, usage, err
}

// weight is the model's share of the mass.
func (m Mix) weight() float64 { return min(1, cmp.Or(max(0, m.Weight), 0.5)) }

// silent reports whether an error only means that the model says nothing here.
func silent(err error) bool {
	return errors.Is(err, llm.ErrBudget) || errors.Is(err, llm.ErrTooLong)
}

func more(ctx context.Context, p Policy, s env.State, path env.Path, asked, k int) ([]env.Candidate, env.Usage, error) {
	if w, ok := p.(Widener); ok {
		return w.ProposeMore(ctx, s, path, asked, k)
	}
	return nil, env.Usage{}, nil
}

// join adds up the masses, the model's candidates first. Candidates without mass
// are left out.
func (m Mix) join(ours, theirs []env.Candidate) []env.Candidate {
	weight := m.weight()
	switch {
	case len(theirs) == 0:
		weight = 1
	case len(ours) == 0:
		weight = 0
	}
	var out []env.Candidate
	var mass []float64
	at := map[string]int{}
	add := func(list []env.Candidate, weight float64) {
		for i, p := range env.Softmax(list) {
			if p *= weight; !(p > 0) {
				continue
			}
			action := m.Language.Clean(list[i].Action)
			if j, seen := at[action]; seen {
				mass[j] += p
				continue
			}
			at[action] = len(out)
			out, mass = append(out, env.Candidate{Action: action}), append(mass, p)
		}
	}
	add(ours, weight)
	add(theirs, 1-weight)
	for i := range out {
		out[i].LogPrior = math.Log(mass[i])
	}
	return out
}
