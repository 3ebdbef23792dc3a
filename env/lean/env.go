package lean

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/child"
	"github.com/ponder-mcts/ponder/env/proof"
)

// Env is the environment of one hole: its root is the hole's goal, its steps are
// tactics. It is safe for concurrent use, and it runs programs until it is closed
// or the context it was made with ends.
//
// It is an env.Environment, env.Verifier and env.Describer, and tells of what was
// refused (proof.Failures).
type Env struct {
	cfg      Config
	file     *File
	hole     Hole
	judge    *Judge
	salt     string
	pool     *pool
	root     *state
	failures failures
	tried    atomic.Int64
}

// New starts a REPL for a hole of a file, and fails if Lean does not accept what
// stands before the hole. A program that is not there is a *MissingError, a file
// or hole that can't be used an *env.InputError. The Env must be closed.
func New(ctx context.Context, c Config, f *File, h Hole) (*Env, error) {
	if err := f.check(h); err != nil {
		return nil, err
	}
	c = c.withDefaults(f.Path)
	if len(c.Repl) == 0 {
		var err error
		if c.Repl, err = replCommand(c.Dir); err != nil {
			return nil, err
		}
	}
	judge, err := NewJudge(c, f, h)
	if err != nil {
		return nil, err
	}
	e := &Env{cfg: c, file: f, hole: h, judge: judge, failures: failures{of: map[string][]proof.Failure{}}}
	text, at := f.upTo(h)
	e.salt = digest(text)
	e.pool = newPool(ctx, c, loader{text: text, root: func(r *reply) (int, error) { return e.readRoot(r, at) }})
	if err := e.begin(ctx); err != nil {
		return nil, errors.Join(err, e.pool.close())
	}
	return e, nil
}

func (e *Env) begin(ctx context.Context) error {
	w, err := e.pool.take(ctx, "root")
	if err != nil {
		return err
	}
	defer e.pool.give(w)
	return w.ready(ctx)
}

// upTo is the text up to the end of the declaration that holds h, with the sorry
// as a proof will stand there, so that Lean has seen that form before a search
// begins; and where that sorry stands.
func (f *File) upTo(h Hole) (string, linecol) {
	head, filled := f.Text[:f.start(h)], f.render(h, []string{"sorry"})
	tail := f.Text[h.End:f.tokens[f.lastOf(h)].end]
	before := head + filled[:strings.LastIndex(filled, "sorry")]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return head + filled + tail + "\n", linecol{Line: 1 + strings.Count(before, "\n"), Column: len([]rune(line))}
}

// lastOf is the last token that Lean must read for the hole: of its declaration,
// or of the mutual block around it.
func (f *File) lastOf(h Hole) int {
	i := h.command
	for f.commands[h.command].mutual && i+1 < len(f.commands) && f.commands[i].kind != "end" {
		i++
	}
	return f.commands[i].end - 1
}

// readRoot checks what the REPL says of the file and finds the hole in it.
func (e *Env) readRoot(r *reply, at linecol) (int, error) {
	input := func(reason string, args ...any) error {
		return &env.InputError{Input: e.Problem(), Reason: fmt.Sprintf(reason, args...), Example: sample}
	}
	if r.Message != nil {
		return 0, input("Lean does not accept the file: %s", child.Shorten(*r.Message, 300))
	}
	if bad := r.errors(); len(bad) > 0 {
		return 0, input("Lean finds an error on line %d, column %d, before any proof is tried: %s",
			bad[0].Pos.Line, bad[0].Pos.Column+1, child.Shorten(bad[0].Data, 300))
	}
	var found []sorry
	for _, s := range r.Sorries {
		if s.Pos == at && s.ProofState != nil {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 0:
		return 0, input("Lean has not come to this sorry (it may stand in text that is never elaborated)")
	case len(found) > 1:
		return 0, input("this sorry stands for %d goals; write one for each of them", len(found))
	}
	root := e.newState(nil, "", []printed{readGoal(found[0].Goal)})
	if e.root == nil {
		e.root = root
	} else if e.root.key != root.key {
		return 0, fmt.Errorf("%w: a fresh REPL shows another goal for the same file: %s", child.ErrGarbled, child.Shorten(root.String(), 200))
	}
	return *found[0].ProofState, nil
}

// Problem identifies the hole, for Start: file, line, column and name.
func (e *Env) Problem() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.file.Path, e.hole.Line, e.hole.Col, e.hole.Label())
}

// Start is the goal of the hole. The problem is what Problem says, or empty.
func (e *Env) Start(_ context.Context, problem string) (env.State, error) {
	if problem != "" && problem != e.Problem() {
		return nil, &env.InputError{Input: problem, Reason: "this environment was made for another hole", Example: e.Problem()}
	}
	return e.root, nil
}

// Close ends the programs. A call in progress fails.
func (e *Env) Close() error { return e.pool.close() }

// Failures are what was refused in a state so far, oldest first.
func (e *Env) Failures(s env.State) []proof.Failure { return e.failures.list(s.Key()) }

// Tried is how many tactics a REPL was given.
func (e *Env) Tried() int { return int(e.tried.Load()) }

// Judge is the judge of the hole.
func (e *Env) Judge() *Judge { return e.judge }

// Verify puts a proof (tactics, as Format writes them) in place of the hole and
// lets the judge compile the file.
func (e *Env) Verify(ctx context.Context, problem, answer string) error {
	if _, err := e.Start(ctx, problem); err != nil {
		return err
	}
	text, err := e.file.Fill(e.hole, answer)
	if err != nil {
		return err
	}
	return e.judge.Verify(ctx, text)
}

// Rules explain the environment to a general model.
func (e *Env) Rules() string {
	return "A state is a goal of a Lean 4 proof: hypotheses, one to a line, and after ⊢ what is to be proved. " +
		"A step is one Lean 4 tactic. The aim is that no goal is left. sorry, admit and native_decide are refused."
}

// Example is a goal and a tactic that makes progress.
func (e *Env) Example() (state, step string) {
	return "p q : Prop\nh : p ∧ q\n⊢ q ∧ p", "exact ⟨h.2, h.1⟩"
}

// Step plays a tactic. A refusal is a *StepError.
func (e *Env) Step(ctx context.Context, s env.State, action string) (env.State, error) {
	switch s := s.(type) {
	case *fork:
		if s.at.env == e {
			return s.take(action)
		}
	case *state:
		if s.env == e {
			return e.play(ctx, s, action)
		}
	}
	return nil, fmt.Errorf("step %q: the state is not one of this environment (%s)", child.Shorten(action, 60), e.Problem())
}

func (e *Env) play(ctx context.Context, s *state, action string) (env.State, error) {
	tactic := Clean(action)
	if len(s.goals) == 0 {
		return nil, refuse(tactic, proof.WrongCount, "no goals are left")
	}
	if err := Guard(tactic); err != nil {
		return nil, e.record(s, refuse(tactic, proof.Forbidden, "%v", err))
	}
	if known := e.failures.final(s.key, tactic); known != nil {
		return nil, known
	}
	next, err := e.run(ctx, s, tactic)
	var refused *StepError
	if errors.As(err, &refused) {
		return nil, e.record(s, refused)
	}
	return next, err
}

func (e *Env) record(s *state, refused *StepError) error {
	e.failures.add(s.key, refused.Failure)
	return refused
}

// run asks a REPL.
func (e *Env) run(ctx context.Context, s *state, tactic string) (env.State, error) {
	w, err := e.pool.take(ctx, s.id)
	if err != nil {
		return nil, fmt.Errorf("step %q: %w", tactic, err)
	}
	defer e.pool.give(w)
	number, err := e.find(ctx, w, s)
	if err != nil {
		return nil, e.failed(tactic, err)
	}
	e.tried.Add(1)
	r, err := w.tactic(ctx, tactic, number, e.cfg.StepTime)
	if err != nil {
		return nil, e.failed(tactic, err)
	}
	next, refused, err := e.outcome(s, tactic, r)
	if err != nil {
		return nil, fmt.Errorf("step %q: %w", tactic, err)
	}
	if refused != nil {
		return nil, refused
	}
	w.numbers[next.id] = *r.ProofState
	if len(next.goals) > 1 && !anyOpen(next.goals) {
		return &fork{at: next}, nil
	}
	return next, nil
}

// failed is the error of a tactic that got no answer.
func (e *Env) failed(tactic string, err error) error {
	if refused := broken(tactic, err); refused != nil {
		return refused
	}
	return fmt.Errorf("step %q: %w", tactic, err)
}

func anyOpen(goals []proof.Goal) bool {
	for _, g := range goals {
		if g.Open {
			return true
		}
	}
	return false
}

// find is the number of a state in a REPL, which plays the tactics that lead to
// it if need be. A REPL that shows other goals than before is started anew, once.
func (e *Env) find(ctx context.Context, w *worker, s *state) (int, error) {
	for again := 0; ; again++ {
		err, n := w.ready(ctx), 0
		if err == nil {
			n, err = e.replay(ctx, w, s)
		}
		if err == nil || again == 1 || !errors.Is(err, child.ErrGarbled) && !errors.Is(err, child.ErrDied) {
			return n, err
		}
		w.drop()
	}
}

func (e *Env) replay(ctx context.Context, w *worker, s *state) (int, error) {
	var missing []*state
	at := s
	for ; at.parent != nil; at = at.parent {
		if _, ok := w.numbers[at.id]; ok {
			break
		}
		missing = append(missing, at)
	}
	n := w.numbers[at.id]
	for i := len(missing) - 1; i >= 0; i-- {
		step := missing[i]
		r, err := w.tactic(ctx, step.tactic, n, 3*e.cfg.StepTime)
		if err != nil {
			return 0, fmt.Errorf("playing %q again: %w", step.tactic, err)
		}
		if r.ProofState == nil || len(r.errors()) > 0 || stateKey(e.salt, readGoals(*r.Goals)) != step.key {
			return 0, fmt.Errorf("%w: %q led to other goals than before", child.ErrGarbled, step.tactic)
		}
		n = *r.ProofState
		w.numbers[step.id] = n
	}
	return n, nil
}

func readGoals(texts []string) []printed {
	goals := make([]printed, len(texts))
	for i, t := range texts {
		goals[i] = readGoal(t)
	}
	return goals
}

// goalsLimit is how many bytes the goals of a state may have: a search keeps all
// its states.
const goalsLimit = 256 << 10

// outcome turns the reply to a tactic into the state it leads to, or says why
// it leads nowhere.
func (e *Env) outcome(s *state, tactic string, r *reply) (*state, *StepError, error) {
	if r.Message != nil {
		return nil, refuse(tactic, classify(*r.Message), "%s", trim(*r.Message)), nil
	}
	if bad := r.errors(); len(bad) > 0 {
		return nil, refuse(tactic, classify(bad[0].Data), "%s", trim(bad[0].Data)), nil
	}
	if len(r.Sorries) > 0 {
		return nil, refuse(tactic, proof.Forbidden, "the tactic leaves a sorry for: %s", r.Sorries[0].Goal), nil
	}
	if n := len(strings.Join(*r.Goals, "")); n > goalsLimit {
		return nil, refuse(tactic, proof.Other, "the tactic leaves goals of %d KB; %d are the most", n>>10, goalsLimit>>10), nil
	}
	next := e.newState(s, tactic, readGoals(*r.Goals))
	if len(next.goals) == 0 {
		refused, err := finished(tactic, r.Status, s.admitted)
		return next, refused, err
	}
	if next.key == s.key {
		return nil, refuse(tactic, proof.NoProgress, "the tactic changes nothing"), nil
	}
	return next, nil, nil
}

// finished reads the status of a proof without goals. In a branch whose siblings
// were closed with sorry, the kernel's acceptance reads "contains sorry".
func finished(tactic, status string, admitted bool) (*StepError, error) {
	switch {
	case status == "Completed", admitted && status == "Incomplete: contains sorry":
		return nil, nil
	case status == "":
		return nil, errors.New("the REPL does not report proofStatus; build a newer one: " + adviceRepl)
	case status == "Incomplete: contains sorry":
		return refuse(tactic, proof.Forbidden, "no goals are left, but Lean says: %s", status), nil
	}
	class := classify(status)
	if class == proof.Mismatch {
		class = proof.Other // the kernel's words, not the tactic's
	}
	return refuse(tactic, class, "no goals are left, but Lean says: %s", status), nil
}
