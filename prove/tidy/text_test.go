package tidy

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/proof"
)

func TestRename(t *testing.T) {
	names := map[string]string{"H": "K", "K": "H", "x": "y'", "h₁": "h₂", "x'": "z", "α": "β", "n": "m"}
	for _, c := range []struct{ name, in, want string }{
		{"one", "apply H", "apply K"},
		{"swap", "rewrite H, K in H", "rewrite K, H in K"},
		{"whole names only", "apply H1; apply aH; apply H'", "apply H1; apply aH; apply H'"},
		{"a prime belongs to the name", "destruct x' as [x x'']", "destruct z as [y' x'']"},
		{"letters of any script", "exact (α h₁)", "exact (β h₂)"},
		{"not in a string", `idtac "H x"; exact H`, `idtac "H x"; exact K`},
		{"not in a comment", "exact (* H *) H", "exact (* H *) K"},
		{"not after a dot", "apply Nat.x; exact x", "apply Nat.x; exact y'"},
		{"not before a dot", "apply H.foo", "apply H.foo"},
		{"a projection is no qualified name", "exact x.(fst)", "exact y'.(fst)"},
		{"Lean's numbered projection", "exact H.1", "exact K.1"},
		{"the dot that ends a sentence", "apply H.", "apply K."},
		{"an existential variable", "instantiate (1 := ?x)", "instantiate (1 := ?x)"},
		{"how often to rewrite", "rewrite ?H, !K, <- ?H", "rewrite ?K, !H, <- ?K"},
		{"a scope", "exact (x%x)", "exact (y'%x)"},
		{"an argument by name", "apply foo with (n := n) (x := 1)", "apply foo with (n := m) (x := 1)"},
		{"a name that the tactic gives", "pose (n := x)", "pose (m := y')"},
		{"patterns", "destruct H as [x|K]", "destruct K as [y'|H]"},
		{"spaces stay", " apply   H ", " apply   K "},
		{"explicit", "exact (@H _ x)", "exact (@K _ y')"},
		{"empty", "", ""},
	} {
		if got := Rename(c.in, names); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := Rename("apply H", nil); got != "apply H" {
		t.Errorf("%q", got)
	}
}

func TestSimpler(t *testing.T) {
	for _, c := range []struct {
		tactic string
		want   []string // some of what is listed
	}{
		{"eauto 6 using a, b, c", []string{"auto 6 using a, b, c", "eauto using a, b, c", "eauto 6", "eauto 6 using a, c", "eauto 6 using b, c", "eauto 6 using a, b", "eauto 4 using a, b, c"}},
		{"eauto using a with arith zarith", []string{"eauto with arith zarith", "eauto using a", "eauto using a with arith"}},
		{"simpl in *", []string{"simpl"}},
		{"simpl in H |- *", []string{"simpl", "simpl in H"}},
		{"simpl in H, K", []string{"simpl in H", "simpl in K"}},
		{"rewrite a, b, c in H", []string{"rewrite a, b in H", "rewrite a, c in H", "rewrite b, c in H"}},
		{"rewrite a; rewrite <- b", []string{"rewrite a, <- b", "rewrite a", "rewrite <- b"}},
		{"rewrite !(foo x y), -> b", []string{"rewrite !foo, -> b", "rewrite (foo x y), -> b", "rewrite !(foo x y), b"}},
		{"apply (foo x) with (n := 1)", []string{"apply foo with (n := 1)", "apply (foo x)"}},
		{"intros x; intros y; auto", []string{"intros x y; auto", "intros x; intros y", "intros y; auto"}},
		{"intros x [a b] y", []string{"intros x y", "intros [a b] y", "intros x [a b]"}},
		{"intuition eauto", []string{"eauto", "auto", "intuition", "intuition auto"}},
		{"try (simpl; auto)", []string{"(simpl; auto)", "try (auto)", "try (simpl)"}},
		{"(simpl; auto)", []string{"simpl; auto", "(auto)", "(simpl)"}},
		{"destruct x eqn:E; [ auto | try lia ]", []string{"destruct x; [ auto | try lia ]", "destruct x eqn:E; [ auto | lia ]", "destruct x eqn:E; [ auto | ]", "destruct x eqn:E"}},
		{"split; [lia | lia]", []string{"split; lia"}},
		{"do 2 eapply foo", []string{"eapply foo", "do 2 apply foo"}},
		{"solve [ eauto 4 ]", []string{"eauto 4", "solve [ auto 4 ]", "solve [ eauto ]"}},
		{"assert (H : a = b) by eauto", []string{"assert (H : a = b) by auto"}},
		{"simp [a, b]", []string{"simp", "simp [a]", "simp [b]"}},
		{"simp at *", []string{"simp"}},
		{"constructor <;> simp <;> omega", []string{"constructor <;> simp", "constructor <;> omega"}},
	} {
		got := simpler(c.tactic)
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: no %q in\n\t%s", c.tactic, w, strings.Join(got, "\n\t"))
			}
		}
	}
	for _, tactic := range []string{"", "auto", "lia", "exact (fun x => x)", "induction n", "destruct x as [a|b]", "intros x", `idtac "try a; b"`} {
		if got := simpler(tactic); len(got) > 0 {
			t.Errorf("%q can't be simpler: %q", tactic, got)
		}
	}
}

func TestJoined(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want []string
	}{
		{"rewrite a", "rewrite <- b", []string{"rewrite a, <- b"}},
		{"rewrite a in H", "rewrite b in H", []string{"rewrite a, b in H"}},
		{"rewrite a in H", "rewrite b", nil},
		{"rewrite a by lia", "rewrite b by auto", nil},
		{"rewrite a", "erewrite b", nil},
		{"intros x", "intros y z", []string{"intros x y z", "intro x y z"}},
		{"intro x", "intro y", []string{"intros x y", "intro x y"}},
		{"intros", "intros x", nil},
		{"intros x", "auto", nil},
		{"intros x H", "destruct H as [a|b]", []string{"intros x [a|b]"}},
		{"intros x H", "destruct x as [a|b]", []string{"intros [a|b] H"}},
		{"intros [H K]", "destruct K as [a [b c]]", []string{"intros [H [a [b c]]]"}},
		{"intro H", "destruct H as (a, b)", []string{"intros (a, b)"}},
		{"destruct G as [H K]", "destruct H as [a b]", []string{"destruct G as [[a b] K]"}},
		{"destruct H as [K L]", "destruct H as [a b]", nil},
		{"destruct H as [K L] eqn:E", "destruct K as [a b]", nil},
		{"intros x H", "destruct y as [a|b]", nil},
		{"intros H", "destruct H as [a b]; auto", nil},
		{"unfold f", "unfold g", []string{"unfold f, g"}},
		{"simpl in H", "simpl in K", []string{"simpl in H, K"}},
		{"simpl", "simpl", nil},
		{"exists 1", "exists (S n)", []string{"exists 1, (S n)"}},
		{"clear H", "clear K", []string{"clear H K"}},
		{"revert a", "revert b", []string{"revert b a", "revert a b"}},
		{"rw [a]", "rw [← b]", []string{"rw [a, ← b]"}},
		{"rewrite a; auto", "rewrite b", nil},
		{"rewrite aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "rewrite bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", nil},
		{"", "auto", nil},
	} {
		if diff := cmp.Diff(c.want, joined(c.a, c.b)); diff != "" {
			t.Errorf("%q and %q: (-want +got)\n%s", c.a, c.b, diff)
		}
	}
}

func TestThens(t *testing.T) {
	for _, c := range []struct {
		tactic, then, closer string
		want                 []string
	}{
		{"destruct x", ";", "auto", []string{"destruct x; auto", "destruct x; try auto"}},
		{"cases x", "<;>", "simp", []string{"cases x <;> simp", "cases x <;> try simp"}},
		{"intuition.", ";", "a; [ b | c ].", []string{"(intuition); (a; [ b | c ])", "(intuition); try (a; [ b | c ])"}},
		{"a; now b", ";", "try c", []string{"(a; now b); try c"}},
		{"a", ";", "b; c", []string{"a; b; c"}},
		{"a", ";", "let x := 1 in b", []string{"a; (let x := 1 in b)", "a; try (let x := 1 in b)"}},
	} {
		if diff := cmp.Diff(c.want, thens(c.tactic, c.then, c.closer)); diff != "" {
			t.Errorf("%q %s %q: (-want +got)\n%s", c.tactic, c.then, c.closer, diff)
		}
	}
}

func TestSizeOfTactic(t *testing.T) {
	for _, c := range []struct {
		tactic string
		want   Size
	}{
		{"auto", Size{1, 5, 0, 1}},
		{" eauto  6 .", Size{1, 8, 6, 1}},
		{"a; b ; c", Size{3, 8, 0, 1}},
		{"a; [ b | c | ]", Size{3, 15, 0, 1}},
		{"a; [ | b ]", Size{2, 11, 0, 1}},
		{"destruct x as [a|b]; auto", Size{2, 26, 0, 1}},
		{"exists [1; 2; 3]", Size{1, 17, 0, 1}},
		{"try (a; b)", Size{2, 11, 0, 1}},
		{"first [ a | b; c ]", Size{3, 19, 0, 1}},
		{"exists {| f := 1; g := 2 |}", Size{1, 28, 0, 1}},
		{"match goal with H : _ |- _ => a; b | _ => c end", Size{2, 48, 0, 1}},
		{`idtac "a; b"`, Size{1, 13, 0, 1}},
		{"", Size{1, 1, 0, 1}},
		{"x ∧ y", Size{1, 6, 0, 1}},
	} {
		if diff := cmp.Diff(c.want, sizeOfTactic(c.tactic)); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", c.tactic, diff)
		}
	}
}

var seeds = []string{
	"auto", "rewrite H, H0 in *; [ lia | ]", `idtac "a""b" ; x`, "(* a (* b *) c", "«a b».c.d", `"`, "[|]", ")](", "match x with", "a.",
	"eauto 6 using a, b with c", "intros [x|y] [[] ?]", "first [", "try", "solve [ ]", "do", "h₁.symm ▸ x", "\xff", "a <;> b", "simp [", "rewrite (", "by by",
	"apply (x", "auto 99999999999999999999", "destruct x eqn:", "a;;b", "; ; ;", "[ | ] ; ( )", "intros x; intros", "exists , ,", "in * at *",
}

// Texts of all kinds are read without trouble; squeezing twice changes nothing
// more, a simpler text is shorter, and names that are not there rename nothing.
func FuzzText(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "auto")
		f.Add("intros x", s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		s := squeeze(a)
		if utf8.ValidString(a) && (squeeze(s) != s || len(s) > len(a)) {
			t.Errorf("%q becomes %q and that %q", a, s, squeeze(s))
		}
		for _, c := range simpler(a) {
			if !sizeOfTactic(c).less(sizeOfTactic(a)) {
				t.Errorf("%q is not simpler than %q", c, a)
			}
		}
		for _, c := range joined(a, b) {
			if utf8.RuneCountInString(c) > mostWide {
				t.Errorf("%q and %q become %q", a, b, c)
			}
		}
		for _, c := range thens(a, ";", b) {
			if !strings.Contains(c, ";") {
				t.Errorf("%q and %q become %q", a, b, c)
			}
		}
		if got := Rename(a, map[string]string{"not there at all": "x"}); got != a {
			t.Errorf("%q became %q", a, got)
		}
		if got := Rename(Rename(a, map[string]string{"x": "xyzzy"}), map[string]string{"xyzzy": "x"}); !strings.Contains(a, "xyzzy") && got != a {
			t.Errorf("%q became %q there and back", a, got)
		}
	})
}

// Texts that a model would write only by mistake take no time.
func TestHostileTexts(t *testing.T) {
	began := time.Now()
	for _, part := range []string{"a;", "try ", "(", "by ", "[ a | ", "rewrite a, ", "eauto 9 using a, ", "(* ", "intros x; ", "match ", "first [ ", "\"", "a.", "\xff", "a ", "«"} {
		for _, n := range []int{30, 300, 30_000} {
			text := strings.Repeat(part, n)
			for _, c := range simpler(text) {
				if c == "" {
					t.Errorf("%q becomes empty", text)
				}
			}
			joined(text, text)
			Rename(text, map[string]string{"a": "b"})
			one := &proof.Tree{Tactic: text}
			if got := Format(one, Style{}); !strings.HasSuffix(got, ".\n") {
				t.Errorf("%.20q becomes %.20q", text, got)
			}
			One(one)
		}
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("it took %v", d)
	}
}
