package prove

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prove/ask"
)

// Options say how a proof is searched.
type Options struct {
	Time    time.Duration // for the search; 0 means none
	Workers int           // Coq processes, and jobs in flight; 0 means 1
	Space   uint64        // most address space of a Coq process, in bytes; 0 means 3 GB
	Method  string        // one of Methods; empty means mcts
	Seed    uint64
	Flags   []string // of Coq, such as -Q and -R
	Dir     string   // where Coq runs; empty means a folder of its own
	Allow   []string // axioms

	// Memory is what earlier proofs taught, and learns from this one; nil means that
	// All makes one for its holes.
	Memory *Memory

	// What can be left out, for comparisons: goals and ways that are equal taken
	// for one (NoMerge), lemmas from elsewhere (NoPremises), goals proved apart
	// (NoApart), what was learnt of tactics and goals on the way (NoCache).
	NoCache, NoPremises, NoApart, NoMerge bool

	// Model, if there is one, proposes tactics and whole proofs beside the portfolio.
	// Calls and Tokens are its budgets for one theorem; 0 means none.
	Model         ponder.Asked
	Calls, Tokens int
	Keeper        llm.Keeper // of finished model calls; nil keeps none
	// Critic is one of Critics: who values a state. Empty means near.
	Critic string
	// Novelty is the share of novelty in the value of a state, from 0 to 1: a bonus
	// for goals unlike those before.
	Novelty float64

	Emit func(event.Event)
	// Solve runs the search for a place of the file, as it was asked for, for those who
	// keep it or show it; nil means ponder.Solve. It is called by several
	// goroutines where holes are searched at once.
	Solve func(ctx context.Context, at proof.Place, s *Search) (ponder.Solution, error)
}

// Methods are the ways to search.
var Methods = []string{"mcts", "best-first", "single"}

// Critics are the ways to value a state: how near its goals look to their end, from
// their size and what was learnt in the search; or the model's answer to whether they
// can be proved, one token a goal.
var Critics = []string{"near", "model"}

// Result is what came of a search for one proof.
type Result struct {
	Place    proof.Place
	Solved   bool // the search found a proof
	Verified bool // and coqc accepts the whole file with it
	Script   string
	Axioms   []string
	Reason   string // why it ended, or why the proof does not count
	Tried    int    // tactics
	Nodes    int
	Searched time.Duration
	Checked  time.Duration // by coqc
}

// Prove searches a proof for a hole of a file, and has it judged.
func Prove(ctx context.Context, f *vernac.File, h vernac.Hole, o Options) (Result, error) {
	rs, _, err := All(ctx, f, []vernac.Hole{h}, 1, o, nil)
	if len(rs) == 0 {
		return Result{}, err
	}
	return rs[0], err
}

// search looks for a proof that rests on no theorem that has none, and does not
// judge it. At is what was asked for, h where that is now.
func search(ctx context.Context, f *vernac.File, at proof.Place, h vernac.Hole, o Options) (Result, error) {
	began := time.Now()
	r := Result{Place: at}
	s, err := Open(f, h, o)
	if err != nil {
		return r, err
	}
	defer s.Close()
	if !o.isTree() {
		within, cancel := context.WithTimeout(ctx, cmp.Or(o.Time, 24*time.Hour))
		defer cancel()
		t, reason, err := baseline(within, o.Method, s.env, s.portfolio)
		if t != nil {
			r.Solved, r.Script = true, plain(t, indentOf(f, h))
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		r.Searched, r.Reason, r.Tried = time.Since(began), reason, s.env.Tried()
		return r, err
	}
	err = s.run(ctx, &r, o)
	r.Searched, r.Tried = time.Since(began), s.env.Tried()
	return r, err
}

// isTree reports whether the search is that of package mcts.
func (o Options) isTree() bool { return o.Method == "" || o.Method == "mcts" }

// questions are those to a model about a proof.
func questions(e *coq.Env, c Context) ask.Prompt {
	return ask.Prompt{Language: ask.Coq, Failures: e, Premises: c, Definitions: c}
}

// policy is the portfolio, and beside it a model that writes whole proofs, if there
// is one.
func policy(m ponder.Asked, e *coq.Env, c Context, seed uint64) mcts.Policy {
	p := c.Portfolio
	if m.Model == nil {
		return p
	}
	p.Words = true
	model := &ask.Whole{Model: m.Model, Prompt: questions(e, c), Env: e, Seed: seed}
	return scouting{ask.Mix{Language: ask.Coq, Model: model, Portfolio: p}, p}
}

// critic is who values a state.
func critic(m ponder.Asked, e *coq.Env, c Context, o Options) mcts.Critic {
	var k mcts.Critic = c.Portfolio.Goals
	if o.Critic == "model" && m.Model != nil {
		k = ask.Judge{Critic: evaluate.YesNo{Model: m.Model, Style: questions(e, c)}, Env: e}
	}
	if o.Novelty > 0 {
		k = &Novelty{Critic: k, Share: min(1, o.Novelty)}
	}
	return k
}

// scouting is a mixed policy that looks ahead as the portfolio does.
type scouting struct {
	ask.Mix
	scout *Portfolio
}

// Propose implements mcts.Policy: what is near is looked up before the model is told.
func (s scouting) Propose(ctx context.Context, st env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	if goal, ok := st.(*coq.State); ok {
		s.scout.agenda(ctx, goal, path)
	}
	return s.Mix.Propose(ctx, st, path, k)
}

// Scout implements mcts.Scout.
func (s scouting) Scout(ctx context.Context, st env.State, path env.Path) ([]env.Candidate, error) {
	return s.scout.Scout(ctx, st, path)
}

// indentOf is how far the statement of a hole is indented.
func indentOf(f *vernac.File, h vernac.Hole) int {
	at := f.Sentences[f.Theorems[h.Theorem].Stated].Start
	return at - 1 - strings.LastIndex(f.Text[:at], "\n")
}

func prefixOf(f *vernac.File, h vernac.Hole) []coq.Sentence {
	var out []coq.Sentence
	for _, s := range f.Prefix(h, true) {
		line, _ := f.Place(s.Start)
		out = append(out, coq.Sentence{Text: s.Text, Line: line})
	}
	return out
}

// before are the theorems of the file that stand before a hole.
func before(f *vernac.File, h vernac.Hole) []Earlier {
	var out []Earlier
	for _, t := range f.Theorems[:h.Theorem] {
		if t.Name != "" && t.Last >= 0 && t.Last < h.Before {
			out = append(out, Earlier{t.Name, t.Statement, f.Tactics(t)})
		}
	}
	return out
}
