package ask_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prove/ask"
)

var update = flag.Bool("update", false, "write the golden files anew")

// coqPrompt has something of everything.
func coqPrompt() (ask.Prompt, env.State, env.Path) {
	s := goals{
		{Hyps: []proof.Hyp{{Name: "n", Type: "nat"}, {Name: "m", Type: "nat"}, {Name: "k", Type: "nat", Body: "n + m"}, {Name: "IHn", Type: "n + m = m + n"}},
			Concl: "S n + m = m + S n"},
		{Concl: "0 = 0"},
	}
	b := book{
		premises: []proof.Premise{
			{Name: "plus_n_Sm", Statement: "forall n m : nat, S (n + m) = n + S m"},
			{Name: "map_length", Statement: "forall l, length (map f l) = length l", Proof: "Proof.\n  induction l; simpl; auto.\nQed."},
			{Name: "add_0_r", Statement: "forall n, n + 0 = n.", Proof: "Proof.\n  induction n as [| n IH].\n  - reflexivity.\n  - simpl. rewrite IH. reflexivity.\nQed."},
			{Name: "app_nil", Statement: "forall l, app l nil = l", Proof: "Proof. induction l; simpl; congruence. Qed."},
			{Name: "add_succ", Statement: "forall n m, S n + m = S (n + m)", Proof: "Proof. reflexivity. Qed."},
			{Name: "huge", Statement: "S n + m = m + S n", Proof: strings.Repeat("auto. ", 200)},
			{Name: "eq_sym", Statement: "forall (A : Type) (x y : A),\n  x = y -> y = x"},
		},
		definitions: []string{"Fixpoint add n m :=\n  match n with\n  | 0 => m\n  | S p => S (p + m)\n  end.\n"},
		failures: []proof.Failure{
			{Tactic: "foo.", Class: proof.Syntax, Text: "Syntax error."},
			{Tactic: "lia", Class: proof.UnknownName, Text: "The reference lia was not found\nin the current environment."},
			{Tactic: "apply IHn.", Class: proof.NoUnify, Text: `Unable to unify "m + n" with "m + S n".`},
			{Tactic: "ring", Class: proof.Died, Text: "the prover died"},
			{Tactic: "apply  IHn", Class: proof.NoUnify, Text: "again"},
		},
	}
	path := env.Path{
		{Action: "intros n m.", State: goals{}}, {Action: "induction n as [| n IHn]", State: both}, {Action: "2", State: goals{}}, {Action: "pose  (k := n + m)", State: s},
	}
	return ask.Prompt{Premises: b, Definitions: b, Failures: b}, s, path
}

func leanPrompt() (ask.Prompt, env.State, env.Path) {
	s := goals{{Hyps: []proof.Hyp{{Name: "n", Type: "Nat"}, {Name: "ih", Type: "n + 0 = n"}}, Concl: "n + 1 + 0 = n + 1"}}
	b := book{
		premises: []proof.Premise{
			{Name: "zero_add", Statement: "(n : Nat) : 0 + n = n", Proof: "by\n  induction n with\n  | zero => rfl\n  | succ n ih => simp [ih]"},
			{Name: "add_comm", Statement: "∀ (n m : Nat), n + m = m + n", Proof: "intro n m\nomega"},
			{Name: "foo", Statement: "(n : Nat) : n + 0 = n", Proof: ":= rfl"},
			{Name: "bar", Statement: "∀ n : Nat, n + 0 = n + 0", Proof: "| n => rfl"},
			{Name: "Nat.succ_add", Statement: "∀ (n m : Nat), n.succ + m = (n + m).succ"},
		},
		failures: []proof.Failure{{Tactic: "rw [\n  add_zero]", Class: proof.NoUnify, Text: "motive is not type correct"}},
	}
	path := env.Path{{Action: "intro n", State: goals{}}, {Action: "induction n with\n| zero => rfl\n| succ n ih => skip", State: s}}
	return ask.Prompt{Language: ask.Lean, Premises: b, Definitions: b, Failures: b}, s, path
}

func show(req llm.Request) string {
	return fmt.Sprintf("--- system ---\n%s\n--- prompt ---\n%s\n--- options ---\nraw %v, %d tokens, stop %q\n", req.System, req.Prompt, req.Raw, req.MaxTokens, req.Stop)
}

// A changed prompt is another model: each one is kept as it was measured.
func TestGolden(t *testing.T) {
	for name, make := range map[string]func() (ask.Prompt, env.State, env.Path){"coq": coqPrompt, "lean": leanPrompt} {
		p, s, path := make()
		bare := p
		bare.Bare = true
		for kind, req := range map[string]llm.Request{
			"tactic": p.Tactic(s, path), "array": p.Tactics(s, path, ask.Array, 6), "lines": p.Tactics(s, path, ask.Lines, 6),
			"proof": p.Proof(s, path), "judge": p.Judge(s), "choose": p.Choose(s, []string{"A", "B"}, []string{"auto", "simpl"}),
			"bare-tactic": bare.Tactic(s, path), "bare-array": bare.Tactics(s, path, ask.Array, 6), "bare-lines": bare.Tactics(s, path, ask.Lines, 6),
			"bare-proof": bare.Proof(s, path), "bare-judge": bare.Judge(s),
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				got, file := show(req), filepath.Join("testdata", name+"-"+kind+".golden")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatalf("%v (go test -update writes it)", err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// A server reuses what it has read: system text, examples, lemmas and
// definitions are the same for every question and every path.
func TestPromptPrefix(t *testing.T) {
	p, s, path := coqPrompt()
	stable, _, found := strings.Cut(p.Tactic(s, path).Prompt, "Steps so far:")
	if !found {
		t.Fatal("the prompt has no steps")
	}
	system := p.Tactic(s, path).System
	for name, req := range map[string]llm.Request{
		"no path": p.Step(s), "several": p.Tactics(s, path, ask.Array, 6), "a proof": p.Proof(s, path[:1]), "judge": p.Judge(s), "choose": p.Choose(s, nil, nil),
	} {
		if !strings.HasPrefix(req.Prompt, stable) || req.System != system {
			t.Errorf("%s: %q does not begin with %q", name, req.Prompt, stable)
		}
	}
	// With a root the examples are those of the root, whatever the goal is about.
	other := goals{{Concl: "length (map f l) = length (map f (map f l))"}}
	worked := func(p ask.Prompt, s env.State) string {
		text, _, _ := strings.Cut(p.Step(s).Prompt, "Lemmas that may help:")
		return text
	}
	if worked(p, s) == worked(p, other) {
		t.Error("the examples say nothing of the goal")
	}
	p.Root = s
	if worked(p, s) != worked(p, other) {
		t.Error("with a root the examples change all the same")
	}
}

// What a judge says is kept for the state alone, so nothing else may be in the
// question.
func TestJudgeKnowsTheStateAlone(t *testing.T) {
	p, s, _ := coqPrompt()
	without := p
	without.Failures = nil
	if diff := cmp.Diff(without.Judge(s), p.Judge(s)); diff != "" {
		t.Errorf("failures change the question (-without +with):\n%s", diff)
	}
}

// Examples are two at least and four at most, and those beyond two are about as
// similar to the goal as the first.
func TestExamples(t *testing.T) {
	like := func(n int) []proof.Premise {
		var list []proof.Premise
		for i := range n {
			list = append(list, proof.Premise{Name: fmt.Sprintf("like%d", i), Statement: "foo = bar", Proof: "auto."})
		}
		return list
	}
	unlike := []proof.Premise{{Name: "un0", Statement: "zork", Proof: "auto."}, {Name: "un1", Statement: "zork", Proof: "auto."}, {Name: "un2", Statement: "zork", Proof: "auto."}}
	for n, want := range []int{2, 2, 2, 3, 4, 4} {
		p := ask.Prompt{Premises: book{premises: append(append(unlike[:3:3], like(n)...), like(n)...)}}
		got := p.Step(goals{{Concl: "foo = bar"}}).Prompt
		if k := strings.Count(got, "Lemma "); k != want {
			t.Errorf("%d premises are like the goal: %d examples, want %d:\n%s", n, k, want, got)
		}
		if n >= 2 && strings.Contains(got, "Lemma un") {
			t.Errorf("%d premises are like the goal, and another one is an example:\n%s", n, got)
		}
	}
}

// Whatever there is to say, it fits; the goal's beginning and the question are
// always said; and the same is said again.
func TestBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z+=⊢∀ ]{0,60}`)
		var b book
		for i := range rapid.IntRange(0, 30).Draw(t, "premises") {
			x := proof.Premise{Name: fmt.Sprintf("lemma%d", i), Statement: word.Draw(t, "statement")}
			if rapid.Bool().Draw(t, "proved") {
				x.Proof = word.Draw(t, "proof")
			}
			b.premises = append(b.premises, x)
			b.failures = append(b.failures, proof.Failure{Tactic: word.Draw(t, "tactic"), Class: proof.NoUnify, Text: word.Draw(t, "text")})
			b.definitions = append(b.definitions, word.Draw(t, "definition"))
		}
		g := proof.Goal{Concl: "goal " + strings.Repeat(word.Draw(t, "goal"), rapid.IntRange(0, 100).Draw(t, "times"))}
		var path env.Path
		for range rapid.IntRange(0, 80).Draw(t, "size") {
			g.Hyps = append(g.Hyps, proof.Hyp{Name: word.Draw(t, "name"), Type: word.Draw(t, "type")})
			path = append(path, env.Step{Action: word.Draw(t, "step"), State: one})
		}
		language := rapid.SampledFrom([]ask.Language{ask.Coq, ask.Lean}).Draw(t, "language")
		p := ask.Prompt{Language: language, Premises: b, Definitions: b, Failures: b, Budget: rapid.IntRange(1200, 8000).Draw(t, "budget")}
		s := goals{g, g}
		req := p.Tactics(s, path, ask.Array, 6)
		if n := utf8.RuneCountInString(req.System) + utf8.RuneCountInString(req.Prompt); n > p.Budget {
			t.Fatalf("%d characters, want %d at most:\n%s", n, p.Budget, req.Prompt)
		}
		begin := strings.Join(strings.Fields(g.Concl), " ")
		begin = string([]rune(begin)[:min(60, utf8.RuneCountInString(begin))])
		if !strings.Contains(req.Prompt, begin) || !strings.Contains(req.Prompt, "as a JSON array") || !strings.Contains(req.Prompt, "1 more after it") {
			t.Fatalf("the goal or the question is missing:\n%s", req.Prompt)
		}
		if diff := cmp.Diff(req, p.Tactics(s, path, ask.Array, 6)); diff != "" {
			t.Fatalf("asked again (-first +second):\n%s", diff)
		}
		if small := (ask.Prompt{Language: language, Premises: b, Budget: 1}).Step(s).Prompt; !strings.Contains(small, begin) {
			t.Fatalf("with no room at all the goal is missing:\n%s", small)
		}
	})
}

// What is missing is told, and the latest steps and the hypotheses that the
// goal speaks of stay longest.
func TestWhatIsLeftOut(t *testing.T) {
	g := proof.Goal{Concl: "needle = 0", Hyps: []proof.Hyp{{Name: "H", Type: "needle <= 0"}}}
	var path env.Path
	for i := range 40 {
		g.Hyps = append(g.Hyps, proof.Hyp{Name: fmt.Sprintf("K%d", i), Type: fmt.Sprintf("a_long_predicate_of %d (and so on) hay", i)})
		path = append(path, env.Step{Action: fmt.Sprintf("rewrite (some_lemma %d) in *", i), State: one})
	}
	got := ask.Prompt{Budget: 1400}.Tactic(goals{g}, path).Prompt
	for _, want := range []string{"Steps so far, the first 37 are left out:", "rewrite (some_lemma 39) in *.", "H : needle <= 0\n", "K39 :", "lines of hypotheses are left out:"} {
		if !strings.Contains(got, want) {
			t.Errorf("the prompt lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "K0 :") || strings.Contains(got, "some_lemma 0)") {
		t.Errorf("the prompt has what it should have lost first:\n%s", got)
	}
}

// A state that is no proof is asked about all the same.
func TestPromptOfAnotherState(t *testing.T) {
	if got := (ask.Prompt{}).Step(both).Prompt; !strings.Contains(got, "all of\n⊢ P") {
		t.Errorf("the prompt does not hold the state:\n%s", got)
	}
}
