package ask_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prove/ask"
)

// walk proposes along the way that a policy itself proposes first, goals of
// an opponent in order, and returns what it took.
func walk(t *testing.T, p *ask.Whole, s env.State) (taken []string, done bool) {
	t.Helper()
	for todo := []env.State{s}; len(todo) > 0; {
		at := todo[0]
		if _, over := at.Outcome(); over {
			todo = todo[1:]
			continue
		}
		cands, _, err := p.Propose(t.Context(), at, nil, 4)
		if err != nil || len(cands) == 0 {
			return taken, false
		}
		var next []env.State
		several := env.ToMove(at) == 1
		for _, c := range cands {
			st, err := p.Env.Step(t.Context(), at, c.Action)
			if err != nil {
				t.Fatalf("%q is proposed for %q and refused: %v", c.Action, at, err)
			}
			next = append(next, st)
			if !several {
				taken = append(taken, c.Action)
				break
			}
		}
		todo = append(next, todo[1:]...)
	}
	return taken, true
}

func TestWholePath(t *testing.T) {
	rows := []struct {
		name, problem, reply string
		want                 []string
		done                 bool
	}{
		{"a chain", "P -> Q -> P", "intros A.\nintros B.\nexact A.\n", []string{"intros A", "intros B", "exact A"}, true},
		{"goals in order: bullets say nothing", `P -> P /\ True /\ P`, "intro A.\nsplit.\n- exact A.\n- split.\n  + trivial.\n  + exact A.\nQed.\n",
			[]string{"intro A", "split", "exact A", "split", "trivial", "exact A"}, true},
		{"goals that stay together", "True & P -> P", "pair. { trivial. } intro A. exact A.\n", []string{"pair", "trivial", "intro A", "exact A"}, true},
		{"the valid prefix", "P -> Q -> P", "intros A.\nlia.\nexact A.\n", []string{"intros A"}, false},
		{"within the first of two goals: the second is not reached", `P -> P /\ True`, "intros A. split. trivial. trivial.", []string{"intros A", "split"}, false},
		{"a proof that ends too early", "P -> Q -> P", "intros A.", []string{"intros A"}, false},
		{"what comes after the end is not looked at", "True", "trivial. lia. Qed. Lemma x : False.", []string{"trivial"}, true},
		{"only the first proof counts", `P -> True /\ P`, "intro A. split.\n- trivial.\nAdmitted.\nLemma y : P. exact A. Qed.", []string{"intro A", "split", "trivial"}, false},
		{"equal goals are remembered once", `True /\ True`, "split. trivial. lia.", []string{"split", "trivial", "trivial"}, true},

		{"repaired: an instance", "exists True", "apply ex. trivial.", []string{"eapply ex", "trivial"}, true},
		{"repaired: a name that is taken", "P -> Q -> Q", "intros A. intros A. exact A0.", []string{"intros A", "intros A0", "exact A0"}, true},
		{"repaired: a name that is almost one", "P -> P", "intros Hyp. exact Hyq.", []string{"intros Hyp", "exact Hyp"}, true},
		{"repaired: too many names", "P -> P", "intros A B. exact A.", []string{"intros A", "exact A"}, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m := &script{replies: []any{row.reply, "", "", ""}}
			world := &toy{}
			p := &ask.Whole{Model: m, Env: world}
			root, _ := world.Start(t.Context(), row.problem)
			got, done := walk(t, p, root)
			if diff := cmp.Diff(row.want, got); diff != "" || done != row.done {
				t.Errorf("done %v, want %v; tactics (-want +got):\n%s", done, row.done, diff)
			}
			if calls := len(m.asked); done && calls != 1 {
				t.Errorf("%d calls for one proof", calls)
			}
		})
	}
}

func TestWholeCalls(t *testing.T) {
	unparsed := func(u env.Usage) env.Usage { u.Unparsed++; return u }
	rows := []struct {
		name    string
		calls   int
		replies []any
		want    []env.Candidate
		usage   env.Usage
		err     error
	}{
		{"one call by default", 0, []any{"intros A. exact A."}, cands("intros A", 1.0), spent(1), nil},
		{"several: finished proofs first", 3, []any{"intro. lia.", "intros B. exact B.", "intro."}, cands("intros B", 1.0, "intro", 0.5), spent(3), nil},
		{"nothing that works", 1, []any{"lia."}, nil, spent(1), nil},
		{"nothing at all", 1, []any{"```\n```"}, nil, unparsed(spent(1)), nil},
		{"cut off: the last piece is no tactic", 1, []any{cut(say("intros A. exact A"))}, cands("intros A", 1.0), spent(1), nil},
		{"no budget", 1, []any{llm.ErrBudget}, nil, env.Usage{}, llm.ErrBudget},
		{"budget spent midway", 2, []any{"intros A.", llm.ErrBudget}, cands("intros A", 1.0), spent(1), nil},
		{"another error midway", 2, []any{"intros A.", errDown}, cands("intros A", 1.0), spent(1), llm.ErrUnavailable},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p := &ask.Whole{Model: &script{replies: row.replies}, Env: &toy{}, Calls: row.calls}
			got, usage, err := p.Propose(t.Context(), goals{{Concl: "P -> P"}}, nil, 4)
			if !errors.Is(err, row.err) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got, near); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.usage, usage); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
		})
	}
}

// More candidates are first those that are remembered and were never proposed,
// and cost a call only then.
func TestWholeMore(t *testing.T) {
	world := &toy{}
	m := &script{replies: []any{"intros A. exact A.", "intros B.", "intro. exact H0.", "intros A."}}
	p := &ask.Whole{Model: m, Env: world, Seed: 3}
	root := goals{{Concl: "P -> P"}}
	more := func(s env.State, asked int, want []env.Candidate, calls int) {
		t.Helper()
		got, _, err := p.ProposeMore(t.Context(), s, nil, asked, 1)
		if diff := cmp.Diff(want, got, near); diff != "" || err != nil {
			t.Errorf("asked for %d: error %v, candidates (-want +got):\n%s", asked, err, diff)
		}
		if len(m.asked) != calls {
			t.Errorf("asked for %d: %d calls, want %d", asked, len(m.asked), calls)
		}
	}
	if _, _, err := p.Propose(t.Context(), root, nil, 4); err != nil {
		t.Fatal(err)
	}
	more(root, 4, cands("intros B", 1/2.0), 2)
	// The third proof is a finished one: it stands before the second.
	more(root, 5, cands("intro", 1/2.0), 3)
	// The state after "intro" was reached by that proof, and nobody was told yet.
	after, _ := world.Step(t.Context(), root, "intro")
	more(after, 4, cands("exact H0", 1.0), 3)
	more(root, 6, nil, 4) // the same proof again is nothing new
	got, usage, _ := p.Propose(t.Context(), root, nil, 4)
	if diff := cmp.Diff(cands("intros A", 1.0, "intro", 1/2.0, "intros B", 1/3.0), got, near); diff != "" || !usage.IsZero() {
		t.Errorf("usage %+v, all that is remembered (-want +got):\n%s", usage, diff)
	}
	seeds := map[int]bool{}
	for i, req := range m.asked {
		seeds[req.Seed] = true
		want := p.Prompt.Proof(root, nil)
		want.Seed, want.Prompt = req.Seed, req.Prompt
		if i > 0 {
			want.Temperature = 0.8
		}
		if diff := cmp.Diff(want, req); diff != "" {
			t.Errorf("call %d (-want +got):\n%s", i, diff)
		}
	}
	if len(seeds) != len(m.asked) {
		t.Errorf("%d seeds for %d calls", len(seeds), len(m.asked))
	}
}

// An error of the prover that says nothing of the tactic is told, and what was
// paid for is not lost.
func TestWholeBrokenProver(t *testing.T) {
	world := &toy{}
	broken := errors.New("the prover died")
	root := goals{{Concl: "P -> P"}}
	m := &script{replies: []any{"intros A. exact A."}}
	p := &ask.Whole{Model: m, Env: breaking{world, "exact A", broken}}
	got, usage, err := p.Propose(t.Context(), root, nil, 4)
	if diff := cmp.Diff(cands("intros A", 1.0), got); diff != "" || !errors.Is(err, broken) || usage.Calls != 1 {
		t.Errorf("error %v, usage %+v, candidates (-want +got):\n%s", err, usage, diff)
	}
	if _, _, err := p.Propose(t.Context(), root, nil, 4); err != nil || len(m.asked) != 1 {
		t.Errorf("asked again: error %v, %d calls; want what is remembered", err, len(m.asked))
	}
	p = &ask.Whole{Model: &script{replies: []any{`split. trivial. trivial.`}}, Env: breaking{world, "2", broken}}
	if _, _, err := p.Propose(t.Context(), goals{{Concl: `True /\ True`}}, nil, 4); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of choosing the goal", err)
	}
}

// breaking is an environment that fails at one action.
type breaking struct {
	*toy
	at  string
	err error
}

func (b breaking) Step(ctx context.Context, s env.State, action string) (env.State, error) {
	if action == b.at {
		return nil, b.err
	}
	return b.toy.Step(ctx, s, action)
}

// The names of premises serve for repairs, an environment need not note what it
// refused, and an error of the prover in a repair is told.
func TestWholeRepairs(t *testing.T) {
	broken := errors.New("the prover died")
	known := ask.Prompt{Premises: book{premises: []proof.Premise{{Name: "lemma_P", Statement: "P"}}}}
	world := struct{ env.Environment }{breaking{&toy{}, "exact lemma_P", broken}}
	p := &ask.Whole{Model: &script{replies: []any{"exact lemma_Q."}}, Prompt: known, Env: world}
	if _, _, err := p.Propose(t.Context(), goals{{Concl: "P"}}, nil, 4); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the repaired tactic", err)
	}
	// Eight refusals of one proof are repaired, not more.
	reply := "intros A0. "
	for range 10 {
		reply += "intros A0. "
	}
	p = &ask.Whole{Model: &script{replies: []any{reply, ""}}, Env: struct{ env.Environment }{&toy{}}}
	got, _ := walk(t, p, goals{{Concl: "P -> P -> P -> P -> P -> P -> P -> P -> P -> P -> P -> P -> P"}})
	want := []string{"intros A0", "intros A1", "intros A2", "intros A3", "intros A4", "intros A5", "intros A6", "intros A7", "intros A8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tactics (-want +got):\n%s", diff)
	}
}

// A proof that ends in a state worth nothing is no finished one.
func TestWholeLost(t *testing.T) {
	p := &ask.Whole{Model: &script{replies: []any{"intro. trivial. trivial.", "auto."}}, Env: losing{}, Calls: 2}
	got, _, err := p.Propose(t.Context(), goals{{Concl: "P"}}, nil, 4)
	if diff := cmp.Diff(cands("auto", 1.0, "intro", 1/2.0), got, near); diff != "" || err != nil {
		t.Errorf("error %v, candidates, the finished proof first (-want +got):\n%s", err, diff)
	}
}

// losing is a world in which intro loses and auto wins.
type losing struct{ env.Environment }

func (losing) Step(_ context.Context, _ env.State, action string) (env.State, error) {
	if action == "intro" {
		return lost{goals{{Concl: "lost"}}}, nil
	}
	return goals{}, nil
}

type lost struct{ goals }

func (lost) Outcome() (env.Outcome, bool) { return env.Outcome{}, true }

// A long proof of wrong tactics costs a bounded number of steps.
func TestWholeBounds(t *testing.T) {
	world := &toy{}
	reply := ""
	for range 300 {
		reply += "intros. "
	}
	p := &ask.Whole{Model: &script{replies: []any{reply}}, Env: world}
	if _, _, err := p.Propose(t.Context(), goals{{Concl: "P"}}, nil, 4); err != nil || world.steps > 200 {
		t.Errorf("error %v, %d steps, want 200 at most", err, world.steps)
	}
	var names []proof.Hyp
	for i := range 30 {
		names = append(names, proof.Hyp{Name: fmt.Sprintf("hypothesis%d", i), Type: "Q"})
	}
	world = &toy{}
	p = &ask.Whole{Model: &script{replies: []any{"exact hypothesis."}}, Env: world}
	if _, _, err := p.Propose(t.Context(), goals{{Hyps: names, Concl: "P"}}, nil, 4); err != nil || world.steps > 5 {
		t.Errorf("error %v, %d steps for one refused tactic, want 5 at most", err, world.steps)
	}
}

func TestWholeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := &ask.Whole{Env: &toy{}, Model: llmFunc(func() (llm.Completion, error) {
		cancel()
		return say("intros A. exact A."), nil
	})}
	if _, usage, err := p.Propose(ctx, goals{{Concl: "P -> P"}}, nil, 4); !errors.Is(err, context.Canceled) || usage.Calls != 1 {
		t.Errorf("error %v, usage %+v; want context.Canceled and what was paid", err, usage)
	}
}

type llmFunc func() (llm.Completion, error)

func (f llmFunc) Generate(context.Context, llm.Request) (llm.Completion, error) { return f() }

// Workers ask at once.
func TestWholeAtOnce(t *testing.T) {
	p := &ask.Whole{Env: &toy{}, Model: llmFunc(func() (llm.Completion, error) { return say("intros A. exact A."), nil })}
	var jobs sync.WaitGroup
	for i := range 16 {
		jobs.Go(func() {
			s := goals{{Concl: fmt.Sprintf("P%d -> P%d", i%4, i%4)}}
			if _, _, err := p.Propose(t.Context(), s, nil, 4); err != nil {
				t.Error(err)
			}
			if _, _, err := p.ProposeMore(t.Context(), s, nil, 4, 1); err != nil {
				t.Error(err)
			}
		})
	}
	jobs.Wait()
}

// A search finds the proof that was written in one call, with that call.
func TestWholeInSearch(t *testing.T) {
	world := &toy{}
	problem := `P -> Q -> P /\ Q`
	m := &script{replies: []any{"intros A B.\nsplit.\n- exact A.\n- exact B.\nQed."}}
	root, _ := world.Start(t.Context(), problem)
	search, err := mcts.New(root, event.Started{}, mcts.Options{Simulations: 60, More: true})
	if err != nil {
		t.Fatal(err)
	}
	driver := mcts.Driver{Search: search, Worker: &mcts.Worker{
		Env: world, Policy: &ask.Whole{Model: m, Env: world}, Critic: ask.Judge{Critic: half{}, Env: world},
	}}
	if err := driver.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if search.Reason() != mcts.Proven || len(m.asked) != 1 {
		t.Errorf("the search ended because %q after %d calls, want %q after 1", search.Reason(), len(m.asked), mcts.Proven)
	}
}

// half knows nothing.
type half struct{}

func (half) Evaluate(context.Context, env.State, env.Path) (env.Value, env.Usage, error) {
	return env.Value{Mean: 0.5}, env.Usage{}, nil
}

var _ evaluate.Critic = half{}
