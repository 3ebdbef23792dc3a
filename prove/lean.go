package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/lean"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prove/ask"
	"github.com/ponder-mcts/ponder/prove/tidy"
)

// LeanName names the environment of proofs in Lean, in events and where runs are kept.
const LeanName = "lean"

// Lean searches proofs for holes of a Lean file, one after the other, each in the
// file with those before it put in, and has each judged by Lean. A declaration with
// several holes counts when all are filled. It returns what All does.
func Lean(ctx context.Context, f *lean.File, holes []lean.Hole, o Options, done func(Result)) ([]Result, string, error) {
	l := leanFile{all: f.Holes(), sure: f, now: f, filled: map[lean.Hole]bool{}}
	var results []Result
	for _, h := range holes {
		r := Result{Place: leanPlace(h)}
		err := l.one(ctx, h, &r, o)
		results = append(results, r)
		if err != nil {
			return results, l.sure.Text, err
		}
		if r.Verified {
			for i := range results {
				if l.settled(holes[i], h) {
					results[i].Verified, results[i].Reason = true, r.Reason
				}
			}
		}
		if done != nil {
			done(r)
		}
	}
	return results, l.sure.Text, nil
}

func leanPlace(h lean.Hole) proof.Place {
	return proof.Place{Name: h.Name, Kind: "sorry", Line: h.Line, Col: h.Col}
}

// leanFile is a file into which proofs are put.
type leanFile struct {
	all    []lean.Hole        // of the file as it was
	filled map[lean.Hole]bool // of those
	sure   *lean.File         // with what is verified
	now    *lean.File         // and with what waits for other holes
}

// place is where a hole is now, and how many the same declaration has.
func (l *leanFile) place(h lean.Hole) (now lean.Hole, of int, err error) {
	i := 0
	for _, other := range l.all {
		if other == h {
			break
		}
		if !l.filled[other] {
			i++
		}
	}
	holes := l.now.Holes()
	if i >= len(holes) {
		return h, 0, fmt.Errorf("the hole %s is not there any more", h.Label())
	}
	for _, other := range holes {
		if other.Same(holes[i]) {
			of++
		}
	}
	return holes[i], of, nil
}

// settled reports whether a hole is filled that stands in the same declaration as
// another.
func (l *leanFile) settled(h, other lean.Hole) bool { return l.filled[h] && h.Same(other) }

// one searches the proof of one hole and has it judged.
func (l *leanFile) one(ctx context.Context, hole lean.Hole, r *Result, o Options) error {
	began := time.Now()
	h, of, err := l.place(hole)
	if err != nil {
		return err
	}
	s, err := OpenLean(ctx, l.now, h, o)
	if err != nil {
		return err
	}
	defer s.Close()
	err = s.run(ctx, r, o)
	r.Searched, r.Tried = time.Since(began), s.lean.Tried()
	if err != nil || !r.Solved {
		return err
	}
	text, err := l.now.Fill(h, r.Script)
	if err != nil {
		r.Solved, r.Reason = false, err.Error()
		return nil
	}
	next, err := lean.Parse(l.now.Path, text)
	if err != nil {
		return err
	}
	if of > 1 {
		r.Reason = OtherHoles
		l.now, l.filled[hole] = next, true
		return nil
	}
	began = time.Now()
	err = s.lean.Judge().Verify(ctx, text)
	r.Checked = time.Since(began)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		r.Reason = err.Error()
	default:
		r.Verified = true
		l.now, l.sure, l.filled[hole] = next, next, true
	}
	return nil
}

// OpenLean starts Lean for a hole of a file. A Lean that is not there is a
// *lean.MissingError.
func OpenLean(ctx context.Context, f *lean.File, h lean.Hole, o Options) (*Search, error) {
	e, err := lean.New(ctx, lean.Config{Workers: max(1, o.Workers), Axioms: o.Allow}, f, h)
	if err != nil {
		return nil, err
	}
	p := &leanPolicy{env: e, agendas: map[string]*leanAgenda{}}
	s := &Search{
		Source: Source{Path: f.Path, Text: f.Text, Kind: "sorry", Before: h.Start},
		lean:   e, remove: func() {},
	}
	s.Problem = ponder.Problem{
		EnvName: LeanName, Env: &leanProblem{e}, Text: fmt.Sprintf("%s: %s", filepath.Base(f.Path), leanPlace(h)),
		Policy: func(m ponder.Asked) mcts.Policy {
			if m.Model == nil {
				return p
			}
			words := ask.Prompt{Language: ask.Lean, Failures: e, Premises: inFile(f.Premises(h))}
			return ask.Mix{Language: ask.Lean, Model: &ask.Whole{Model: m.Model, Prompt: words, Env: e, Seed: o.Seed}, Portfolio: p}
		},
		Critic: func(ponder.Asked) mcts.Critic { return textSize{} },
	}
	s.configure(o)
	return s, nil
}

// inFile are premises that are the same for all states.
type inFile []proof.Premise

// Premises implements ask.Premises.
func (f inFile) Premises(env.State) []proof.Premise { return f }

// leanProblem is the environment of one proof in Lean together with what is made of
// it once it is found. Lean judges the file when the proof is put in: here nothing is,
// but that it is made shorter.
type leanProblem struct{ env *lean.Env }

func (p *leanProblem) Start(ctx context.Context, _ string) (env.State, error) {
	return p.env.Start(ctx, "")
}

func (p *leanProblem) Step(ctx context.Context, s env.State, action string) (env.State, error) {
	return p.env.Step(ctx, s, action)
}

// JudgedByLean lets a search verify its answer by itself.
func (s *Search) JudgedByLean() { s.Problem.Env = &leanJudged{s.Problem.Env.(*leanProblem)} }

// leanJudged is a leanProblem that is an env.Verifier.
type leanJudged struct{ *leanProblem }

// Verify implements env.Verifier.
func (j *leanJudged) Verify(ctx context.Context, _, script string) error {
	return j.env.Verify(ctx, "", script)
}

// CheckLean has a script judged in the place of a hole.
func CheckLean(ctx context.Context, f *lean.File, h lean.Hole, script string, allow []string) error {
	judge, err := lean.NewJudge(lean.Config{Axioms: allow}, f, h)
	if err != nil {
		return err
	}
	text, err := f.Fill(h, script)
	if err != nil {
		return err
	}
	return judge.Verify(ctx, text)
}

// Compose implements env.Composer.
func (p *leanProblem) Compose(ctx context.Context, plan *env.Plan) (string, error) {
	root, ok := plan.State.(proof.State)
	if !ok {
		return "", fmt.Errorf("%w: a hole of one goal was expected", errScript)
	}
	t, err := TreeOf(ctx, p.env, root, plan)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errScript, err)
	}
	t, _ = tidy.Minimise(ctx, p.env, root, t, tidy.Options{Time: tidyTime, Then: "<;>", Alternatives: shorterInLean})
	return lean.Format(t), nil
}

// shorterInLean are quick tactics that a person would rather read.
var shorterInLean = onOneGoal("rfl", "trivial", "assumption", "simp", "omega", "decide", "simp_all")

// leanPolicy tries the tactics of lean.Portfolio in their order.
type leanPolicy struct {
	env     *lean.Env
	mu      sync.Mutex // guards agendas and what is in them
	agendas map[string]*leanAgenda
}

type leanAgenda struct {
	tactics []string
	next    int
}

// Propose implements mcts.Policy: it tries until k tactics are accepted.
func (p *leanPolicy) Propose(ctx context.Context, s env.State, _ env.Path, k int) ([]env.Candidate, env.Usage, error) {
	if several, ok := s.(env.Finite); ok {
		return choices(several), env.Usage{}, nil
	}
	st, ok := s.(proof.State)
	if !ok || len(st.Goals()) == 0 {
		return nil, env.Usage{}, fmt.Errorf("the portfolio knows no states like %q", s)
	}
	var out []env.Candidate
	for tries := 0; len(out) < k && tries < mostTries; tries++ {
		t, rank, more := p.take(st)
		if !more {
			break
		}
		switch _, err := p.env.Step(ctx, s, t); {
		case errors.Is(err, env.ErrIllegal):
		case err != nil:
			return out, env.Usage{}, err
		default:
			out = append(out, env.Candidate{Action: t, LogPrior: -math.Log(1 + float64(rank)/4)})
		}
	}
	return out, env.Usage{}, nil
}

// take is the next tactic of a state, with its place in the order.
func (p *leanPolicy) take(s proof.State) (tactic string, rank int, more bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.agendas[s.Key()]
	if a == nil {
		a = &leanAgenda{tactics: lean.Portfolio(s.Goals()[0])}
		p.agendas[s.Key()] = a
	}
	if a.next == len(a.tactics) {
		return "", 0, false
	}
	a.next++
	return a.tactics[a.next-1], a.next - 1, true
}

// ProposeMore implements mcts.Widener.
func (p *leanPolicy) ProposeMore(ctx context.Context, s env.State, path env.Path, _, k int) ([]env.Candidate, env.Usage, error) {
	return p.Propose(ctx, s, path, k)
}

// textSize is a critic that looks at how long the goals are.
type textSize struct{}

// Evaluate implements mcts.Critic.
func (textSize) Evaluate(_ context.Context, s env.State, path env.Path) (env.Value, env.Usage, error) {
	length := len([]rune(s.String()))
	if st, ok := s.(proof.State); ok {
		length = 0
		for _, g := range st.Goals() {
			length += len([]rune(g.Concl))
		}
	}
	x := 1 - 0.5*math.Log(1+float64(length)/20) - 0.03*float64(len(path))
	v := 1 / (1 + math.Exp(-x))
	if env.ToMove(s) == 1 {
		v = 1 - v
	}
	return env.Value{Mean: v}, env.Usage{}, nil
}

// LeanHoles are the holes that a name or nothing asks for.
func LeanHoles(f *lean.File, name string, all bool) ([]lean.Hole, error) {
	if name != "" {
		first, err := f.Named(name)
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(f.Holes(), func(h lean.Hole) bool { return !h.Same(first) }), nil
	}
	holes := f.Holes()
	if len(holes) == 0 {
		return nil, &env.InputError{Input: f.Path, Reason: "it has no sorry", Example: "--redo --theorem NAME, which searches another proof of a theorem"}
	}
	if !all {
		holes = holes[:1]
	}
	return holes, nil
}
