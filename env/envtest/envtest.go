// Package envtest holds environments to the contract of package env: in a test by
// Test, and by Check anywhere else.
//
// It walks at random from the problems it is given, and looks at every state on the
// way: what it tells must not change, every legal step must apply, ends must have no
// steps, equal keys must have equal futures. An env.Positional is also played as
// positions: forward, back, as clones, and as read from its own text.
package envtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// T is what Test needs of a *testing.T.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
}

// Test fails t if an environment does not keep to the contract, as Check finds with
// no Options. Tests that run beside it (t.Parallel) would count as its allocations.
func Test(t T, e env.Environment, problems ...string) {
	t.Helper()
	for _, err := range Check(t.Context(), e, Options{}, problems...) {
		t.Errorf("%v", err)
	}
}

// Options say how much is tried.
type Options struct {
	Walks int    // from each problem; 0 means 20
	Plies int    // of a walk at most; 0 means 200
	Steps int    // in all, states looked at included; 0 means 20,000
	Seed  uint64 // of the walks
	Texts bool   // the text of a state is a problem that starts there, as it is in a Positional
}

// Failure is a breach of the contract and the way to it.
type Failure struct {
	Problem string
	Steps   []string // from the start to the state where it shows
	Reason  string
}

func (f *Failure) Error() string {
	at := ""
	if len(f.Steps) > 0 {
		const most = 300
		way := strings.Join(f.Steps, ", ")
		if len(way) > most {
			way = "… " + way[len(way)-most:]
		}
		at = fmt.Sprintf(" after %d steps (%s)", len(f.Steps), way)
	}
	return fmt.Sprintf("problem %q%s: %s", f.Problem, at, f.Reason)
}

// mostFailures is how many breaches of one problem are told: the rest are mostly the
// same ones.
const mostFailures = 5

// Check returns what is wrong with an environment, each a *Failure, and nothing for
// one that keeps to the contract as far as was tried. It needs a problem at least, and
// ends early when the context does.
func Check(ctx context.Context, e env.Environment, o Options, problems ...string) []error {
	if o.Walks == 0 {
		o.Walks = 20
	}
	if o.Plies == 0 {
		o.Plies = 200
	}
	if o.Steps == 0 {
		o.Steps = 20_000
	}
	var out []error
	if len(problems) == 0 {
		out = append(out, &Failure{Reason: "there is no problem to begin with"})
	}
	_, positional := e.(env.Positional)
	o.Texts = o.Texts || positional
	for _, problem := range problems {
		c := &checker{ctx: ctx, env: e, opt: o, problem: problem, random: env.Rand(o.Seed), known: map[string]future{}, steps: o.Steps / len(problems)}
		c.all()
		out = append(out, c.failures...)
	}
	if ctx.Err() != nil {
		out = append(out, ctx.Err())
	}
	return slices.Concat(out, sample(ctx, e, o), refusals(ctx, e))
}

// checker looks at what can be reached from one problem.
type checker struct {
	ctx      context.Context
	env      env.Environment
	opt      Options
	problem  string
	random   env.Rand
	known    map[string]future // by key
	steps    int               // left
	way      []string
	failures []error
}

// future is what two states of the same key must agree on.
type future struct {
	text    string // of the state it is from
	over    bool
	reward  float64
	player  int
	leadsTo map[string]bool // keys; nil if they are not known
}

func (c *checker) fail(format string, args ...any) {
	f := &Failure{Problem: c.problem, Steps: append([]string(nil), c.way...), Reason: fmt.Sprintf(format, args...)}
	c.failures = append(c.failures, f)
}

// enough reports whether to end: out of steps or of time, or enough is wrong.
func (c *checker) enough() bool {
	return c.steps <= 0 || len(c.failures) >= mostFailures || c.ctx.Err() != nil
}

func (c *checker) all() {
	root, ok := c.start(c.problem)
	if !ok {
		return
	}
	if again, ok := c.start(c.problem); ok && told(root) != told(again) {
		c.fail("it starts in different ways:\n%s\n%s", told(root), told(again))
	}
	for range c.opt.Walks {
		if c.enough() {
			return
		}
		c.walk(root)
	}
	if p, ok := c.env.(env.Positional); ok {
		c.positions(p)
	}
}

func (c *checker) start(problem string) (env.State, bool) {
	s, err := c.env.Start(c.ctx, problem)
	switch {
	case err != nil:
		c.fail("Start refuses %q: %v", problem, err)
	case s == nil:
		c.fail("Start gives neither a state nor an error for %q", problem)
	default:
		return s, true
	}
	return nil, false
}

// walk goes from the root to an end, or as far as it may.
func (c *checker) walk(root env.State) {
	c.way = nil
	s := root
	for range c.opt.Plies {
		next := c.look(s)
		if len(next) == 0 || c.enough() {
			return
		}
		step := next[c.random.N(len(next))]
		c.way = append(c.way, step.Action)
		s = step.State
	}
}

// look checks one state, and returns what its actions lead to.
func (c *checker) look(s env.State) []env.Step {
	was := told(s)
	c.steps--
	if bad := strings.IndexFunc(s.String(), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }); bad >= 0 || s.String() == "" {
		c.fail("the text %q of the state is empty, or has control characters", s)
	}
	f := future{text: s.String(), player: env.ToMove(s)}
	if f.player != 0 && f.player != 1 {
		c.fail("player %d is to move: there are 0 and 1", f.player)
	}
	outcome, over := s.Outcome()
	f.over = over
	if over {
		f.reward = outcome.Reward
		if !(f.reward >= 0 && f.reward <= 1) {
			c.fail("the reward %v is outside [0,1]", f.reward)
		}
		c.solved(s, outcome)
	}
	if e, ok := s.(env.Estimator); ok && !over {
		if v, known := e.Estimate(); known && !(v >= 0 && v <= 1) {
			c.fail("the estimate %v is outside [0,1]", v)
		}
	}
	c.illegal(s)
	next := c.actions(s, over, &f)
	if c.opt.Texts {
		c.text(s)
	}
	if now := told(s); now != was {
		c.fail("the state changes when steps are made from it:\n%s\n%s", was, now)
	}
	c.merge(s.Key(), f)
	return next
}

// actions tries each action of a state that lists them.
func (c *checker) actions(s env.State, over bool, f *future) (next []env.Step) {
	finite, ok := s.(env.Finite)
	if !ok {
		return nil
	}
	actions := finite.Actions()
	if over && len(actions) > 0 {
		c.fail("the state is an end, and has the actions %q", actions)
		return nil
	}
	f.leadsTo = map[string]bool{}
	seen := map[string]bool{}
	for _, a := range actions {
		if seen[a] || a == "" {
			c.fail("the action %q is empty, or there twice", a)
		}
		seen[a] = true
		to, err := c.env.Step(c.ctx, s, a)
		c.steps--
		switch {
		case err != nil:
			c.fail("its own action %q is refused: %v", a, err)
			continue
		case to == nil:
			c.fail("the action %q gives neither a state nor an error", a)
			continue
		}
		if again, err := c.env.Step(c.ctx, s, a); err != nil || again.Key() != to.Key() {
			c.fail("the action %q leads to two different states", a)
		}
		f.leadsTo[to.Key()] = true
		next = append(next, env.Step{Action: a, State: to})
	}
	return next
}

// illegal makes steps that no rules allow.
func (c *checker) illegal(s env.State) {
	for _, a := range []string{"", "no such step \u2620"} {
		next, err := c.env.Step(c.ctx, s, a)
		if err == nil {
			if _, finite := s.(env.Finite); finite {
				c.fail("the step %q is taken, and is no action: it leads to %q", a, next)
			}
			continue
		}
		if !errors.Is(err, env.ErrIllegal) && c.ctx.Err() == nil {
			c.fail("the step %q is refused by an error that is not env.ErrIllegal: %v", a, err)
		}
	}
}

// solved has the answer of a solved state checked, and nonsense beside it.
func (c *checker) solved(s env.State, o env.Outcome) {
	verifier, ok := c.env.(env.Verifier)
	answerer, can := s.(env.Answerer)
	if !ok || !can {
		return
	}
	err := verifier.Verify(c.ctx, c.problem, answerer.Answer())
	switch {
	case o.Reward == 1 && err != nil:
		c.fail("the checker refuses the answer %q of a solved state: %v", answerer.Answer(), err)
	case o.Reward < 1 && err == nil:
		c.fail("the checker takes the answer %q of a state that is not solved", answerer.Answer())
	}
	if verifier.Verify(c.ctx, c.problem, answerer.Answer()+" \u2620") == nil {
		c.fail("the checker takes the answer %q with nonsense behind it", answerer.Answer())
	}
}

// text reads the text of a state as a problem.
func (c *checker) text(s env.State) {
	again, ok := c.start(s.String())
	if ok && (again.Key() != s.Key() || again.String() != s.String()) {
		c.fail("the text %q is read as another state, %q", s, again)
	}
}

// merge compares the future of a state with that of others with the same key.
func (c *checker) merge(key string, f future) {
	was, seen := c.known[key]
	if !seen {
		c.known[key] = f
		return
	}
	same := was.over == f.over && was.reward == f.reward && was.player == f.player && len(was.leadsTo) == len(f.leadsTo)
	for k := range f.leadsTo {
		same = same && was.leadsTo[k]
	}
	if !same {
		c.fail("states of the key %q have different futures: %q and %q", key, was.text, f.text)
	}
}

// told is all that a state tells, in one string.
func told(s env.State) string {
	var b strings.Builder
	o, over := s.Outcome()
	fmt.Fprintf(&b, "%q key %q player %d over %v %v %q", s, s.Key(), env.ToMove(s), over, o.Reward, o.Note)
	if f, ok := s.(env.Finite); ok {
		fmt.Fprintf(&b, " actions %q", f.Actions())
	}
	return b.String()
}

// sample looks at what an environment tells a general model.
func sample(ctx context.Context, e env.Environment, o Options) []error {
	d, ok := e.(env.Describer)
	if !ok {
		return nil
	}
	text, step := d.Example()
	if d.Rules() == "" && text == "" && step == "" {
		return nil // it explains nothing
	}
	c := &checker{ctx: ctx, env: e, problem: text}
	if d.Rules() == "" || text == "" || step == "" {
		c.fail("of the rules, a sample of a state and one of a step, some are missing")
		return c.failures
	}
	if !o.Texts {
		return nil // where the sample stands, only the environment knows
	}
	s, ok := c.start(text)
	if ok && s.String() != text {
		c.fail("the sample of a state is written otherwise: %q", s)
	}
	if ok {
		if _, err := e.Step(ctx, s, step); err != nil {
			c.fail("the sample of a step is refused: %v", err)
		}
	}
	return c.failures
}

// refusals gives an environment what is no problem.
func refusals(ctx context.Context, e env.Environment) (out []error) {
	fail := func(problem, format string, args ...any) {
		out = append(out, &Failure{Problem: problem, Reason: fmt.Sprintf(format, args...)})
	}
	for _, problem := range []string{"\u2620 no such problem", "\x1b[31m\x00", strings.Repeat("9 ", 1<<19)} {
		short := problem[:min(len(problem), 30)]
		s, err := e.Start(ctx, problem)
		var input *env.InputError
		switch {
		case err == nil && s == nil:
			fail(short, "Start gives neither a state nor an error")
		case err == nil || ctx.Err() != nil:
		case !errors.As(err, &input):
			fail(short, "what can't be read must be refused by an *env.InputError, not by %T", err)
		case input.Reason == "" || len(err.Error()) > 2000:
			fail(short, "the refusal has no reason, or is too long to read (%d bytes)", len(err.Error()))
		case input.Example != "":
			if _, err := e.Start(ctx, input.Example); err != nil {
				fail(short, "the example of its refusal is refused too: %v", err)
			}
		}
	}
	return out
}
