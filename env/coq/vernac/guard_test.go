package vernac

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestGuardRefuses(t *testing.T) {
	const (
		command   = "begins a command of the file, not a tactic"
		dot       = "a dot ends a sentence: write one tactic, without a dot"
		selector  = "reaches beyond the goal"
		word      = "is not allowed: it proves nothing, reaches beyond the goal or runs another program"
		comments  = "comments are not allowed in a tactic"
		program   = "is not allowed: it starts other programs"
		structure = "belongs to the structure of the proof: send the tactic alone"
	)
	for _, c := range []struct{ text, want string }{
		{"", "it is empty; for example: auto"},
		{"   ", "it is empty; for example: auto"},
		{strings.Repeat("a", 2001), "it has 2001 characters, and at most 2000 are allowed"},
		{strings.Repeat("(", 65) + strings.Repeat(")", 65), "brackets are nested deeper than 64"},

		{"auto\nauto", "it has a line break or tab (U+000A): write it on one line"},
		{"auto\tauto", "it has a line break or tab (U+0009): write it on one line"},
		{"auto\rauto", "it has a line break or tab (U+000D): write it on one line"},
		{"auto\x00", "it has the control character U+0000"},
		{"idtac \"\x1b[2J\"", "it has the control character U+001B"},
		{"auto\x7f", "it has the control character U+007F"},
		{"auto\u0085", "it has the control character U+0085"},
		{"auto\u202eotua", "it has the invisible character U+202E"},
		{"auto\u200b", "it has the invisible character U+200B"},
		{"auto\u00a0", "it has the invisible character U+00A0"},
		{"auto\u2028", "it has the invisible character U+2028"},
		{"\ufeffauto", "it has the invisible character U+FEFF"},
		{"auto\xff", "it is not valid UTF-8"},

		{"auto.", dot}, {"auto. auto", dot}, {"auto . ", dot}, {"auto...", dot}, {"auto ...", dot}, {"auto..", dot},
		{"auto). Redirect \"x\" Print nat. idtac (idtac", ") closes a bracket that was never opened"},
		{"(auto.)", dot}, {"exact (f. x)", dot}, {"exact Nat .add", dot}, {".", dot}, {". auto", dot}, {"auto.(* *)", comments},
		{"x....y", dot}, {"idtac \"a\". auto", dot},

		{"(auto", ") is never closed"}, {"auto)", ") closes a bracket that was never opened"}, {"[auto)", ") closes a bracket that ] should close"},
		{"exact {| a := 1 |", "} is never closed"}, {"(auto])", "] closes a bracket that ) should close"}, {"auto]", "] closes a bracket that was never opened"},
		{"auto }", "} closes a bracket that was never opened"},
		{"idtac \"a", "a string is never closed"}, {"idtac \"a\"\"", "a string is never closed"},
		{"auto (* c", "a comment is never closed"}, {"auto (* c *)", comments}, {"(* c *) auto", comments}, {"(*) auto", "a comment is never closed"},
		{"auto (* \" *) \" *)", comments},

		{"Admitted", "Admitted " + command}, {"Qed", "Qed " + command}, {"admit", "admit " + word}, {"give_up", "give_up " + word},
		{"intros; admit", "admit " + word}, {"[admit|auto]", "admit " + word}, {"(admit)", "admit " + word}, {"Top.admit", "Top.admit " + word},
		{"exact Coq.x.admit", "Coq.x.admit " + word}, {"idtac; Qed", "Qed " + word}, {"solve [ Admitted ]", "Admitted " + word},
		{"ltac:(give_up)", "give_up " + word}, {"shelve", "shelve " + word}, {"unshelve (intros; shelve)", "shelve " + word},
		{"shelve_unifiable", "shelve_unifiable " + word}, {"exact_no_check I", "exact_no_check " + word}, {"vm_cast_no_check I", "vm_cast_no_check " + word},
		{"native_cast_no_check I", "native_cast_no_check " + word}, {"change_no_check x", "change_no_check " + word},
		{"convert_concl_no_check x", "convert_concl_no_check " + word}, {"native_compute", "native_compute " + word}, {"eval native_compute in 1", "native_compute " + word},
		{"psatz Z 2", "psatz " + word}, {"xpsatz_Z", "xpsatz_Z " + word}, {"elpi a b", "elpi " + word}, {"optimize_heap", "optimize_heap " + word}, {"hammer", "hammer " + word},
		{"ltac2:(Control.shelve ())", "Control.shelve " + word},
		{"par: auto", "a goal selector (par) " + selector}, {"idtac; (par: auto)", "par: " + program}, {"par : auto", "a goal selector (par) " + selector},
		{"a lp:{{ b }}", "lp: " + program}, {"a lp:{{ b", "a quotation (lp:{{) is never closed"}, {"a lp:(b)", "lp: " + program},

		{"all: auto", "a goal selector (all) " + selector}, {"all : auto", "a goal selector (all) " + selector}, {"2: auto", "a goal selector (2) " + selector},
		{"1: auto", "a goal selector (1) " + selector}, {"1-3: auto", "a goal selector (1) " + selector}, {"1,3: auto", "a goal selector (1) " + selector},
		{"!: auto", "a goal selector (!:) " + selector}, {"! : auto", "a goal selector (!) " + selector}, {"[x]: auto", "a goal selector ([…]:) " + selector},
		{"2: { auto }", "a goal selector (2) " + selector},

		{"- auto", "a bullet at the beginning " + structure}, {"+ auto", "a bullet at the beginning " + structure}, {"*", "a bullet at the beginning " + structure},
		{"** auto", "a bullet at the beginning " + structure}, {"{ auto }", "a brace at the beginning " + structure}, {"}", "a brace at the beginning " + structure},
		{"#[local] Lemma a : b", "an attribute (#[…]) belongs to a command, not to a tactic"}, {"#[ local ] auto", "an attribute (#[…]) belongs to a command, not to a tactic"},

		{"Redirect \"x\" Print nat", "Redirect " + command}, {"Load \"x\"", "Load " + command}, {"Extraction \"x\" nat", "Extraction " + command},
		{"Recursive Extraction nat", "Recursive " + command}, {"Separate Extraction nat", "Separate " + command}, {"Declare ML Module \"x\"", "Declare " + command},
		{"Cd \"/\"", "Cd " + command}, {"Pwd", "Pwd " + command}, {"Add LoadPath \"/\" as x", "Add " + command}, {"Add Rec LoadPath \"/\"", "Add " + command},
		{"Remove LoadPath \"/\"", "Remove " + command}, {"Drop", "Drop " + command}, {"Quit", "Quit " + command}, {"Set Printing All", "Set " + command},
		{"Unset Guard Checking", "Unset " + command}, {"Print nat", "Print " + command}, {"Check nat", "Check " + command}, {"Search nat", "Search " + command},
		{"Lemma a : True", "Lemma " + command}, {"Definition a := 1", "Definition " + command}, {"Fixpoint a := 1", "Fixpoint " + command},
		{"Axiom a : False", "Axiom " + command}, {"Parameter a : False", "Parameter " + command}, {"Require Import ZArith", "Require " + command},
		{"From Coq Require Import ZArith", "From " + command}, {"Import a", "Import " + command}, {"Time auto", "Time " + command}, {"Timeout 9 auto", "Timeout " + command},
		{"Fail auto", "Fail " + command}, {"Succeed auto", "Succeed " + command}, {"Ltac a := auto", "Ltac " + command}, {"Ltac2 Eval 1", "Ltac2 " + command},
		{"Notation \"a\" := b", "Notation " + command}, {"Local Lemma a : b", "Local " + command}, {"Program Lemma a : b", "Program " + command},
		{"Proof", "Proof " + command}, {"Defined", "Defined " + command}, {"Abort", "Abort " + command}, {"Undo", "Undo " + command}, {"Restart", "Restart " + command},
		{"BackTo 1", "BackTo " + command}, {"Reset Initial", "Reset " + command}, {"Unshelve", "Unshelve " + command}, {"Hint Resolve a", "Hint " + command},
		{"Module M", "Module " + command}, {"End M", "End " + command}, {"Instructions auto", "Instructions " + command}, {"Optimize Heap", "Optimize " + command},
		{"Elpi Query x", "Elpi " + command}, {"Type nat", "Type " + command}, {"Typeclasses Opaque a", "Typeclasses " + command}, {"Inductive a := b", "Inductive " + command},
	} {
		if err := Guard(c.text); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestGuardAllows(t *testing.T) {
	for _, text := range []string{
		"auto", "intros n m H", "intros", "intro x", "induction n as [|n IHn]", "destruct (Nat.eq_dec n m) as [->|Hne]", "reflexivity",
		"apply Nat.add_comm", "eapply Nat.le_trans; eauto", "rewrite <- plus_n_Sm", "rewrite (Nat.add_comm n), !Nat.mul_1_r, ?Nat.add_0_r by lia",
		"simpl in *", "try (simpl in *)", "(simpl in *; auto)", "exists (S n)", "split; [ intros | auto with arith ]", "split; [ | | reflexivity .. ]", "[> auto | .. ]",
		"exact (fun x : nat => x)", "exact {| a := 1; b := (2, 3) |}", "refine (ex_intro _ 0 _)", "pose proof (H 1 2) as [x [y Hxy]]",
		"assert (H : forall x, x = x) by auto", "assert (n = m)", "set (x := f y) in *", "remember (f x) as y eqn:Hy", "lia", "nia", "lra", "ring", "field",
		"now rewrite H", "repeat match goal with | H : _ /\\ _ |- _ => destruct H end", "match goal with |- ?x = ?y => change (x = y) end",
		"let x := fresh in intro x; rewrite x", "do 3 econstructor", "congruence", "firstorder", "tauto", "intuition auto", "discriminate",
		"inversion H; subst", "inversion_clear H", "f_equal", "unfold Nat.add at 1", "fold plus", "cbn [plus]", "cbv beta delta [f] iota", "vm_compute", "compute",
		"specialize (H 1.5)", "generalize dependent n", "clear - H", "revert n", "constructor 2", "left", "right", "case_eq n", "elim H using nat_ind", "symmetry",
		"transitivity (x + y)", "replace (a + b) with (b + a) by ring", "etransitivity; [ exact H |]", "idtac \"a. (* b *) Qed\"", "idtac \"\"\"\"", "fail 1 \"no\"",
		"timeout 2 auto", "time auto", "fail_if_failure", "unshelve eapply x", "abstract lia", "solve [ auto | lia ]", "first [ left; auto | right ]", "once auto",
		"apply admit_rule", "apply my_admit", "apply Qed_lemma", "apply give_up_not", "apply no_check", "apply admit.rule", "apply shelved", "exact Lemma'", "apply parallel",
		"fun_elim", "exact x.(field)", "exact (r.(f) x)", "case: x.1", "move=> x y /andP [Hx Hy]", "rewrite -addnA.+1", "apply/eqP", "exact αβ", "rewrite ∀x", "apply (f _ _ H₁)",
		"eauto using le_n", "auto with *", "assumption", "absurd (n = 0)", "ltac:(auto)", "only 1: auto", "SolveIt", "Nat.order", "exact (- 1)%Z", "intros [| [] ]", "intros *",
		"all", "par", "exact (all x)",
	} {
		if err := Guard(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""}, {" \n", ""}, {"auto.", "auto"}, {" auto . \n", "auto"}, {"auto...", "auto"}, {"auto. auto.", "auto. auto"},
		{"- auto.", "auto"}, {"-- + { auto.", "auto"}, {"2: { auto.", "auto"}, {"[x]: { auto.", "auto"}, {"- ", ""}, {"{ }", ""},
		{"all: auto.", "auto"}, {"2: auto.", "auto"}, {"1,3-4 : auto.", "auto"}, {"!: auto.", "auto"}, {"! : auto.", "auto"}, {"[x]: auto.", "auto"}, {"par: auto.", "par: auto"},
		{"[x]; auto.", "[x]; auto"}, {"[> a | b].", "[> a | b]"}, {"all := 1.", "all := 1"},
		{"a\n  b;\r\n\tc.", "a b; c"}, {"a (* b. *) c(* d *)e.", "a c e"}, {"idtac \"a  b.\".", "idtac \"a  b.\""}, {"a \"", "a \""},
		{"a\xffb.", "a\uFFFDb"}, {"exact 1.", "exact 1"}, {"x ..", "x .."}, {"x.(f).", "x.(f)"},
	} {
		if got := Clean(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// Of the tactics of real proofs only those are refused that a named reason hits.
func TestGuardSources(t *testing.T) {
	refused, n := map[string]int{}, 0
	eachSource(t, func(t *testing.T, f *File) {
		for _, x := range f.Theorems {
			for _, tactic := range f.Tactics(x) {
				n++
				err := Guard(tactic)
				switch {
				case err == nil:
				case utf8.RuneCountInString(tactic) > maxTactic:
					refused["too long"]++
				case strings.Contains(tactic, "shelve ..") && strings.HasPrefix(err.Error(), "shelve "):
					refused["shelve"]++
				default:
					t.Errorf("%s: %s: %v", f.Path, tactic, err)
				}
			}
		}
	})
	t.Logf("%d tactics, refused: %v", n, slices.Sorted(maps.Keys(refused)))
	if n == 0 || refused["too long"] > n/1000 || refused["shelve"] > n/1000 {
		t.Errorf("of %d tactics are refused %v", n, refused)
	}
}

func TestIdents(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"forall n m : nat, Nat.add n m = m + n", []string{"n", "m", "nat", "Nat.add", "n", "m", "=", "m", "+", "n"}},
		{"(fun x => @f x 1.5) <> \"a b\" (* c *)", []string{"x", "f", "x", "1.5", "<>"}},
		{"H₁ : x <= y ++ ?z -> ∃ αβ, ~ p", []string{"H₁", "x", "<=", "y", "++", "z", "->", "∃", "αβ", "~", "p"}},
		{"r.(f) `(x) {| g := 1 |}", []string{"r", "f", "x", "g", "1"}},
		{"a \"", []string{"a"}},
	} {
		if d := cmp.Diff(c.want, Idents(c.text)); d != "" {
			t.Errorf("%q:\n%s", c.text, d)
		}
	}
}
