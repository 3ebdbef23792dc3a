package learn

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env/proof"
)

// goal reads "n m : nat; H : n = m |- m = n".
func goal(s string) proof.Goal {
	hyps, concl, ok := strings.Cut(s, "|-")
	if !ok {
		return proof.Goal{Concl: s}
	}
	g := proof.Goal{Concl: strings.TrimSpace(concl)}
	for h := range strings.SplitSeq(hyps, ";") {
		names, typ, _ := strings.Cut(h, ":")
		for n := range strings.FieldsSeq(names) {
			g.Hyps = append(g.Hyps, proof.Hyp{Name: n, Type: strings.TrimSpace(typ)})
		}
	}
	return g
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		term, head string
		args       []string
	}{
		{"n = m", "=", []string{"n", "m"}},
		{"a + b = b + a", "=", []string{"a + b", "b + a"}},
		{"a - b - c", "-", []string{"a - b", "c"}},
		{"A -> B -> C", "->", []string{"A", "B -> C"}},
		{"~ P /\\ Q", "/\\", []string{"~ P", "Q"}},
		{"~ P", "~", []string{"P"}},
		{"¬ p ∧ q", "/\\", []string{"¬ p", "q"}},
		{"P \\/ Q <-> Q \\/ P", "<->", []string{"P \\/ Q", "Q \\/ P"}},
		{"forall n : nat, n = n", "forall", []string{"n = n"}},
		{"∀ x, p x → q x", "forall", []string{"p x → q x"}},
		{"exists x, P x /\\ Q x", "exists", []string{"P x /\\ Q x"}},
		{"A /\\ exists x, x = 1 <-> B", "/\\", []string{"A", "exists x , x = 1 <-> B"}},
		{"x <> y", "<>", []string{"x", "y"}},
		{"x ≠ y", "<>", []string{"x", "y"}},
		{"rev (l ++ m)", "rev", []string{"( l ++ m )"}},
		{"In x (a :: l)", "In", []string{"x", "( a :: l )"}},
		{"((f x) y)", "f", []string{"y"}},
		{"(a + b)%nat", "+", []string{"a", "b"}},
		{"@eq nat x y", "eq", []string{"nat", "x", "y"}},
		{"a :: l ++ m", "::", []string{"a", "l ++ m"}},
		{"x ∈ s", "∈", []string{"x", "s"}},
		{"n mod 2 < 2", "<", []string{"n mod 2", "2"}},
		{"?x <= 3", "<=", []string{"?x", "3"}},
		{"True", "True", nil},
		{"[a; b]", "[", nil},
		{"{ x : nat | P x }", "{", nil},
		{"if b then x else y", "if", nil},
		{"fun x => x", "fun", []string{"x"}},
		{"- x", "-", []string{"x"}},
		{`"a b" = s`, "=", []string{`"a b"`, "s"}},
		{"Nat.add x y", "Nat.add", []string{"x", "y"}},
		{"", "", nil},
		{"(", "(", nil},
		{"()", "", nil},
		{"(a", "(", nil},
		{")(", ")", []string{"("}},
	} {
		head, args := split(tokens(c.term))
		var got []string
		for _, a := range args {
			got = append(got, strings.Join(a, " "))
		}
		if head != c.head || !slices.Equal(got, c.args) {
			t.Errorf("%q: %q %q, want %q %q", c.term, head, got, c.head, c.args)
		}
	}
}

func TestFeatures(t *testing.T) {
	for _, c := range []struct {
		name, goal string
		want       []string
	}{
		{"an equation", "n m : nat; H : n = m |- m + 0 = n", []string{
			"c==", "t==", "a0=+", "a1=_var", "ta== + _var", "v=nat", "h==", "same", "last==", "equals", "hyps=2", "size=3", "deep=0", "has=number",
		}},
		{"quantifiers and arrows", "|- forall (P : nat -> Prop) x, P x -> exists y, P y", []string{
			"c=forall", "t=exists", "a0=_var", "ta=exists _var", "hyps=0", "size=5", "deep=1", "has=forall", "has=->", "has=exists",
		}},
		{"Lean", "p q : Prop; h : p ∧ q |- q ∧ p", []string{
			"c=/\\", "t=/\\", "a0=_var", "a1=_var", "ta=/\\ _var _var", "v=Prop", "h=/\\", "same", "last=/\\", "hyps=2", "size=2", "deep=0", "has=/\\",
		}},
		{"a rule", "A : Type; P : A -> Prop; l : list A; IH : forall x, In x l -> P x |- P (hd l)", []string{
			"c=_var", "t=_var", "a0=hd", "ta=_var hd", "v=Type", "v=->", "v=list", "h=_var", "rule=_var", "same", "last=_var", "hyps=3", "size=3", "deep=1",
		}},
		{"existential variables", "n : nat |- ?x <= n", []string{
			"c=<=", "t=<=", "a0=?", "a1=_var", "ta=<= ? _var", "v=nat", "hyps=1", "size=2", "deep=0", "open",
		}},
		{"a fact about a number", "n : nat; e : even n |- False", []string{
			"c=False", "t=False", "ta=False", "v=nat", "h=even", "last=even", "hyps=2", "size=1", "deep=0",
		}},
		{"nothing", "", []string{"c=_", "t=_", "ta=_", "hyps=0", "size=0", "deep=0"}},
	} {
		if diff := cmp.Diff(c.want, Features(goal(c.goal))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
	g := goal("n : nat |- n = n")
	g.Open = true
	if !slices.Contains(Features(g), "open") {
		t.Error("a goal that is said to be open")
	}
}

// The names of variables and hypotheses don't matter.
func TestFeaturesNames(t *testing.T) {
	a := goal("A : Type; x y : A; l : list A; H : In x l; K : x = y; IH : forall z, In z l -> f z = z |- f y = y /\\ exists w, w = x")
	b := goal("B : Type; u v : B; m : list B; H0 : In u m; H1 : u = v; IHl : forall q, In q m -> f q = q |- f v = v /\\ exists e, e = u")
	if diff := cmp.Diff(Features(a), Features(b)); diff != "" {
		t.Error(diff)
	}
}

func TestShape(t *testing.T) {
	g := goal("n m : nat; l : list nat; H H0 : n = m; IHn : n + 0 = n; h : m < n |- n + m = length l")
	for _, c := range []struct{ tactic, want string }{
		{"apply H0", "apply _hyp"},
		{"apply H.", "apply _hyp"},
		{"induction n", "induction _var"},
		{"induction n as [|k IHk]", "induction _var as [| _new]"},
		{"rewrite plus_comm", "rewrite plus_comm"},
		{"rewrite <- IHn, Nat.add_comm in H", "rewrite <- _hyp, Nat.add_comm in _hyp"},
		{"intros x y z", "intros _new"},
		{"intros [a b] c; auto", "intros [_new] _new; auto"},
		{"destruct l as [|a l'] eqn:E", "destruct _var as [| _new] eqn : _new"},
		{"eauto 6 using H, foo", "eauto _num using _hyp, foo"},
		{"exists (S n)", "exists (S _var)"},
		{`idtac "n is"`, "idtac _str"},
		{"assert (H5 : n = n) by lia", "assert (_new : _var = _var) by lia"},
		{"pose proof (foo n) as K; rewrite H in K", "pose proof (foo _var) as _new; rewrite _hyp in K"},
		{"exact h.symm", "exact _hyp.symm"},
		{"rw [h, Nat.add_comm]", "rw [_hyp, Nat.add_comm]"},
		{"apply (f _ _)", "apply (f _)"},
		{"instantiate (1 := ?x)", "instantiate (_num := ?)"},
		{"", ""},
		{".", ""},
	} {
		if got := Shape(c.tactic, g); got != c.want {
			t.Errorf("%q: %q, want %q", c.tactic, got, c.want)
		}
	}
}

func FuzzFeatures(f *testing.F) {
	for _, s := range []string{"", "(", ")(", "forall", "forall (x", "~", "-> ->", "a -> ", "?", "((((", "\xff", "∀ x, ∃ y, x ≤ y", "[a; b] ++ c", "@", "(a)%", "=", `"`, "exists! x, P", "λ"} {
		f.Add(s, "nat", "apply H")
		f.Add("n = n", s, "intros [x|] ?")
		f.Add("H n", "P", s)
	}
	f.Fuzz(func(t *testing.T, concl, typ, tactic string) {
		g := proof.Goal{Hyps: []proof.Hyp{{Name: "n", Type: typ}, {Name: "H", Type: typ + " n"}}, Concl: concl}
		got := Features(g)
		if len(got) > mostFeatures {
			t.Errorf("%d features", len(got))
		}
		for i, s := range got {
			if len(s) > longFeature || s == "" || slices.Contains(got[:i], s) {
				t.Errorf("feature %q of %q", s, got)
			}
		}
		if diff := cmp.Diff(got, Features(g)); diff != "" {
			t.Error(diff)
		}
		if s := Shape(tactic, g); len(s) > longShape {
			t.Errorf("%q", s)
		}
	})
}

// A shape doesn't depend on what hypotheses are called.
func TestShapeNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z][a-z0-9']{0,5}`).Filter(func(s string) bool {
			return !slices.Contains([]string{"apply", "as", "in", "mod", "intros", "intro", "eqn", "by", "using", "with", "at", "if", "let", "fun", "match", "rewrite", "even"}, s)
		})
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		shape := func(n string) string {
			g := proof.Goal{Hyps: []proof.Hyp{{Name: "n", Type: "nat"}, {Name: n, Type: "n = 1"}}, Concl: "even 2"}
			return Shape("rewrite "+n+" in "+n+"; apply "+n, g)
		}
		if a != "n" && b != "n" && shape(a) != shape(b) {
			t.Fatalf("%q and %q", shape(a), shape(b))
		}
	})
}
