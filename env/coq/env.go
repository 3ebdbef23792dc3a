// Package coq makes Coq (or Rocq) an environment: a state is what is left to
// prove, a step is a tactic, and a step that Coq refuses carries Coq's words.
// coqidetop is asked while searching; whether a finished proof holds is for coqc
// to say, on the whole file.
package coq

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/proof"
)

// Config says how Coq is used.
type Config struct {
	Flags   []string // such as -Q and -R of a project
	Dir     string   // working directory of the processes
	Workers int      // processes at most; 0 means 1
	// Limit is the time of one tactic; 0 means a second. Kinds of tactics that
	// take long and never succeed get less by and by.
	Limit time.Duration
	// Memory is the most address space of a process, 0 means 3 GB; one that
	// occupies more than Recycle, 0 means 1 GB, is replaced when it is idle.
	Memory, Recycle uint64
	// First says that the first goal alone is to be proved, as where an admit stands.
	First bool
	// Exact makes equal goals under other names, and goals reached in other ways,
	// different states; it is there for comparisons.
	Exact bool
	// Whole keeps the goals of a state together, whether they could be proved
	// apart or not; it is there for comparisons.
	Whole bool
}

// Env is the environment of one proof. Close it after use.
type Env struct {
	cfg    Config
	prefix []Sentence
	place  string // tells goals of this place from those of others
	pool   pool
	pace   *pace
	count  counts

	mu     sync.Mutex
	failed map[string][]proof.Failure // by state key
	known  map[attemptID]result       // of steps
	shelf  int                        // goals shelved before the proof
	gaveUp int                        // goals given up before it, at other holes
}

// attemptID is a tactic at the end of a way: the way and not the state, for the
// names of hypotheses may differ where keys are equal.
type attemptID struct {
	at     *way
	tactic string
}

// result is the outcome of a step, as far as it is final.
type result struct {
	state env.State
	err   error
}

// New makes the environment of the proof that stands after some sentences.
// Nothing is started yet.
func New(cfg Config, prefix []Sentence) *Env {
	if cfg.Workers < 1 {
		cfg.Workers = 1
	}
	if cfg.Limit == 0 {
		cfg.Limit = time.Second
	}
	if cfg.Recycle == 0 {
		cfg.Recycle = 1 << 30
	}
	e := &Env{
		cfg: cfg, prefix: prefix, pace: newPace(cfg.Limit),
		failed: map[string][]proof.Failure{}, known: map[attemptID]result{},
	}
	parts := append([]string{}, cfg.Flags...)
	for _, s := range prefix {
		parts = append(parts, s.Text)
	}
	e.place = hash(parts...)
	e.pool.init(cfg.Workers, int64(cfg.Recycle), func(ctx context.Context) (*worker, error) {
		return load(ctx, ide.Options{Flags: cfg.Flags, Dir: cfg.Dir, Memory: cfg.Memory}, prefix, cfg.First)
	})
	return e
}

// Close ends all processes.
func (e *Env) Close() { e.pool.close() }

// ErrPlace says that no proof can be put in the place where one is searched.
var ErrPlace = errors.New("no proof fits here")

// Start implements env.Environment; the problem was said to New, and the text is
// of no use. A *LoadError says that Coq refuses the file before the proof, ErrPlace that
// the proof can't be given where it is to stand.
func (e *Env) Start(ctx context.Context, _ string) (env.State, error) {
	w, err := e.pool.get(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer e.pool.put(w)
	root := &way{}
	if _, _, err := w.goTo(ctx, root, e.cfg.Limit); err != nil {
		return nil, err
	}
	goals, err := w.proc.Goals(ctx, loadTime)
	if err != nil {
		return nil, fmt.Errorf("asking for the goals: %w", err)
	}
	if !goals.Proving {
		return nil, &LoadError{e.last().Line, e.last().Text, "no proof is open after it"}
	}
	switch n := goals.Background; {
	case len(goals.Focused) == 0:
		return nil, fmt.Errorf("%w: no goal is left, or each is outside of the bullet or brace here", ErrPlace)
	case n > 0 && !e.cfg.First:
		return nil, fmt.Errorf("%w: %d more goals stand outside of the bullet or brace here; write an admit for each", ErrPlace, n)
	}
	e.mu.Lock()
	e.shelf, e.gaveUp = goals.Shelved, goals.GivenUp
	e.mu.Unlock()
	return e.read(ctx, w, root, goals)
}

func (e *Env) last() Sentence {
	if len(e.prefix) == 0 {
		return Sentence{Line: 1}
	}
	return e.prefix[len(e.prefix)-1]
}

// Step implements env.Environment. The step of a Branch is the number of a goal,
// else it is a tactic.
func (e *Env) Step(ctx context.Context, s env.State, action string) (env.State, error) {
	if b, ok := s.(*Branch); ok {
		n, err := strconv.Atoi(action)
		if err != nil || n < 1 || n > len(b.goals) {
			return nil, env.Illegal(action, "there are %d goals to choose from", len(b.goals))
		}
		return b.goals[n-1], nil
	}
	st, ok := s.(*State)
	if !ok || len(st.goals) == 0 {
		return nil, env.Illegal(action, "nothing is left to prove")
	}
	tactic := vernac.Clean(action)
	if err := vernac.Guard(tactic); err != nil {
		return nil, e.refuse(st, tactic, proof.Forbidden, err.Error())
	}
	return e.try(ctx, st, tactic)
}

// Repeat makes a step that was made before, by a search that goes on: it gets more
// time than it can have taken then.
func (e *Env) Repeat(ctx context.Context, s env.State, action string) (env.State, error) {
	st, ok := s.(*State)
	if !ok {
		return e.Step(ctx, s, action)
	}
	next, _, err := e.run(ctx, st, vernac.Clean(action), 10*e.cfg.Limit)
	return next, err
}

// try gives a tactic to Coq, unless it is known what comes of it.
func (e *Env) try(ctx context.Context, s *State, tactic string) (env.State, error) {
	id := attemptID{s.at, tactic}
	e.mu.Lock()
	r, seen := e.known[id]
	e.mu.Unlock()
	if seen {
		return r.state, r.err
	}
	next, class, err := e.run(ctx, s, tactic, e.pace.limit(tactic))
	if err == nil || class.Final() && errors.Is(err, env.ErrIllegal) {
		e.mu.Lock()
		if len(e.known) < mostKnown {
			e.known[id] = result{next, err}
		}
		e.mu.Unlock()
	}
	return next, err
}

// Lethal reports whether tactics like this one took all memory or stack, ended Coq, or
// used hints without end, more often than they have worked. They are still tried by
// Step, if anybody wants it.
func (e *Env) Lethal(tactic string) bool { return e.pace.lethal(vernac.Clean(tactic)) }

// mostKnown bounds what is remembered of steps.
const mostKnown = 1 << 19

// run lets a worker try a tactic. A worker that was lost on the way to the state
// is replaced once.
func (e *Env) run(ctx context.Context, s *State, tactic string, limit time.Duration) (env.State, proof.Class, error) {
	var err error
	for range 2 {
		var w *worker
		if w, err = e.pool.get(ctx, s.at); err != nil {
			return nil, "", err
		}
		if err = e.arrive(ctx, w, s); err != nil {
			e.pool.put(w)
			if ctx.Err() != nil {
				return nil, "", ctx.Err()
			}
			continue
		}
		next, class, err := e.attempt(ctx, w, s, tactic, limit)
		e.pool.put(w)
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		return next, class, err
	}
	class, text := classify(err)
	return nil, class, e.refuse(s, tactic, class, text)
}

// arrive brings a worker to a state and makes sure that it is the same one.
func (e *Env) arrive(ctx context.Context, w *worker, s *State) error {
	_, moved, err := w.goTo(ctx, s.at, e.cfg.Limit)
	if err != nil || !moved {
		return err
	}
	full, err := w.proc.Full(ctx)
	if err != nil {
		w.broken = true
		return err
	}
	texts, _ := e.normals(full.Focused)
	if e.keyOf(texts, s.at) != s.key {
		w.broken = true
		return fmt.Errorf("%w: other goals than before", errDesync)
	}
	return nil
}

func (e *Env) attempt(ctx context.Context, w *worker, s *State, tactic string, limit time.Duration) (env.State, proof.Class, error) {
	tip := w.tip(s.at.depth)
	began := time.Now()
	e.count.tried.Add(1)
	id, goals, err := w.proc.Try(ctx, limit, tip, guarded(tactic, limit))
	if err != nil {
		class, text := classify(err)
		if ctx.Err() == nil {
			e.pace.note(tactic, time.Since(began), class)
		}
		w.broken = w.broken || errors.Is(err, ide.ErrDied)
		return nil, class, e.refuse(s, tactic, class, text)
	}
	e.pace.note(tactic, time.Since(began), "")
	next := s.at.then(tactic)
	w.stack = append(w.stack, passed{next, id})
	if len(goals.Focused) == 0 {
		if goals.Shelved > e.shelf || goals.GivenUp > e.gaveUp {
			return nil, proof.Other, e.refuse(s, tactic, proof.Other, "it leaves existential variables, or a goal given up")
		}
		if err := e.guardedProof(ctx, w, id, next); err != nil {
			return nil, proof.Other, e.refuse(s, tactic, proof.Other, canonical(err.Error()))
		}
		return &State{at: next, key: hash(e.place, "proved")}, "", nil
	}
	st, err := e.read(ctx, w, next, goals)
	switch {
	case errors.Is(err, errLarge):
		return nil, proof.Other, e.refuse(s, tactic, proof.Other, err.Error())
	case err != nil:
		w.broken = true
		class, text := classify(err)
		return nil, class, e.refuse(s, tactic, class, text)
	case st.Key() == s.key:
		return nil, proof.NoProgress, e.refuse(s, tactic, proof.NoProgress, "the goals stay the same")
	}
	return st, "", nil
}

// guardedProof checks that a proof that calls itself does so on something
// smaller: no goal left is not enough there.
func (e *Env) guardedProof(ctx context.Context, w *worker, id ide.StateID, at *way) error {
	recursive := false
	for _, s := range at.steps() {
		tokens(s.sentence, func(tok string, ident bool) {
			recursive = recursive || ident && (tok == "fix" || tok == "cofix")
		})
	}
	if !recursive {
		return nil
	}
	_, err := w.proc.Query(ctx, e.cfg.Limit, id, "Guarded.")
	return err
}

var errLarge = errors.New("the goals are too large")

const mostGoal = 1 << 17 // bytes of all goals of a state, printed in full

// read makes the state that a worker is in.
func (e *Env) read(ctx context.Context, w *worker, at *way, goals ide.Goals) (env.State, error) {
	full, err := w.proc.Full(ctx)
	if err != nil {
		return nil, err
	}
	if len(full.Focused) != len(goals.Focused) || len(goals.Focused) == 0 {
		return nil, fmt.Errorf("%w: %d goals, printed in full %d", errDesync, len(goals.Focused), len(full.Focused))
	}
	size := 0
	for _, g := range full.Focused {
		size += len(g.Concl)
		for _, h := range g.Hyps {
			size += len(h)
		}
	}
	if size > mostGoal {
		return nil, errLarge
	}
	texts, open := e.normals(full.Focused)
	all := make([]proof.Goal, len(texts))
	fulls := make([]Full, len(texts))
	for i, g := range goals.Focused {
		all[i] = proof.Goal{Hyps: hyps(g), Concl: g.Concl, Open: open[i]}
		fulls[i] = Full{hyps(full.Focused[i]), full.Focused[i].Concl, hash(texts[i])}
		all[i].Key = hash(e.place, texts[i])
	}
	e.mu.Lock()
	coupled := goals.Shelved > e.shelf
	e.mu.Unlock()
	for _, o := range open {
		coupled = coupled || o
	}
	if len(all) == 1 || coupled || e.cfg.Whole {
		return &State{at, all, fulls, e.keyOf(texts, at)}, nil
	}
	b := &Branch{key: "and " + e.keyOf(texts, at)}
	for i := range all {
		to := at.then(focus(i + 1))
		b.goals = append(b.goals, &State{to, all[i : i+1], fulls[i : i+1], e.keyOf(texts[i:i+1], to)})
	}
	return b, nil
}

func hyps(g ide.Goal) []proof.Hyp {
	var out []proof.Hyp
	for _, line := range g.Hyps {
		out = append(out, hypsOf(line)...)
	}
	return out
}

func (e *Env) normals(goals []ide.Goal) (texts []string, open []bool) {
	evars := map[string]string{}
	for _, g := range goals {
		t, o := normal(g, evars)
		texts, open = append(texts, t), append(open, o)
	}
	return texts, open
}

func (e *Env) keyOf(texts []string, at *way) string {
	parts := append([]string{e.place}, texts...)
	if e.cfg.Exact {
		for _, s := range at.steps() {
			parts = append(parts, s.sentence)
		}
	}
	return hash(parts...)
}

// refuse makes the error of a refused step and remembers it for those who
// propose others.
func (e *Env) refuse(s *State, tactic string, class proof.Class, text string) error {
	const most = 64
	e.mu.Lock()
	if len(e.failed[s.key]) < most {
		e.failed[s.key] = append(e.failed[s.key], proof.Failure{Tactic: tactic, Class: class, Text: text})
	}
	e.mu.Unlock()
	return env.Illegal(tactic, "%s", strings.TrimSpace(string(class)+": "+text))
}

// Failures implements proof.Failures.
func (e *Env) Failures(s env.State) []proof.Failure {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := e.failed[s.Key()]
	return all[:len(all):len(all)]
}

// Query asks Coq something at a state: Search, Check, Print. The answer is what it
// says, message by message.
func (e *Env) Query(ctx context.Context, s *State, limit time.Duration, sentence string) ([]string, error) {
	return e.query(ctx, s, limit, sentence, false)
}

// QueryFull is a Query whose answer has everything printed in full.
func (e *Env) QueryFull(ctx context.Context, s *State, limit time.Duration, sentence string) ([]string, error) {
	return e.query(ctx, s, limit, sentence, true)
}

func (e *Env) query(ctx context.Context, s *State, limit time.Duration, sentence string, full bool) ([]string, error) {
	w, err := e.pool.get(ctx, s.at)
	if err != nil {
		return nil, err
	}
	defer e.pool.put(w)
	if err := e.arrive(ctx, w, s); err != nil {
		return nil, err
	}
	tip := w.tip(s.at.depth)
	w.stack = w.stack[:s.at.depth]
	at := tip
	if full {
		// An option that is set from outside does not reach a query: a sentence does.
		if at, _, err = w.proc.Try(ctx, limit, tip, "Set Printing All."); err != nil {
			w.broken = true
			return nil, err
		}
	}
	said, err := w.proc.Query(ctx, limit, at, sentence)
	if back := w.proc.EditAt(ctx, tip); back != nil {
		w.broken = true
		return said, back
	}
	if err != nil {
		return said, fmt.Errorf("asking Coq %q: %w", clip(sentence, 80), err)
	}
	return said, nil
}
