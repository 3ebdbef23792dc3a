package coq_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/proof"
)

// open makes the environment of a proof behind some sentences, and its first
// state.
func open(t testing.TB, cfg coq.Config, text string) (*coq.Env, env.State) {
	t.Helper()
	sentences, err := vernac.Split(text)
	if err != nil {
		t.Fatal(err)
	}
	var prefix []coq.Sentence
	for i, s := range sentences {
		prefix = append(prefix, coq.Sentence{Text: s.Text, Line: i + 1})
	}
	cfg.Dir = t.TempDir()
	e := coq.New(cfg, prefix)
	t.Cleanup(e.Close)
	s, err := e.Start(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return e, s
}

func step(t testing.TB, e *coq.Env, s env.State, actions ...string) env.State {
	t.Helper()
	for _, a := range actions {
		next, err := e.Step(t.Context(), s, a)
		if err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		s = next
	}
	return s
}

const addition = `Require Import Arith. Lemma a : forall n m : nat, n + m = m + n /\ (n = m -> m = n).`

func TestSteps(t *testing.T) {
	e, root := open(t, coq.Config{}, addition)
	if got, want := root.String(), `⊢ forall n m : nat, n + m = m + n /\ (n = m -> m = n)`; got != want {
		t.Errorf("the first state is %q, want %q", got, want)
	}
	branch := step(t, e, root, "intros n m", "split")
	if env.ToMove(branch) != 1 {
		t.Fatalf("two goals are no conjunction: %v", branch)
	}
	first, second := step(t, e, branch, "1"), step(t, e, branch, "2")
	want := []proof.Goal{{
		Hyps:  []proof.Hyp{{Name: "n", Type: "nat"}, {Name: "m", Type: "nat"}},
		Concl: "n = m -> m = n", Key: second.(*coq.State).Goals()[0].Key,
	}}
	if diff := cmp.Diff(want, second.(*coq.State).Goals()); diff != "" {
		t.Errorf("the second goal (-want +got):\n%s", diff)
	}
	for _, done := range []env.State{step(t, e, first, "apply Nat.add_comm."), step(t, e, second, "intro H", "symmetry", "exact H")} {
		if out, over := done.Outcome(); !over || out.Reward != 1 {
			t.Errorf("%v is not the end: %v %v", done, out, over)
		}
	}
	if _, err := e.Step(t.Context(), branch, "3"); !errors.Is(err, env.ErrIllegal) {
		t.Errorf("the third of two goals: %v", err)
	}
}

// Equal goals under other names, reached in other ways, are one state; the order
// of hypotheses and what they say counts.
func TestKeys(t *testing.T) {
	e, root := open(t, coq.Config{}, `Lemma a : forall n m : nat, n = m -> forall p : nat, p = m -> n = p.`)
	one := step(t, e, root, "intros n m H p G")
	for _, way := range [][]string{{"intros x y E z F"}, {"intro n", "intro m", "intros A q B"}, {"intros n m H p G", "idtac; clear - H G", "revert H", "intro K"}} {
		at := root
		for i, a := range way {
			next, err := e.Step(t.Context(), at, a)
			if errors.Is(err, env.ErrIllegal) && strings.Contains(err.Error(), "no progress") {
				continue
			}
			if err != nil {
				t.Fatalf("%v at %d: %v", way, i, err)
			}
			at = next
		}
		same := at.Key() == one.Key()
		if want := len(way) < 4; same != want {
			t.Errorf("%v leads to an equal state: %v, want %v\n%v\n%v", way, same, want, at, one)
		}
	}
	other, _ := open(t, coq.Config{Exact: true}, `Lemma a : True.`)
	if other == e {
		t.Error("two environments are one")
	}
}

// Goals that share an existential variable stay together.
func TestCoupled(t *testing.T) {
	e, root := open(t, coq.Config{}, `Lemma a : exists n, n = 1 /\ n + n = 2.`)
	s := step(t, e, root, "eexists", "split")
	st, ok := s.(*coq.State)
	if !ok || len(st.Goals()) != 2 || !st.Goals()[0].Open {
		t.Fatalf("%v is not two open goals", s)
	}
	done := step(t, e, s, "reflexivity", "reflexivity")
	if _, over := done.Outcome(); !over {
		t.Errorf("%v is left", done)
	}
}

func TestRefused(t *testing.T) {
	e, root := open(t, coq.Config{}, `Lemma a : forall n : nat, n + 0 = n.`)
	for _, row := range []struct {
		tactic string
		class  proof.Class
	}{
		{"apply", proof.Syntax},
		{"apply nothing_there", proof.UnknownName},
		{"exact I", proof.Mismatch},
		{"apply I", proof.NoUnify},
		{"idtac", proof.NoProgress},
		{"admit", proof.Forbidden},
		{"give_up", proof.Forbidden},
		{"auto). Redirect \"x\" Print nat. idtac (idtac", proof.Forbidden},
		{"intro n. exact I", proof.Forbidden},
		{"do 1000000000 (pose 0 as x; clear x)", proof.Timeout},
		{"fix IH 1; exact IH", proof.Other},
	} {
		_, err := e.Step(t.Context(), root, row.tactic)
		if !errors.Is(err, env.ErrIllegal) {
			t.Errorf("%s: %v, want it refused", row.tactic, err)
			continue
		}
		all := e.Failures(root)
		last := all[len(all)-1]
		if last.Class != row.class || last.Text == "" || len(last.Text) > 210 || strings.Contains(last.Text, "\n") {
			t.Errorf("%s: remembered as %+v, want class %q", row.tactic, last, row.class)
		}
	}
	if _, err := os.Stat("x.out"); err == nil {
		t.Error("a tactic wrote a file")
	}
	step(t, e, root, "intros", "auto")
}

// A file that Coq does not accept is told with line and words.
func TestLoadError(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"Require Import Arith. Definition x := y_nowhere. Lemma a : True.", "y_nowhere"},
		{"Definition x := 1.", "no proof is open"},
	} {
		sentences, err := vernac.Split(row.text)
		if err != nil {
			t.Fatal(err)
		}
		var prefix []coq.Sentence
		for i, s := range sentences {
			prefix = append(prefix, coq.Sentence{Text: s.Text, Line: i + 1})
		}
		e := coq.New(coq.Config{}, prefix)
		defer e.Close()
		_, err = e.Start(t.Context(), "")
		var load *coq.LoadError
		if !errors.As(err, &load) || !strings.Contains(err.Error(), row.want) || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%q: %v, want a line and %q", row.text, err, row.want)
		}
	}
}

// abuse are tactics that loop, flood, blow the memory or the stack.
var abuse = []string{
	"let rec f _ := f I in f I",
	"let rec f x := f (x, x) in f 0",
	`do 1000000000 idtac "flood"`,
	"do 1000000000 (assert True by exact I)",
	"pose (x := 5000 * 5000); vm_compute in x",
	"pose (f := fix f n := match n with O => 1 | S m => f m + f m end); pose (x := f 60); vm_compute in x",
	"repeat (pose proof I)",
	"repeat (destruct 0)",
	"eauto 1000000",
	"change (True /\\ True); repeat split; do 100000000 idtac",
	"cut (50000 = 50000); [intro | cbv; reflexivity]",
}

// Nothing a tactic does keeps the next one from being run, and none takes much
// longer than it may.
func TestAbuse(t *testing.T) {
	e, root := open(t, coq.Config{Limit: 500 * time.Millisecond}, `Lemma a : True.`)
	for _, tactic := range abuse {
		began := time.Now()
		_, err := e.Step(t.Context(), root, tactic)
		if err != nil && !errors.Is(err, env.ErrIllegal) {
			t.Errorf("%s: %v", tactic, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v", tactic, took)
		}
		if _, over := step(t, e, root, "exact I").Outcome(); !over {
			t.Errorf("after %s a proof is none", tactic)
		}
	}
	wantChildren(t, 1)
	e.Close()
	wantChildren(t, 0)
}

// wantChildren waits until this process has so many children that are Coq's.
func wantChildren(t *testing.T, want int) {
	t.Helper()
	n := 0
	for range 100 {
		n = children(t)
		if n == want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d processes of Coq are there, want %d", n, want)
}

func children(t *testing.T) int {
	t.Helper()
	n := 0
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // gone meanwhile
		}
		var pid, parent int
		var name, state string
		if _, err := fmt.Sscanf(string(text), "%d %s %s %d", &pid, &name, &state, &parent); err == nil &&
			parent == os.Getpid() && strings.Contains(name, "coq") && state != "Z" {
			n++
		}
	}
	return n
}

func TestCancel(t *testing.T) {
	e, root := open(t, coq.Config{Limit: time.Minute}, `Lemma a : True.`)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	began := time.Now()
	_, err := e.Step(ctx, root, "do 1000000000 (pose 0 as x; clear x)")
	if !errors.Is(err, context.Canceled) || errors.Is(err, env.ErrIllegal) {
		t.Errorf("a cancelled step: %v", err)
	}
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("it took %v to stop", took)
	}
	step(t, e, root, "exact I") // by a worker made anew
}

// Two workers at once do what one does.
func TestParallel(t *testing.T) {
	e, root := open(t, coq.Config{Workers: 2}, addition)
	branch := step(t, e, root, "intros n m", "split")
	errs := make(chan error, 20)
	for i := range 20 {
		go func() {
			s, err := e.Step(t.Context(), branch, fmt.Sprint(1+i%2))
			if err == nil {
				_, err = e.Step(t.Context(), s, []string{"apply Nat.add_comm", "auto"}[i%2])
			}
			errs <- err
		}()
	}
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func ExampleEnv() {
	e := coq.New(coq.Config{}, []coq.Sentence{{Text: "Lemma a : forall n : nat, n = n."}})
	defer e.Close()
	ctx := context.Background()
	s, err := e.Start(ctx, "")
	fmt.Println(s, err)
	s, err = e.Step(ctx, s, "intros n.")
	fmt.Println(s, err)
	_, err = e.Step(ctx, s, "exact I")
	fmt.Println(errors.Is(err, env.ErrIllegal))
	s, _ = e.Step(ctx, s, "reflexivity")
	fmt.Println(s)
	// Output:
	// ⊢ forall n : nat, n = n <nil>
	// n : nat ⊢ n = n <nil>
	// true
	// proved
}
