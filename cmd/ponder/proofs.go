package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/lean"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/prove"
	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

// proofSettings are what the run of a proof needs to go on, beside its settings. The
// text is kept, for the file may be another one by then.
type proofSettings struct {
	Path    string   `json:"path"`
	Text    []byte   `json:"text"` // of the whole file, compressed
	Theorem int      `json:"theorem"`
	Kind    string   `json:"kind"`
	Before  int      `json:"before"`
	Flags   []string `json:"flags,omitempty"`
	Allow   []string `json:"allow,omitempty"`
	Critic  string   `json:"critic,omitempty"`
	Novelty float64  `json:"novelty,omitempty"`
}

func newProofSettings(s *prove.Search, o prove.Options) (*proofSettings, error) {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	_, err := io.WriteString(zip, s.Source.Text)
	if err := errors.Join(err, zip.Close()); err != nil {
		return nil, fmt.Errorf("keeping the text of %s: %w", s.Source.Path, err)
	}
	return &proofSettings{s.Source.Path, b.Bytes(), s.Source.Theorem, s.Source.Kind, s.Source.Before, o.Flags, o.Allow, o.Critic, o.Novelty}, nil
}

// source is the text of the file as it was.
func (p *proofSettings) source() (string, error) {
	zip, err := gzip.NewReader(bytes.NewReader(p.Text))
	if err != nil {
		return "", fmt.Errorf("the text of %s that was kept: %w", p.Path, err)
	}
	text, err := io.ReadAll(io.LimitReader(zip, mostSource+1))
	if err == nil && len(text) > mostSource {
		err = errors.New("it is too large")
	}
	if err != nil {
		return "", fmt.Errorf("the text of %s that was kept: %w", p.Path, err)
	}
	return string(text), nil
}

func (p *proofSettings) gone() error {
	return fmt.Errorf("the hole of the run is not in the text of %s that was kept", p.Path)
}

// coqHole is the place in a Coq file.
func (p *proofSettings) coqHole() (f *vernac.File, h vernac.Hole, err error) {
	text, err := p.source()
	if err != nil {
		return nil, h, err
	}
	if f, err = vernac.Parse(p.Path, text); err != nil {
		return nil, h, err
	}
	if p.Kind == string(vernac.Redo) {
		h, err = f.RedoOf(p.Theorem)
		return f, h, err
	}
	for _, h := range vernac.Holes(f) {
		if h.Theorem == p.Theorem && string(h.Kind) == p.Kind && h.Before == p.Before {
			return f, h, nil
		}
	}
	return nil, h, p.gone()
}

// leanHole is the place in a Lean file.
func (p *proofSettings) leanHole() (f *lean.File, h lean.Hole, err error) {
	text, err := p.source()
	if err != nil {
		return nil, h, err
	}
	if f, err = lean.Parse(p.Path, text); err != nil {
		return nil, h, err
	}
	for _, h := range f.Holes() {
		if h.Start == p.Before {
			return f, h, nil
		}
	}
	return nil, h, p.gone()
}

// open makes the search of a run that goes on; its answer is judged as that of any
// other problem.
func (p *proofSettings) open(ctx context.Context, envName string, s settings, m *prove.Memory) (*prove.Search, error) {
	o := prove.Options{Workers: s.Parallel, Seed: s.Seed, Flags: p.Flags, Allow: p.Allow, Memory: m, Critic: p.Critic, Novelty: p.Novelty}
	o.Space, _ = space(max(1, s.Parallel), freeMemory())
	if envName == prove.LeanName {
		f, h, err := p.leanHole()
		if err != nil {
			return nil, err
		}
		search, err := prove.OpenLean(ctx, f, h, o)
		if err == nil {
			search.JudgedByLean()
		}
		return search, err
	}
	f, h, err := p.coqHole()
	if err != nil {
		return nil, err
	}
	search, err := prove.Open(f, h, o)
	if err == nil {
		search.Judged(f, h, o)
	}
	return search, err
}

// judge has a proof judged that was verified before.
func (p *proofSettings) judge(ctx context.Context, envName, script string) error {
	if envName == prove.LeanName {
		f, h, err := p.leanHole()
		if err != nil {
			return err
		}
		return prove.CheckLean(ctx, f, h, script, p.Allow)
	}
	f, h, err := p.coqHole()
	if err != nil {
		return err
	}
	return prove.Check(ctx, coq.Judge{Flags: p.Flags, Allow: p.Allow}, f, h, script)
}

// keptProof is the environment of the run of a proof that is only told of: it needs
// Coq for nothing but to judge the answer again.
type keptProof struct {
	env.Environment
	answer string
}

// Compose implements env.Composer.
func (k keptProof) Compose(context.Context, *env.Plan) (string, error) {
	if k.answer == "" {
		return "", errors.New("the run was stopped before the proof was written down: let it go on with ponder resume")
	}
	return k.answer, nil
}

// judgedProof is a keptProof whose answer was verified, and is to be again.
type judgedProof struct {
	keptProof
	env  string
	kept *proofSettings
}

// Verify implements env.Verifier.
func (j judgedProof) Verify(ctx context.Context, _, script string) error {
	return j.kept.judge(ctx, j.env, script)
}

// toldProof is the environment in which the run of a proof is told of. Where the
// prover is not there, nothing is called verified.
func toldProof(run store.Run, set settings, past *ponder.Past) env.Environment {
	k := keptProof{ponder.Told(past.Events), run.Answer}
	there := lean.Installed
	if run.Env != prove.LeanName {
		there = coqInstalled
	}
	if !run.Verified || !there() {
		return k
	}
	return judgedProof{k, run.Env, set.Proof}
}

func coqInstalled() bool {
	_, err := ide.Find("coqc")
	return err == nil
}

// keeping keeps the runs of proofs, and shows them.
type keeping struct {
	flags   *proveFlags
	options prove.Options
	store   *store.Store // nil: nothing is kept
	note    func(string)

	progress *view.Progress
	holes    int // that are searched, in all

	mu      sync.Mutex // guards what follows
	rows    map[proof.Place]*view.Row
	decided map[proof.Place]bool // whether they are verified
	works   map[proof.Place]*work
	page    *webPage
	hides   []func()
}

// solve is prove.Options.Solve.
func (k *keeping) solve(ctx context.Context, at proof.Place, s *prove.Search) (ponder.Solution, error) {
	w, c := newWork(k.store, k.note), s.Config
	proof, err := newProofSettings(s, k.options)
	if err != nil {
		return ponder.Solution{}, err
	}
	set := k.flags.settings(c)
	set.Proof, set.Width, set.Widen, set.Mix, set.Discount, set.Parallel = proof, c.Width, c.Widen, c.Mix, 1, c.Parallel
	w.run = store.Run{
		ID: rand.Text()[:12], Env: s.Problem.EnvName, Problem: s.Problem.Text, Model: k.flags.model, Strategy: c.StrategyName(), Seed: c.Seed,
		Config: set.json(), Began: w.began,
	}
	if err := k.flags.keep(ctx, w, &c); err != nil {
		return ponder.Solution{}, err
	}
	row := k.progress.Row(fmt.Sprintf("%s %d:%d", at.Name, at.Line, at.Col))
	w.progress = row
	k.mu.Lock()
	k.works[at], k.rows[at] = w, row
	k.tally()
	err = k.show(ctx, w)
	k.mu.Unlock()
	if err != nil {
		return ponder.Solution{}, err
	}
	out, err := k.flags.pursue(ctx, w, s.Problem, c)
	row.Say("search over, to be judged")
	if err != nil && len(w.tree.Nodes) == 0 && w.log != nil {
		err = errors.Join(err, k.forget(ctx, at, w)) // it did not even begin
	}
	return out, err
}

// decide takes a hole from the table of those that are searched.
func (k *keeping) decide(r prove.Result) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if row := k.rows[r.Place]; row != nil {
		row.Done()
	}
	k.decided[r.Place] = r.Verified
	k.tally()
}

// tally writes what stands below the table.
func (k *keeping) tally() {
	if k.holes == 1 {
		return
	}
	verified := 0
	for _, v := range k.decided {
		verified += btoi(v)
	}
	k.progress.Total(fmt.Sprintf("%d of %d holes decided, %d verified", len(k.decided), k.holes, verified))
}

// forget removes a run of which there is nothing to keep.
func (k *keeping) forget(ctx context.Context, at proof.Place, w *work) error {
	k.mu.Lock()
	delete(k.works, at)
	k.mu.Unlock()
	return errors.Join(w.Close(), k.store.Remove(context.WithoutCancel(ctx), w.run.ID))
}

// show puts a run on the page, if one is wanted.
func (k *keeping) show(ctx context.Context, w *work) (err error) {
	switch {
	case !k.flags.web:
	case k.page == nil:
		k.page, err = openPage(ctx, w, &k.flags.searchFlags, k.note)
	default:
		k.hides = append(k.hides, k.page.desk.show(w))
	}
	return err
}

// run is the id of the run for a place, if it is kept.
func (k *keeping) run(at proof.Place) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if w := k.works[at]; w != nil && w.log != nil {
		return w.run.ID
	}
	return ""
}

// judged keeps what became of proofs.
func (k *keeping) judged(ctx context.Context, results ...prove.Result) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range results {
		w := k.works[r.Place]
		if w == nil || w.log == nil || !r.Solved || w.run.Verified == r.Verified && w.run.Reason == r.Reason {
			continue
		}
		w.run.Verified, w.run.Reason = r.Verified, r.Reason
		if err := w.log.Update(context.WithoutCancel(ctx), w.run); err != nil {
			return fmt.Errorf("keeping the result: %w", err)
		}
	}
	return nil
}

// lore is the kind under which is kept what proofs teach.
const lore = "coq"

// fades is how much of what was learnt of tactics counts in the next command, so that
// what is new weighs more.
const fades = 0.5

// remember takes up what earlier commands learnt.
func remember(ctx context.Context, from *store.Store, m *prove.Memory, note func(string)) error {
	data, found, err := from.Lore(ctx, lore)
	if err != nil || !found {
		return err
	}
	if err := m.Load(data); err != nil {
		note(err.Error() + "; it is learnt anew")
	}
	m.Tactics.Decay(fades)
	return nil
}

// learnt keeps what was learnt for later commands. Of two at once, the later one is
// kept.
func learnt(ctx context.Context, in *store.Store, m *prove.Memory) error {
	data, err := m.Snapshot()
	if err != nil {
		return err
	}
	return in.SaveLore(context.WithoutCancel(ctx), lore, data)
}

// learns reports whether this command uses and keeps what proofs teach.
func (k *keeping) learns() bool { return k.store != nil && !k.flags.noCache }

// linger keeps the page open until the user ends it.
func (k *keeping) linger(ctx context.Context, note func(string)) {
	if k.page != nil {
		k.page.hide()
		for _, hide := range k.hides {
			hide()
		}
		k.page.linger(ctx, note)
	}
}

// close ends all that is open.
func (k *keeping) close() error {
	var errs []error
	for _, w := range k.works {
		errs = append(errs, w.Close())
	}
	if k.page != nil {
		errs = append(errs, k.page.close())
	}
	return errors.Join(errs...)
}
