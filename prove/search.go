package prove

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/lean"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// EnvName names the environment of proofs in Coq, in events and where runs are kept.
const EnvName = "coq"

// Source is the text in which a proof is searched, and where in it: enough to begin
// anew.
type Source struct {
	Path, Text string
	Theorem    int    // its number in the file
	Kind       string // of the hole
	Before     int    // the sentence, or the byte, where it stands
}

// Search is the search for the proof of one hole, ready to be run by ponder.Solve.
// Its answer is the script. Close it after use.
type Search struct {
	Source  Source
	Problem ponder.Problem
	Config  ponder.Config // Emit is to be called by who puts another in its place

	env       *coq.Env // nil in Lean
	portfolio *Portfolio
	lean      *lean.Env // nil in Coq
	nodes     int
	dir       string // where Coq runs
	remove    func()
}

// Open makes the search for a hole of a file. No process is started yet.
func Open(f *vernac.File, h vernac.Hole, o Options) (*Search, error) {
	dir, remove, err := scratch(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	prefix := prefixOf(f, h)
	e := coq.New(coq.Config{
		Flags: o.Flags, Dir: o.Dir, Workers: max(1, o.Workers), Memory: o.Space,
		First: h.Kind == vernac.Admit, Exact: o.NoMerge, Whole: o.NoApart || !o.isTree(),
	}, prefix)
	earlier := before(f, h)
	p := &Portfolio{Env: e, Library: NewLibrary(e, append(unproved(f), f.Theorems[h.Theorem].Called()...), earlier, includes(prefix)), Habits: NewHabits(h.Name, earlier)}
	p.Own = definitions(prefix)
	if !o.NoCache && o.isTree() {
		p.Memory, p.Goals = o.Memory, &Nearness{}
	}
	if o.NoPremises {
		p.Near, p.Habits = -1, nil
	}
	s := &Search{Source: Source{f.Path, f.Text, h.Theorem, string(h.Kind), h.Before}, env: e, portfolio: p, dir: dir, remove: remove}
	about := Context{Portfolio: p, Earlier: earlier}
	s.Problem = ponder.Problem{
		EnvName: EnvName, Env: &Problem{Env: e, Base: indentOf(f, h), Memory: p.Memory},
		Text:   fmt.Sprintf("%s: %s", filepath.Base(f.Path), h),
		Policy: func(m ponder.Asked) mcts.Policy { return policy(m, e, about, o.Seed) },
		Critic: func(m ponder.Asked) mcts.Critic { return critic(m, e, about, o) },
	}
	s.configure(o)
	return s, nil
}

func placeOf(h vernac.Hole) proof.Place {
	return proof.Place{Name: h.Name, Kind: string(h.Kind), Line: h.Line, Col: h.Col}
}

// Explore is PUCT's Init for proofs. A goal that looks near to its end may have none: with
// the usual weight a search would stay with it.
const Explore = 5

// configure says how it is searched.
func (s *Search) configure(o Options) {
	s.Config = ponder.Config{
		Model: o.Model, Calls: o.Calls, Tokens: o.Tokens, Keeper: o.Keeper,
		Time: o.Time, Strategy: "puct", Width: 8, Widen: 3, Mix: 0.5, Explore: Explore, Parallel: max(1, o.Workers), Seed: o.Seed,
		Emit: func(ev event.Event) {
			if g := ev.Grown; g != nil {
				s.nodes += len(g.New)
			}
			if o.Emit != nil {
				o.Emit(ev)
			}
		},
	}
}

// Close ends the processes of the search.
func (s *Search) Close() {
	if s.lean != nil {
		_ = s.lean.Close() // a process that was ended has nothing to say
	} else {
		s.env.Close()
	}
	s.remove()
}

// scratch is the folder where Coq runs, for some tactics leave files there: the one
// that is given, or one that remove takes away.
func scratch(dir string) (at string, remove func(), err error) {
	if dir != "" {
		return dir, func() {}, nil
	}
	if dir, err = os.MkdirTemp("", "ponder-prove-"); err != nil {
		return "", nil, fmt.Errorf("making a folder for Coq to run in: %w", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

// run makes the search, and puts what came of it into a result.
func (s *Search) run(ctx context.Context, r *Result, o Options) error {
	solve := o.Solve
	if solve == nil {
		solve = func(ctx context.Context, _ proof.Place, s *Search) (ponder.Solution, error) {
			return ponder.Solve(ctx, s.Problem, s.Config)
		}
	}
	out, err := solve(ctx, r.Place, s)
	r.Reason, r.Nodes = out.Reason, s.nodes
	if errors.Is(err, errScript) {
		r.Reason, err = err.Error(), nil
	}
	if out.Status == mcts.StatusSolved {
		r.Solved, r.Script = true, out.Answer
	}
	return err
}

// Judged lets a search verify its answer by itself: the script is put into the
// file and coqc judges that, as All does for many.
func (s *Search) Judged(f *vernac.File, h vernac.Hole, o Options) {
	s.Problem.Env = &judged{s.Problem.Env.(*Problem), f, h, coq.Judge{Flags: o.Flags, Dir: s.dir, Allow: o.Allow}}
}

// judged is a Problem that is an env.Verifier.
type judged struct {
	*Problem
	file  *vernac.File
	hole  vernac.Hole
	judge coq.Judge
}

// Verify implements env.Verifier.
func (j *judged) Verify(ctx context.Context, _, script string) error {
	return Check(ctx, j.judge, j.file, j.hole, script)
}

// Check has a script judged in the place of a hole. The error says why it does not
// count: OtherHoles, a *coq.RefusedError, or that Coq could not be asked.
func Check(ctx context.Context, judge coq.Judge, f *vernac.File, h vernac.Hole, script string) error {
	dir, remove, err := scratch(judge.Dir)
	if err != nil {
		return err
	}
	defer remove()
	judge.Dir = dir
	filled, err := fill(f, h, script)
	if err != nil {
		return err
	}
	if filled.Theorems[h.Theorem].Ending == "Admitted" {
		return errors.New(OtherHoles)
	}
	_, err = judge.Check(ctx, f, h.Theorem, filled.Text)
	return err
}

// Accepts has coqc read a file as it is, with its holes: where it finds an error, which is
// a *coq.LoadError then, no proof can count.
func Accepts(ctx context.Context, f *vernac.File, flags []string) error {
	dir, remove, err := scratch("")
	if err != nil {
		return err
	}
	defer remove()
	return coq.Judge{Flags: flags, Dir: dir}.Accepts(ctx, f)
}
