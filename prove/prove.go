package prove

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// Options say how a proof is searched.
type Options struct {
	Time    time.Duration // for the search; 0 means none
	Workers int           // Coq processes, and jobs in flight; 0 means 1
	Method  string        // one of Methods; empty means mcts
	Seed    uint64
	Flags   []string // of Coq, such as -Q and -R
	Dir     string   // where Coq runs
	Allow   []string // axioms

	// What can be left out, for comparisons: goals and ways that are equal taken
	// for one (NoMerge), lemmas from elsewhere (NoPremises), goals proved apart
	// (NoApart), proofs of goals kept from one theorem to the next (NoCache).
	NoCache, NoPremises, NoApart, NoMerge bool

	Emit func(event.Event)
}

// Methods are the ways to search.
var Methods = []string{"mcts", "best-first", "single"}

// Result is what came of a search for one proof.
type Result struct {
	Solved   bool // the search found a proof
	Verified bool // and coqc accepts the whole file with it
	Script   string
	Text     string // of the whole file with the proof put in
	Axioms   []string
	Reason   string // why it ended, or why the proof does not count
	Tried    int    // tactics
	Nodes    int
	Elapsed  time.Duration // in all
	Searched time.Duration
	Solution ponder.Solution
	Spent    string
}

// Prove searches a proof for a hole of a file, and has it judged.
func Prove(ctx context.Context, f *vernac.File, h vernac.Hole, o Options) (Result, error) {
	began := time.Now()
	var r Result
	e := coq.New(coq.Config{Flags: o.Flags, Dir: o.Dir, Workers: max(1, o.Workers), Exact: o.NoMerge, Whole: o.NoApart}, prefixOf(f, h))
	defer e.Close()
	own, earlier := before(f, h)
	p := &Portfolio{Env: e, Library: NewLibrary(e, h.Name, own), Habits: NewHabits(h.Name, earlier)}
	if o.NoPremises {
		p.Near, p.Habits = -1, nil
	}
	env := &Problem{Env: e}
	problem := ponder.Problem{EnvName: "coq", Env: env, Text: h.String(), Policy: p, Critic: Size{}}
	c := ponder.Config{
		Time: o.Time, Strategy: "puct", Width: 8, Widen: 3, Mix: 0.5, Parallel: max(1, o.Workers), Seed: o.Seed,
		Emit: func(ev event.Event) {
			if g := ev.Grown; g != nil {
				r.Nodes += len(g.New)
			}
			if o.Emit != nil {
				o.Emit(ev)
			}
		},
	}
	s, err := ponder.Solve(ctx, problem, c)
	r.Searched, r.Solution, r.Reason, r.Tried, r.Spent = time.Since(began), s, s.Reason, e.Tried(), e.Spent()
	if err != nil || s.Status != mcts.StatusSolved {
		r.Elapsed = time.Since(began)
		return r, err
	}
	r.Solved, r.Script = true, s.Answer
	if r.Text, err = f.Fill(h, r.Script); err != nil {
		return r, fmt.Errorf("putting the proof into the file: %w", err)
	}
	v, err := coq.Judge{Flags: o.Flags, Dir: o.Dir, Allow: o.Allow}.Check(ctx, f, h.Theorem, r.Text)
	r.Axioms, r.Elapsed = v.Axioms, time.Since(began)
	var refused *coq.RefusedError
	if errors.As(err, &refused) {
		r.Reason = refused.Error()
		return r, nil
	}
	r.Verified = err == nil
	return r, err
}

func prefixOf(f *vernac.File, h vernac.Hole) []coq.Sentence {
	var out []coq.Sentence
	line, at := 1, 0
	for _, s := range f.Prefix(h, true) {
		for ; at < s.Start; at++ {
			if f.Text[at] == '\n' {
				line++
			}
		}
		out = append(out, coq.Sentence{Text: s.Text, Line: line})
	}
	return out
}

// before are the theorems of the file that stand before a hole.
func before(f *vernac.File, h vernac.Hole) (own []proof.Premise, earlier []Earlier) {
	for _, t := range f.Theorems[:h.Theorem] {
		if t.Name == "" || t.Last < 0 || t.Last >= h.Before {
			continue
		}
		own = append(own, proof.Premise{Name: t.Name, Statement: t.Statement})
		earlier = append(earlier, Earlier{t.Name, t.Statement, f.Tactics(t)})
	}
	return own, earlier
}
