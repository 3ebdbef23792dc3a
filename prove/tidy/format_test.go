package tidy

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env/proof"
)

var update = flag.Bool("update", false, "write the golden files anew")

var golden = []struct {
	name  string
	proof string
}{
	{"one", "reflexivity"},
	{"line", "intros n m H > apply H. > auto ;  lia"},
	{"branches", "destruct x as [|n] eqn:E { reflexivity } { simpl > rewrite IH { lia } { auto } }"},
	{"together", "eexists {+ split {+ apply le_n > lia } }"},
	{"deep", "t1 { t2 { t3 { t4 { t5 { t6 { t7 { t8 { a } { b > c } } { d } } { e } } { f } } { g } } { h } } { i } } { j > k }"},
	{"long", `assert (forall n m p : nat, n + (m + p) = (n + m) + p) as plus_assoc_again by (intros; induction n; simpl; [reflexivity | rewrite IHn; reflexivity]) { ` +
		`idtac "a string with  two spaces; and a semicolon that is much too long to be broken anywhere at all" } { ` +
		`rewrite plus_assoc_again, plus_assoc_again, plus_assoc_again, plus_assoc_again, plus_assoc_again; auto }`},
}

func TestFormatGolden(t *testing.T) {
	for _, c := range golden {
		p := tree(t, c.proof)
		one, ok := One(p)
		if !ok {
			one = "no"
		}
		got := "-- bullets\n" + Format(p, Style{Base: 2}) + "-- narrow\n" + Format(p, Style{Width: 40}) + "-- braces\n" + Braced(p) +
			"-- bare\n" + Flat(p) + "-- one\n" + one + "\n"
		path := filepath.Join("testdata", c.name+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (run the test with -update)", err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

// script reads what Format writes.
type script struct {
	s string
	t *rapid.T
}

func (r *script) space() { r.s = strings.TrimLeftFunc(r.s, unicode.IsSpace) }

func (r *script) mark() string {
	r.space()
	end := strings.IndexFunc(r.s, func(c rune) bool { return !strings.ContainsRune("-+*{}", c) })
	if strings.HasPrefix(r.s, "}") || strings.HasPrefix(r.s, "{") {
		end = 1
	}
	return r.s[:max(end, 0)]
}

// sentence reads up to a dot that space follows, outside of strings.
func (r *script) sentence() string {
	inside := false
	for i := range r.s {
		switch {
		case r.s[i] == '"':
			inside = !inside
		case r.s[i] == '.' && !inside && (i+1 == len(r.s) || unicode.IsSpace(rune(r.s[i+1]))):
			s := r.s[:i]
			r.s = r.s[i+1:]
			return squeeze(s)
		}
	}
	r.t.Fatalf("no sentence ends in %q", r.s)
	return ""
}

// proof reads a proof in which these bullets are in use.
func (r *script) proof(outer ...string) *proof.Tree {
	p := &proof.Tree{Tactic: r.sentence()}
	mark := r.mark()
	switch {
	case r.s == "" || mark == "}" || slices.Contains(outer, mark):
	case mark == "":
		p.Next = []*proof.Tree{r.proof(outer...)}
	default:
		for r.mark() == mark {
			r.s = r.s[len(mark):]
			r.space()
			if mark != "{" {
				p.Next = append(p.Next, r.proof(append(slices.Clone(outer), mark)...))
			} else {
				p.Next = append(p.Next, r.proof())
				if r.mark() != "}" {
					r.t.Fatalf("no brace is closed at %q", r.s)
				}
				r.s = r.s[1:]
			}
		}
	}
	return p
}

var someTactics = []string{
	"intros x y", "auto", "rewrite H, H0 in *", `idtac "a. b  c"`, "destruct H as [a|[b c]]", "apply (f_equal S); [ lia | auto ]",
	"assert (forall a b c d : nat, a + b + c + d = d + c + b + a) by (intros; lia)", "exists (Nat.add 1 2)", "x'", "a;b ; c.",
	"replace (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) with 0",
}

func drawTree(t *rapid.T, size int) *proof.Tree {
	p := &proof.Tree{Tactic: rapid.SampledFrom(someTactics).Draw(t, "tactic")}
	if size < 2 {
		return p
	}
	n := rapid.SampledFrom([]int{1, 1, 2, 2, 3}).Draw(t, "goals")
	for range min(n, size-1) {
		p.Next = append(p.Next, drawTree(t, (size-1)/min(n, size-1)))
	}
	return p
}

// chained is a proof that is nested deeply.
func chained(t *rapid.T) *proof.Tree {
	p := drawTree(t, 1)
	for range rapid.IntRange(1, 60).Draw(t, "depth") {
		p = &proof.Tree{Tactic: "split", Next: []*proof.Tree{drawTree(t, 2), p}}
		if rapid.Bool().Draw(t, "left") {
			p.Next[0], p.Next[1] = p.Next[1], p.Next[0]
		}
	}
	return p
}

// What is written reads back as the same proof, in lines that are not too wide
// where there is a space to break at.
func TestFormatRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawTree(t, rapid.IntRange(1, 60).Draw(t, "size"))
		if rapid.Bool().Draw(t, "deep") {
			p = chained(t)
		}
		want := &proof.Tree{}
		copyTidy(want, p)
		style := Style{
			Goals: rapid.SampledFrom([]Goals{Bullets, Braces}).Draw(t, "goals"),
			Base:  rapid.IntRange(0, 6).Draw(t, "base"), Width: rapid.SampledFrom([]int{0, 60, 100}).Draw(t, "width"),
		}
		text := Format(p, style)
		r := &script{text, t}
		got := r.proof()
		if r.space(); r.s != "" {
			t.Fatalf("%q is left of\n%s", r.s, text)
		}
		if diff := cmp.Diff(outline(want), outline(got)); diff != "" {
			t.Fatalf("%s\n%s", text, diff)
		}
		width := style.Width
		if width == 0 {
			width = 80
		}
		for l := range strings.Lines(text) {
			l = strings.TrimSuffix(l, "\n")
			if !strings.HasPrefix(l, strings.Repeat(" ", style.Base)) || strings.TrimRight(l, " ") != l {
				t.Fatalf("line %q, base %d", l, style.Base)
			}
			if n := utf8.RuneCountInString(l); n > width && breakable(l) {
				t.Fatalf("line %q has %d columns", l, n)
			}
		}
		bare := &script{Flat(p), t}
		work := []*proof.Tree{want}
		for len(work) > 0 {
			at := work[len(work)-1]
			work = work[:len(work)-1]
			if s := bare.sentence(); s != at.Tactic {
				t.Fatalf("%q is not %q in\n%s", s, at.Tactic, Flat(p))
			}
			bare.space()
			for i := len(at.Next) - 1; i >= 0; i-- {
				work = append(work, at.Next[i])
			}
		}
	})
}

// breakable reports whether a line has a space that is not in its margin, after
// its mark or in a string.
func breakable(l string) bool {
	l = strings.TrimLeft(l, " -+*{")
	before, _, _ := strings.Cut(l, `"`)
	return strings.Contains(strings.TrimSpace(before), " ")
}

// outline is a proof as lines, for cmp takes time without end to compare deep trees.
func outline(p *proof.Tree) string {
	s := p.Tactic + "\n"
	for _, c := range p.Next {
		s += " " + strings.ReplaceAll(outline(c), "\n", "\n ") + "\n"
	}
	return s
}

func copyTidy(to, from *proof.Tree) {
	to.Tactic = sentence(from.Tactic)
	for _, c := range from.Next {
		t := &proof.Tree{}
		copyTidy(t, c)
		to.Next = append(to.Next, t)
	}
}

func TestOne(t *testing.T) {
	for _, c := range []struct{ proof, want string }{
		{"auto", "auto."},
		{"intros. > auto.", "intros; auto."},
		{"destruct x { auto } { lia }", "destruct x; [ auto | lia ]."},
		{"now auto", "now auto."},
		{"intuition > auto", "(intuition); auto."},
		{"intros > split > split", "intros; split; split."},
		{"destruct x { auto } { intros; lia }", ""},
		{"a > b > c > d", ""},
		{"eexists {+ auto > auto }", ""},
		{"", ""},
		{"apply aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "apply aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."},
		{"apply aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""},
	} {
		got, ok := One(tree(t, c.proof))
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q: %q, want %q", c.proof, got, c.want)
		}
	}
	if got, ok := One(nil); ok {
		t.Errorf("no proof is %q", got)
	}
}
