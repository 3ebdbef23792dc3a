// Package ponder solves problems step by step with a tree search over a
// model's proposals. It wires the other packages together: everything the
// command line does can be done through Solve.
package ponder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/expand"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/nodes"
	"github.com/ponder-mcts/ponder/prompt"
)

// Names of the strategies, policies and critics a Config may ask for.
var (
	Strategies = []string{"auto", "gumbel", "puct", "uct", "thompson"}
	Finals     = []string{"auto", "visits", "lcb"}
	Policies   = []string{"auto", "branch", "sample", "label", "uniform"}
	Critics    = []string{"auto", "yesno", "rollout"}
)

// Problem is what is to be solved.
type Problem struct {
	EnvName string // as in the registry; for the events only
	Env     env.Environment
	Text    string
	// Policy and Critic, if set, make the problem's own: those that Config names are
	// not used. They get Config's models behind its budgets; there may be none.
	// Slow says that steps take time: such a search is kept by its events even if it asks
	// no model, and can be told of without the environment.
	Slow   bool
	Policy func(proposes Asked) mcts.Policy
	Critic func(values Asked) mcts.Critic
}

// Asked is a model with the way to ask it.
type Asked struct {
	Name  string // for the events only
	Model llm.Model
	Style prompt.Style
	ID    llm.Identity // tells its calls from those of others, where calls are kept
}

// Config says how to search. Its zero value is the classical engine without a
// model: uniform priors, random roll-outs, no budget.
type Config struct {
	Run         string // id of the run, for the events only
	Model       Asked  // proposes steps; none if Model.Model is nil
	CriticModel Asked  // values states; Model does both if this one is empty
	// Strategy is one of Strategies. Empty means auto: gumbel if there is a model
	// and its budget of simulations or calls is known, else puct.
	Strategy string
	Policy   string // one of Policies; empty means auto
	Critic   string // one of Critics; empty means auto
	Width    int    // policy calls per state; 0 means 4 for sample, else 1
	Blind    bool   // do not look one step ahead for free; for comparisons
	// Widen and WidenPower let a state whose steps can't be listed have up to
	// ⌈Widen·N^WidenPower⌉ of them after N visits; 0 means 2 and 1/2, a negative
	// Widen that it is asked once only.
	Widen, WidenPower float64
	Mix               float64 // share of the best step in the value of a state: 0 mean, 1 max
	// Explore is the weight of what has been visited little, PUCT's Init: 0 means 1.25.
	// Where values say little it should be more.
	Explore  float64
	Discount float64 // of a value with each step; 0 means 1
	Final    string  // one of Finals; empty means auto
	Explain  bool    // say in the Solution how the steps were chosen

	Simulations int           // budgets; 0 means none
	Nodes       int           //
	Calls       int           // model calls
	Tokens      int           // prompt and completion tokens
	Time        time.Duration //

	Parallel int    // jobs in flight; 0 means 1. At most a quarter of the budget.
	Seed     uint64 // same seed and Parallel 1: same search
	// Emit gets each event at the moment it happens. Of a run that goes on it
	// gets the past first.
	Emit func(event.Event)

	// Orders steer the search while it runs, as mcts.Driver says; nil means nobody
	// does. Paused is told when a pause begins and ends, Doing when work on a node
	// does; either may be nil. Both are called on the goroutine of Solve.
	Orders <-chan mcts.Order
	Paused func(on bool)
	Doing  func(node int32, on bool)

	// Keeper keeps finished model calls, so that none is paid for twice; nil
	// keeps none.
	Keeper llm.Keeper
	// Journal keeps the run itself; nil keeps nothing. Without a model, and without a
	// policy of the problem's own, it gets snapshots, else each event before anything
	// is decided by it.
	Journal Journal
	// Past is the run so far, for one that goes on: Problem and Config must be
	// those of its beginning, but for budgets, which are in all, and Time, which
	// is from here on.
	Past *Past
	// Told is called when Emit has got the past; nil means nobody waits for it.
	Told func()
}

// Solution is the outcome of a search.
type Solution struct {
	Status   string   // mcts.StatusSolved, StatusUnsolved or StatusUnsolvable
	Reason   string   // why the search ended, as in package mcts
	Path     env.Path // best line so far, a solution if Status is solved
	Answer   string   // of a solved problem, if its states can state one
	Verified bool     // the environment's own checker accepted Answer
	Game     bool     // two players move, who want different things
	// Why has, with Config.Explain, the states along Path, the first one
	// included, each with the terms by which the search chose among its steps.
	Why []Why
}

// Why says how a search that came to a state now would choose its step.
type Why struct {
	State string
	Steps []mcts.Explanation
}

// cacheSize is how many values of partial states are kept in memory.
const cacheSize = 1 << 16

// Solve searches for a solution. The Solution is valid also beside an error:
// it holds the best line found. Errors: *env.InputError for a bad problem,
// ctx.Err() when cancelled, one that wraps llm.ErrUnavailable when a model
// can't be used, one of the Journal's or Keeper's when they fail.
func Solve(ctx context.Context, p Problem, c Config) (Solution, error) {
	root, err := p.Env.Start(ctx, p.Text)
	if err != nil {
		return Solution{Status: mcts.StatusUnsolved}, err
	}
	worker, closeWorker, err := c.worker(p)
	if err != nil {
		return Solution{Status: mcts.StatusUnsolved}, err
	}
	defer closeWorker()
	opt, err := c.options(p, root, worker.Policy)
	if err != nil {
		return Solution{Status: mcts.StatusUnsolved}, err
	}
	r := &recorder{journal: c.Journal, watch: c.Emit, snapshots: c.free(p), every: snapshotEvery, saved: time.Now()}
	search, err := r.begin(ctx, p, c, root, opt)
	if err != nil {
		return Solution{Status: mcts.StatusUnsolved}, err
	}
	if c.Told != nil {
		c.Told()
	}
	driver := mcts.Driver{
		Search: search, Worker: worker, Parallel: c.parallel(), Time: c.Time,
		Unpaid: func(err error) bool { return errors.Is(err, llm.ErrBudget) },
		Fatal: func(err error) bool {
			return errors.Is(err, llm.ErrUnavailable) && !errors.Is(err, llm.ErrTooLong) || errors.Is(err, llm.ErrKeep) || errors.Is(err, env.ErrBroken)
		},
		Commit: r.commit, Orders: c.Orders, Paused: c.Paused,
	}
	if c.Doing != nil {
		driver.Doing = func(n nodes.ID, on bool) { c.Doing(int32(n), on) }
	}
	var searchErr error
	if search.Reason() == "" {
		searchErr = driver.Run(ctx)
	}
	out, err := c.conclude(ctx, p, search, root)
	return out, errors.Join(searchErr, err)
}

// Recall tells what Config.Past comes to, without doing anything about it: Emit
// gets the past, and a solution is checked anew. No model is needed.
func Recall(ctx context.Context, p Problem, c Config) (Solution, error) {
	root, err := p.Env.Start(ctx, p.Text)
	if err != nil {
		return Solution{Status: mcts.StatusUnsolved}, err
	}
	opt, err := c.options(p, root, nil)
	if err != nil {
		return Solution{Status: mcts.StatusUnsolved}, err
	}
	r := &recorder{watch: c.Emit}
	search, err := r.restore(ctx, p, c, root, opt)
	if err != nil {
		return Solution{Status: mcts.StatusUnsolved}, err
	}
	return c.conclude(ctx, p, search, root)
}

// conclude says what a search came to.
func (c Config) conclude(ctx context.Context, p Problem, search *mcts.Search, root env.State) (Solution, error) {
	out := Solution{Status: search.Outcome(), Reason: search.Reason(), Path: search.Line().Path, Game: isGame(p, root)}
	if c.Explain {
		out.Why = why(search)
	}
	if out.Status != mcts.StatusSolved {
		return out, nil
	}
	// Most checks are short, and the result was paid for: a cancelled search still gets
	// it, if that is done in a moment.
	within, cancel := lingering(ctx)
	defer cancel()
	var err error
	if composer, ok := p.Env.(env.Composer); ok {
		err = out.compose(within, p, composer, search.Plan())
	} else {
		err = out.verify(within, p, root)
	}
	if err != nil && within.Err() != nil {
		out.Reason = mcts.Interrupted
	}
	return out, err
}

// moment is how long work goes on at most when it is cancelled.
const moment = 80 * time.Millisecond

// lingering is a context that ends a moment after another one.
func lingering(ctx context.Context) (within context.Context, cancel func()) {
	within, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(moment, func() { end(context.Cause(ctx)) })
	})
	return within, func() { stop(); end(nil) }
}

// Check makes the steps of a solution, of which only the actions are looked at, and has
// its answer judged by the environment's checker, if it has one. The Solution is valid
// beside an error, and not solved then.
func Check(ctx context.Context, p Problem, path env.Path) (Solution, error) {
	root, err := p.Env.Start(ctx, p.Text)
	if err != nil {
		return Solution{Status: mcts.StatusUnsolved}, err
	}
	out := Solution{Status: mcts.StatusSolved, Path: path, Game: isGame(p, root)}
	return out, out.verify(ctx, p, root)
}

// verify walks the line again from the root, so that the answer belongs to
// just these steps, and has it judged.
func (s *Solution) verify(ctx context.Context, p Problem, root env.State) error {
	at := root
	var err error
	for i, step := range s.Path {
		if at, err = p.Env.Step(ctx, at, step.Action); err != nil {
			s.Status = mcts.StatusUnsolved
			return fmt.Errorf("step %d of the solution can't be repeated: %w", i+1, err)
		}
		s.Path[i].State = at
	}
	answerer, ok := at.(env.Answerer)
	if !ok {
		return nil
	}
	s.Answer = answerer.Answer()
	return s.judge(ctx, p)
}

// compose makes the answer of a solution with several goals, and has it judged.
func (s *Solution) compose(ctx context.Context, p Problem, composer env.Composer, plan *env.Plan) error {
	if plan == nil {
		s.Status = mcts.StatusUnsolved
		return errors.New("the solution can't be told from the tree")
	}
	answer, err := composer.Compose(ctx, plan)
	if err != nil {
		s.Status = mcts.StatusUnsolved
		return fmt.Errorf("putting the solution together: %w", err)
	}
	s.Answer = answer
	return s.judge(ctx, p)
}

// judge has the answer checked by means that share nothing with the search.
func (s *Solution) judge(ctx context.Context, p Problem) error {
	verifier, ok := p.Env.(env.Verifier)
	if !ok {
		return nil
	}
	if err := verifier.Verify(ctx, p.Text, s.Answer); err != nil {
		s.Status = mcts.StatusUnsolved
		if ctx.Err() != nil {
			return fmt.Errorf("checking the answer: %w", ctx.Err())
		}
		return fmt.Errorf("the checker refused the answer %q: %w", s.Answer, err)
	}
	s.Verified = true
	return nil
}

// why explains the choice at each state of the best line.
func why(s *mcts.Search) []Why {
	at := s.Root()
	out := []Why{{s.State(at).String(), s.Explain(at)}}
	for _, e := range s.Line().Edges {
		at = s.Tree().Child(e)
		out = append(out, Why{s.State(at).String(), s.Explain(at)})
	}
	return out
}

// budget is the number of simulations that can be made, as far as it is known:
// one costs a call at least, unless its value is known already.
func (c Config) budget() int {
	if c.Calls > 0 && (c.Simulations == 0 || c.Calls < c.Simulations) && c.Model.Model != nil {
		return c.Calls
	}
	return c.Simulations
}

// parallel is the number of jobs in flight: a quarter of the budget at most, for
// what is begun without knowing what the others find is half a guess.
func (c Config) parallel() int {
	if n := c.budget(); n > 0 {
		return max(1, min(c.Parallel, n/4))
	}
	return c.Parallel
}

// StrategyName is the strategy that the search will follow: auto is resolved.
func (c Config) StrategyName() string {
	switch {
	case c.Strategy != "" && c.Strategy != "auto":
		return c.Strategy
	case c.budget() > 0 && c.Model.Model != nil:
		return "gumbel" // without a model the priors don't say whom to consider
	}
	return "puct"
}

// options are the settings of the search itself.
func (c Config) options(p Problem, root env.State, policy mcts.Policy) (mcts.Options, error) {
	_, joint := p.Env.(env.Composer)
	game := isGame(p, root)
	o := mcts.Options{
		Joint:       joint,
		Simulations: c.Simulations, Nodes: c.Nodes, Seed: c.Seed,
		Mix: c.Mix, Discount: c.Discount, Decide: game, Prefixes: c.Model.Model != nil,
	}
	switch name := c.StrategyName(); name {
	case "gumbel":
		rule := mcts.Gumbel{Budget: c.budget(), Seed: c.Seed}
		// Halving has its own schedule and its own survivor.
		o.Rule, o.Final, o.Decide = rule, rule, false
	case "puct":
		o.Rule = mcts.PUCT{Init: c.Explore}
	case "uct":
		o.Rule = mcts.UCT{}
	case "thompson":
		o.Rule = mcts.Thompson{}
	default:
		return o, unknown("strategy", name, Strategies)
	}
	switch c.Final {
	case "", "auto":
	case "visits":
		o.Final = mcts.MostVisited{}
	case "lcb":
		o.Final = mcts.LCB{}
	default:
		return o, unknown("final choice", c.Final, Finals)
	}
	_, more := policy.(mcts.Widener)
	_, thompson := o.Rule.(mcts.Thompson)
	if more && !thompson && c.Widen >= 0 {
		o.Widen = mcts.Widening{C: cmp.Or(c.Widen, 2), Alpha: cmp.Or(c.WidenPower, 0.5)}
	}
	o.More = more && c.Widen >= 0
	return o, nil
}

// isGame reports whether two players move; goals that are proved apart are none.
func isGame(p Problem, root env.State) bool {
	_, mover := root.(env.Mover)
	_, joint := p.Env.(env.Composer)
	return mover && !joint
}

// free reports whether the search pays for nothing and its steps come fast. A policy
// that the problem brings may take its time.
func (c Config) free(p Problem) bool {
	return c.Model.Model == nil && c.CriticModel.Model == nil && p.Policy == nil && !p.Slow
}

// budgeted puts the budget in front of a model, and what is known already in
// front of that.
func (c Config) budgeted(m Asked, budget *llm.Meter) Asked {
	switch {
	case m.Model == nil:
	case c.Keeper == nil:
		m.Model = budget.Share(m.Model)
	default:
		var owed []llm.Key
		if c.Past != nil {
			owed = c.Past.Owed
		}
		kept := llm.NewKept(m.Model, m.ID, c.Keeper, owed)
		m.Model = kept.Free(budget.Share(kept))
	}
	return m
}

// worker puts policy and critics together. Every paid call passes one meter.
func (c Config) worker(p Problem) (w *mcts.Worker, closer func(), err error) {
	meter := llm.NewMeter(nil, c.Calls, c.Tokens)
	if c.Past != nil {
		used := c.Past.spent()
		meter.Spend(used.Calls, used.PromptTokens, used.CompletionTokens)
	}
	model := c.budgeted(c.Model, meter)
	critic := model
	if c.CriticModel.Model != nil {
		critic = c.budgeted(c.CriticModel, meter)
	}
	w = &mcts.Worker{Env: p.Env, Width: c.Width, Blind: c.Blind}
	if p.Policy != nil {
		w.Policy = p.Policy(model)
	} else if w.Policy, err = c.policy(model); err != nil {
		return nil, nil, err
	}
	if _, samples := w.Policy.(expand.Sample); w.Width == 0 && !samples {
		w.Width = 1
	}
	if p.Critic != nil {
		w.Critic = p.Critic(critic)
		return w, func() {}, nil
	}
	chain, err := c.critics(p, critic)
	if err != nil {
		return nil, nil, err
	}
	cached, err := evaluate.NewCached(chain, p.EnvName+"\x00"+p.Text, cacheSize)
	if err != nil {
		return nil, nil, err
	}
	w.Critic = cached
	return w, cached.Close, nil
}

func (c Config) policy(m Asked) (mcts.Policy, error) {
	name := cmp.Or(c.Policy, "auto")
	if name == "auto" {
		switch m.Style.(type) {
		case nil:
			name = "uniform"
		case prompt.Line:
			name = "branch"
		default:
			name = "label"
		}
	}
	if name != "uniform" && m.Model == nil && slices.Contains(Policies, name) {
		return nil, fmt.Errorf("policy %q needs a model", name)
	}
	switch name {
	case "uniform":
		return expand.Uniform{}, nil
	case "branch":
		return expand.Branch{Model: m.Model, Style: m.Style, Seed: c.Seed}, nil
	case "sample":
		return expand.Sample{Model: m.Model, Style: m.Style, Seed: c.Seed}, nil
	case "label":
		return expand.Label{Model: m.Model, Style: m.Style, Seed: c.Seed}, nil
	}
	return nil, unknown("policy", name, Policies)
}

// critics chooses who values a state. Left to itself it takes what costs no
// call first for models of bare lines, which are small: measured on the
// embedded one, roll-outs find more for the same calls (docs/results.md).
func (c Config) critics(p Problem, m Asked) (evaluate.Chain, error) {
	rollout := evaluate.Rollout{Env: p.Env, Seed: c.Seed}
	judge := evaluate.YesNo{Model: m.Model, Style: m.Style}
	_, lines := m.Style.(prompt.Line)
	switch name := cmp.Or(c.Critic, "auto"); {
	case name == "yesno" && m.Model == nil:
		return nil, fmt.Errorf("critic %q needs a model", name)
	case name == "rollout", name == "auto" && m.Model == nil:
		return evaluate.Chain{evaluate.Estimate{}, rollout}, nil
	case name == "auto" && lines:
		return evaluate.Chain{evaluate.Estimate{}, rollout, judge}, nil
	case name == "yesno", name == "auto":
		return evaluate.Chain{judge, rollout}, nil
	default:
		return nil, unknown("critic", name, Critics)
	}
}

func unknown(what, name string, known []string) error {
	return fmt.Errorf("unknown %s %q: choose one of %v", what, name, known)
}
