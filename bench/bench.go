// Package bench runs strategies side by side over a set of problems, each at
// the same budget of model calls, and reports what they solved.
//
// The only judge is the environment's exact checker; no strategy sees anything
// but the problem text.
package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// Strategies that a Plan may name, with what one call of their budget is.
var Strategies = map[string]string{
	"gumbel":   "tree search by sequential halving over Gumbel draws; every policy and critic call counts",
	"thompson": "tree search by Thompson sampling; every policy and critic call counts",
	"puct":     "tree search by PUCT; every policy and critic call counts",
	"uct":      "tree search by UCT; every policy and critic call counts",
	"greedy":   "the model's most probable steps, once, whatever the budget",
	"sample":   "independent sampled solutions of the model, each step a call",
	"random":   "independent play-outs by random legal steps, each whole play-out counted as a call; no model",
}

// Plan is what to run.
type Plan struct {
	Env        env.Environment
	EnvName    string
	Problems   []string
	Strategies []string
	Calls      []int // budgets; 0 is none, for searches bounded otherwise
	Config     ponder.Config
	// Temperature of the strategy sample; 0 means 1.
	Temperature float64
	// Jobs is how many problems are worked on at once; 0 means 1.
	Jobs int
	// Progress is told of each finished problem; nil means nobody listens. It
	// is called from several goroutines.
	Progress func(done, total int)
}

// Result is one strategy on one problem at one budget.
type Result struct {
	Problem  string `json:"problem"`
	Strategy string `json:"strategy"`
	Budget   int    `json:"budget"`
	Status   string `json:"status"`
	Verified bool   `json:"verified"`
	Answer   string `json:"answer,omitempty"`
	Calls    int    `json:"calls"`
	Tokens   int    `json:"tokens"`
	Nodes    int    `json:"nodes"`
	Sims     int    `json:"simulations"`
	Elapsed  int64  `json:"elapsed_ms"`
}

// Run carries out the plan. Results come in the order of strategies, budgets
// and problems. The first error ends it; what was finished is returned.
func Run(ctx context.Context, p Plan) ([]Result, error) {
	var todo []Result
	for _, s := range p.Strategies {
		if _, ok := Strategies[s]; !ok {
			return nil, fmt.Errorf("unknown strategy %q: choose among %s", s, strings.Join(Names(Strategies), ", "))
		}
		for _, b := range p.Calls {
			for _, text := range p.Problems {
				todo = append(todo, Result{Problem: text, Strategy: s, Budget: b})
			}
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var mu sync.Mutex // guards done
	done := 0
	next := make(chan int)
	for range max(1, p.Jobs) {
		wg.Go(func() {
			for i := range next {
				if err := p.one(ctx, &todo[i]); err != nil {
					cancel(fmt.Errorf("%s on %q: %w", todo[i].Strategy, todo[i].Problem, err))
					continue
				}
				mu.Lock()
				done++
				if p.Progress != nil {
					p.Progress(done, len(todo))
				}
				mu.Unlock()
			}
		})
	}
	for i := range todo {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		finished := todo[:0]
		for _, r := range todo {
			if r.Status != "" {
				finished = append(finished, r)
			}
		}
		return finished, err
	}
	return todo, nil
}

func (p Plan) one(ctx context.Context, r *Result) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	start := time.Now()
	var err error
	switch r.Strategy {
	case "gumbel", "puct", "thompson", "uct":
		err = p.search(ctx, r)
	default:
		err = p.play(ctx, r)
	}
	r.Elapsed = time.Since(start).Milliseconds()
	return err
}

func (p Plan) search(ctx context.Context, r *Result) error {
	c := p.Config
	c.Strategy, c.Calls = r.Strategy, r.Budget
	c.Emit = func(e event.Event) {
		var usage env.Usage
		switch {
		case e.Started != nil:
			r.Nodes = 1
		case e.Grown != nil:
			usage = e.Grown.Usage
			r.Nodes += len(e.Grown.New)
		case e.Visited != nil:
			usage = e.Visited.Usage
			r.Sims++
		case e.Failed != nil:
			usage = e.Failed.Usage
		}
		r.Calls += usage.Calls
		r.Tokens += usage.PromptTokens + usage.CompletionTokens
	}
	out, err := ponder.Solve(ctx, ponder.Problem{EnvName: p.EnvName, Env: p.Env, Text: r.Problem}, c)
	if err != nil {
		return err
	}
	r.Status, r.Verified, r.Answer = out.Status, out.Verified, out.Answer
	if r.Status == mcts.StatusSolved && !r.Verified {
		return fmt.Errorf("answer %q was not verified", r.Answer)
	}
	return nil
}
