package prove

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/coq"
)

func TestFit(t *testing.T) {
	const distr = "forall n m p : nat, @eq nat (Nat.mul n (Nat.add m p)) (Nat.add (Nat.mul n m) (Nat.mul n p))"
	tests := []struct {
		name, lemma, goal string
		want              fit
		loops             bool
	}{
		{"an instance", distr, "@eq nat (Nat.mul (f p) (Nat.add k k)) (Nat.add (Nat.mul (f p) k) (Nat.mul (f p) k))", fit{whole: true, left: true, right: true}, false},
		{"not the same twice", distr, "@eq nat (Nat.mul a (Nat.add k k)) (Nat.add (Nat.mul b k) (Nat.mul a k))", fit{left: true}, false},
		{"inside", distr, "le (S (Nat.mul a (Nat.add b c))) d", fit{left: true}, false},
		{"from right to left", "forall n : nat, @eq nat (Nat.add n O) n", "@eq nat a (Nat.add a O)", fit{left: true}, false},
		{"two arguments of a relation of its own", "forall n : t, eq (add zero n) n", "eq (sub (add n m) m) n", fit{}, false},
		{"swaps", "forall n m : nat, @eq nat (Nat.add n m) (Nat.add m n)", "@eq nat (Nat.add a b) c", fit{left: true, right: true}, true},
		{"from a variable", "forall n : nat, @eq nat n (Nat.add n O)", "@eq nat a b", fit{}, true},
		{"one side of an equivalence", "forall n m : nat, iff (lt n m) (le (S n) m)", "lt a b", fit{whole: true, left: true}, false},
		{"any conclusion", "forall (P : Prop) (_ : False), P", "le a b", fit{}, true},
		{"a function for a variable", "forall (P : nat -> Prop) (n : nat) (_ : P O), P n", "Q a", fit{}, true},
		{"leaves one open", "forall (n m p : nat) (_ : lt n m) (_ : lt m p), lt n p", "lt a b", fit{whole: true, free: "m"}, true},
		{"binds something", "forall (A : Type) (f : A -> A), @eq (list A) (map (fun x : A => f x) nil) nil", "@eq (list B) (map (fun y : B => g y) nil) nil", fit{whole: true, left: true, right: true}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := patternOf(analyse(tt.lemma, nil))
			goal := parseTree(tt.goal)
			if got := p.fitOf(goal, headsOf(goal)); got != tt.want {
				t.Errorf("fit %+v, want %+v", got, tt.want)
			}
			if p.loops() != tt.loops {
				t.Errorf("loops %v, want %v", p.loops(), tt.loops)
			}
		})
	}
}

func FuzzParseTree(f *testing.F) {
	f.Add("@eq nat (Nat.add n O) (fun x => (x))")
	f.Add("((((f a) b) (c))")
	f.Fuzz(func(t *testing.T, text string) {
		tree := parseTree(text)
		if !tree.same(tree) || !tree.opaque && !tree.fits(tree, nil) && !tree.within(func(t *treeT) bool { return t.opaque }) {
			t.Errorf("%q is not like itself", text)
		}
	})
}

type treeT = tree

func TestIncludes(t *testing.T) {
	var sentences []coq.Sentence
	for _, text := range []string{
		"Require Export A.", "Module Type Old (N : Sig).", "Include Gone N.", "End Old.", "Module Short := F <+ G.",
		"Module Type P (Import N : Sig').", "Include NProp N.", "Section S.", "Include Type (F N) <+ !G.",
	} {
		sentences = append(sentences, coq.Sentence{Text: text})
	}
	if diff := cmp.Diff([]string{"NProp", "F", "G"}, includes(sentences)); diff != "" {
		t.Errorf("includes (-want +got):\n%s", diff)
	}
}

func TestStatements(t *testing.T) {
	const printed = `Module
NProp
:= Functor (N0:Sig)
     Functor (P:Other)
     Struct
       Definition eq_refl : Reflexive N0.eq.
       Parameter add_0_r : forall n : N0.t, N0.eq (N0.add n N0.zero) n.
       Module Private.
         Parameter hidden : True.
       End Private.
       Parameter it's : P.Q xN0.a.
     End
`
	want := []string{"add_0_r: forall n : t, eq (add n zero) n", "it's: Q xN0.a"}
	if diff := cmp.Diff(want, statements(printed)); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}
