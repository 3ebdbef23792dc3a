package sample

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

func TestRename(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"lemma and use", "Lemma foo : True.\nProof. exact I. Qed.\nLemma bar : True. apply foo. Qed.", "Lemma f1 : True.\nProof. exact I. Qed.\nLemma b2 : True. apply f1. Qed."},
		{"whole words", "Definition foo := 1. Check foo_bar. Check foo'. Check foo.", "Definition f1 := 1. Check foo_bar. Check foo'. Check f1."},
		{"comments and strings", "(* foo *) Definition foo := 1. (* foo \"foo\" *) Ltac say := idtac \"foo\".", "(* foo *) Definition foo := 1. (* foo \"foo\" *) Ltac s1 := idtac \"foo\"."},
		{"attributes", "#[local] Definition foo := 1. Local Definition bar := foo. Program Fixpoint baz (n : nat) := baz n.", "#[local] Definition f1 := 1. Local Definition b2 := f1. Program Fixpoint b3 (n : nat) := b3 n."},
		{"taken", "Definition foo := 1. Definition bar f1 := f1.", "Definition f2 := 1. Definition b3 f1 := f1."},
		{"fixpoints", "Fixpoint ev n := match n with 0 => true | S m => od m end with od n := match n with 0 => false | S m => ev m end.", "Fixpoint e1 n := match n with 0 => true | S m => o2 m end with o2 n := match n with 0 => false | S m => e1 m end."},
		{"inductive", "Inductive tree (A : Type) : Type := leaf : tree A | node (a : A) (l r : tree A) : tree A. Check tree_ind.", "Inductive t1 (A : Type) : Type := l2 : t1 A | n3 (a : A) (l r : t1 A) : t1 A. Check t1_ind."},
		{"bars", "Inductive tree := | leaf | node : tree -> forest -> tree with forest := nil' | cons' : tree -> forest -> forest where \"a + b\" := (pp a b).", "Inductive t1 := | l2 | n3 : t1 -> f4 -> t1 with f4 := n5 | c6 : t1 -> f4 -> f4 where \"a + b\" := (pp a b)."},
		{"scheme", "Inductive rose := r (x : nat). Scheme rose_ind := Induction for rose Sort Prop. Check rose_ind.", "Inductive r1 := r2 (x : nat). Scheme r1_ind := Induction for r1 Sort Prop. Check r1_ind."},
		{"record", "Record point := mk { px : nat; #[x] py :> nat }. Check mk. Check px. Check Build_point.", "Record p1 := m2 { p3 : nat; #[x] p4 :> nat }. Check m2. Check p3. Check Build_p1."},
		{"class", "Class Mon (A : Type) := { op : A -> A; law : forall x, op x = x }. Instance monn : Mon nat := { op := fun y => y }.", "Class M1 (A : Type) := { o2 : A -> A; l3 : forall x, o2 x = x }. Instance m4 : M1 nat := { o2 := fun y => y }."},
		{"bound elsewhere", "Definition foo := 1. Lemma bar : forall foo : nat, foo = foo. intros foo. Qed.", "Definition foo := 1. Lemma b1 : forall foo : nat, foo = foo. intros foo. Qed."},
		{"bound by a tactic", "Definition foo := 1. Definition bar := 1. Lemma baz : True. destruct x as [foo|]; induction y; pose (bar := 1). Qed.", "Definition foo := 1. Definition bar := 1. Lemma b1 : True. destruct x as [foo|]; induction y; pose (bar := 1). Qed."},
		{"section variables", "Section s. Variable foo : nat. Definition bar := foo. End s. Definition foo := 1.", "Section s. Variable foo : nat. Definition b1 := foo. End s. Definition foo := 1."},
		{"tactics", "Lemma left : True. Admitted. Ltac easy := auto.", "Lemma left : True. Admitted. Ltac easy := auto."},
		{"ltac", "Ltac tac x := idtac x. Ltac tac2 := tac 1. Tactic Notation \"go\" := tac2.", "Ltac t1 x := idtac x. Ltac t2 := t1 1. Tactic Notation \"go\" := t2."},
		{"notation", "Definition plus' a b := a. Notation \"a 'plus' b\" := (plus' a b). Definition plus := 1. Notation short := plus'.", "Definition p1 a b := a. Notation \"a 'plus' b\" := (p1 a b). Definition plus := 1. Notation s2 := p1."},
		{"foreign before", "Check length. Notation length := Other.length. Check length.", "Check length. Notation length := Other.length. Check length."},
		{"foreign in itself", "Notation app := app. Definition foo := 1.", "Notation app := app. Definition f1 := 1."},
		{"scopes", "Definition Q := 1. Delimit Scope Q_scope with Q. Check (1%Q, Q).", "Definition Q1 := 1. Delimit Scope Q_scope with Q. Check (1%Q, Q1)."},
		{"modules", "Module M. Lemma foo : True. Admitted. End M. Module N := M. Check M.foo. Check N.foo. Check O.foo.", "Module M. Lemma f1 : True. Admitted. End M. Module N := M. Check M.f1. Check N.f1. Check O.foo."},
		{"module types", "Module Type T. Parameter foo : nat. End T. Module M <: T. Definition foo := 1. Lemma bar : True. Admitted. End M. Module N. Definition baz := 1. End N.", "Module Type T. Parameter foo : nat. End T. Module M <: T. Definition foo := 1. Lemma bar : True. Admitted. End M. Module N. Definition b1 := 1. End N."},
		{"signature", "Module F (X : T) : S with Definition t := X.t. Definition foo := 1. End F. Definition bar := 1.", "Module F (X : T) : S with Definition t := X.t. Definition foo := 1. End F. Definition b1 := 1."},
		{"include", "Module M. Section s. Definition foo := 1. End s. Include F. End M. Definition bar := 1.", "Module M. Section s. Definition foo := 1. End s. Include F. End M. Definition b1 := 1."},
		{"require", "Definition Lia := 1. Require Import Lia.", "Definition L1 := 1. Require Import Lia."},
		{"statement's own match", "Lemma foo x : match x with true => True | false => True end. Admitted.", "Lemma f1 x : match x with true => True | false => True end. Admitted."},
		{"not Coq", "Lemma foo (* ", "Lemma foo (* "},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Rename(c.text)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestBound(t *testing.T) {
	for text, want := range map[string][]string{
		"Check (forall x (y z : nat) {w}, x = y).":            {"x", "y", "z", "w"},
		"Check (fun '(a, b) => let c := a in c).":             {"a", "b", "c"},
		"Definition f (a : nat) b : nat := g a b.":            {"a", "b"},
		"Context {A : Type} `{Eq A} (x : A).":                 {"A", "Eq", "A", "x"},
		"Arguments cons {A} x xs : rename.":                   {"A", "x", "xs"},
		"intros a [b|c] ?; foo d.":                            {"a", "b", "c"},
		"destruct (foo x) as [a (b, c)] eqn:H in y.":          {"a", "b", "c", "H"},
		"assert (H : P x) by foo; apply (bar (n := 1)).":      {"H", "n"},
		"match goal with H : ?x = _ |- _ => rewrite H end.":   {"x"},
		"rename a into b.":                                    {"b"},
		"Inductive t := c (x y : nat) : t | d : forall z, t.": {"x", "y", "z"},
		"fix f (n : nat) : g n := h n.":                       {"f", "n"},
		"Lemma a : forall x, (exists y, y = x) -> (z = z).":   {"x", "y"},
		"foo (bar : nat).":                                    nil,
	} {
		r := &sentence{text: text, list: scan(text)}
		if d := cmp.Diff(want, r.bound()); d != "" {
			t.Errorf("%s\n%s", text, d)
		}
	}
}

func TestCount(t *testing.T) {
	f, err := vernac.Parse("", "Definition foo := 1. Definition bar := 1. Inductive tree := leaf.")
	if err != nil {
		t.Fatal(err)
	}
	all, changed := newRenaming(f).with([]string{"foo", "tree"}).Count("forall (x : tree) (y : nat), foo = bar x /\\ foo = foo /\\ tree_ind = x")
	if all != 5 || changed != 3 {
		t.Errorf("%d names, %d changed; 5 and 3 are right", all, changed)
	}
}

// Whatever single names Coq objects to, exactly those are kept.
func TestRenamerFindsTheBad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 26).Draw(t, "names")
		var text strings.Builder
		bad := map[string]int{} // new name of a bad one, and its line
		var want []string
		f := func(i int) string { return fmt.Sprintf("name%c", 'A'+i) }
		tells := rapid.Bool().Draw(t, "tells")
		for i := range n {
			fmt.Fprintf(&text, "Definition %s := 1.\n", f(i))
			if rapid.Bool().Draw(t, f(i)) {
				bad[fmt.Sprintf("n%d", i+1)] = i + 1
				want = append(want, f(i))
			}
		}
		runs := 0
		r := Renamer{Most: 1000, Check: func(_ context.Context, text string) error {
			runs++
			for i, line := range strings.Split(text, "\n") {
				for name := range bad {
					if slices.Contains(strings.Fields(line), name) {
						if tells {
							return &RefusedError{Line: i + 1}
						}
						return &RefusedError{}
					}
				}
			}
			return nil
		}}
		got, err := r.Rename(context.Background(), text.String())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got.Kept); d != "" {
			t.Fatal(d)
		}
		if tells && runs > 2*len(bad)+1 {
			t.Fatalf("%d runs for %d bad names", runs, len(bad))
		}
		if err := r.Check(context.Background(), got.Text); err != nil {
			t.Fatal("the text is refused")
		}
	})
}

func TestRenamerIsBounded(t *testing.T) {
	runs := 0
	r := Renamer{Most: 5, Check: func(context.Context, string) error { runs++; return &RefusedError{} }}
	text := "Definition foo := 1. Definition bar := 1. Definition baz := 1. Definition qux := 1."
	got, err := r.Rename(t.Context(), text)
	if err != nil || got.Text != text || runs != 5 || len(got.Kept) != 4 {
		t.Error(runs, got, err)
	}
	wanted := errors.New("no coqc")
	r.Check = func(context.Context, string) error { return wanted }
	if _, err := r.Rename(t.Context(), text); !errors.Is(err, wanted) {
		t.Error(err)
	}
	if _, err := r.Rename(t.Context(), "Lemma a : (*"); err == nil {
		t.Error("a text that can't be read was renamed")
	}
}

// A file of the library is still one when all of its names are others.
func TestRenamerOnTheLibrary(t *testing.T) {
	root := libraryRoot(t)
	for _, c := range []struct {
		file, name string
		renamed    int
	}{{"Arith/Plus.v", "plus_is_O", 40}, {"Wellfounded/Inclusion.v", "wf_incl", 2}} {
		text, err := os.ReadFile(filepath.Join(root, c.file))
		if err != nil {
			t.Fatal(err)
		}
		r := Renamer{Check: func(ctx context.Context, text string) error {
			_, err := Compile(ctx, c.file, text, Flags(c.file)...)
			return err
		}}
		got, err := r.Rename(t.Context(), string(text))
		if err != nil || len(got.Names) < c.renamed || got.New(c.name) == c.name {
			t.Error(c.file, got.Names, err)
		}
		if _, err := Compile(t.Context(), c.file, got.Text, Flags(c.file)...); err != nil {
			t.Error(err)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	_, err := Compile(t.Context(), "a.v", "Definition a := 1.\n\nDefinition b : bool := a.\n")
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Line != 3 || !strings.HasPrefix(refused.Text, "The term") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Compile(ctx, "a.v", ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Nothing but words changes: neither blanks, comments, strings nor the number of
// sentences.
func FuzzRename(f *testing.F) {
	f.Add("Lemma foo : True. (* foo *) Proof. idtac \"foo\". exact I. Qed. Check M.foo.")
	f.Add("Inductive t := a | b { c : nat ; d := 1 } with u := . Record r := { }")
	f.Add("Module Type M (X : T) <: U := N. Include F. End M. #[a(b)] Definition x := 1%x.")
	f.Add("Class c := m : nat. Ltac l x := match x with ?y => y end with k := l. Let Fixpoint z := z.")
	f.Fuzz(func(t *testing.T, text string) {
		got := Rename(text)
		old, err := vernac.Parse("", text)
		if err != nil {
			if got != text {
				t.Errorf("%q became %q", text, got)
			}
			return
		}
		now, err := vernac.Parse("", got)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		if len(old.Sentences) != len(now.Sentences) {
			t.Fatalf("%q became %q", text, got)
		}
		for i, s := range old.Sentences {
			a, b := scan(s.Text), scan(now.Sentences[i].Text)
			if len(a) != len(b) {
				t.Fatalf("%q became %q", s.Text, now.Sentences[i].Text)
			}
			for j := range a {
				if x, y := a[j].text(s.Text), b[j].text(now.Sentences[i].Text); a[j].kind != word && x != y {
					t.Fatalf("%q became %q", x, y)
				}
			}
		}
	})
}
