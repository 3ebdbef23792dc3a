package vernac

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"blanks and comments", " \t\r\n(* a. *)(**)\n(***) ", nil},
		{"two", "A. B.", []string{"A.", "B."}},
		{"leading comment", "(* a *) A (* b. *) B.", []string{"A (* b. *) B."}},
		{"nested comment", "(* (* *) \"*)\" . *) A.", []string{"A."}},
		{"string", `A "b. (* "" c. " d.`, []string{`A "b. (* "" c. " d.`}},
		{"qualified", "apply Nat.add_comm. auto.", []string{"apply Nat.add_comm.", "auto."}},
		{"projection", "exact x.(f). exact x.1.", []string{"exact x.(f).", "exact x.1."}},
		{"comment behind a dot", "a.(* c *) b.", []string{"a.(* c *) b."}},
		{"number", "exact 1.5. exact 2.", []string{"exact 1.5.", "exact 2."}},
		{"two dots", "x .. y. [a ..].", []string{"x .. y.", "[a ..]."}},
		{"three dots", "auto... simpl...\nx.", []string{"auto...", "simpl...", "x."}},
		{"crlf", "A.\r\nB.\r\n", []string{"A.", "B."}},
		{"bullets", "- a. -- b. + c. ***d.", []string{"-", "a.", "--", "b.", "+", "c.", "***", "d."}},
		{"bullets together", "-+*a.", []string{"-", "+", "*", "a."}},
		{"braces", "{ a. } { b. }}", []string{"{", "a.", "}", "{", "b.", "}", "}"}},
		{"braces with a goal", "2:{ a. } 2 : { b. } [x]: { c. }", []string{"2:{", "a.", "}", "2 : {", "b.", "}", "[x]: {", "c.", "}"}},
		{"selectors", "1: a. all: b. 2-3: c.", []string{"1: a.", "all: b.", "2-3: c."}},
		{"brackets", "[> a | b]. [a]. [|x].", []string{"[> a | b].", "[a].", "[|x]."}},
		{"record", "Record r := { a : nat }.", []string{"Record r := { a : nat }."}},
		{"minus within", "exact (- x). rewrite <- H.", []string{"exact (- x).", "rewrite <- H."}},
		{"attribute", "#[local, a(b=\"c. \")] A.", []string{"#[local, a(b=\"c. \")] A."}},
		{"quotation", "Elpi a lp:{{ b. {{c}} d. }}. E.", []string{"Elpi a lp:{{ b. {{c}} d. }}.", "E."}},
		{"unicode", "apply αβ.γ₁. exact ∀.", []string{"apply αβ.γ₁.", "exact ∀."}},
		{"mark", "\uFEFFA. B.", []string{"A.", "B."}},
		{"not UTF-8", "(* \xff *) a \xfe b.", []string{"a \xfe b."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Split(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, texts(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSplitErrors(t *testing.T) {
	for _, c := range []struct {
		text, want string
		before     int
	}{
		{"A.\n é (* b (* c *)", "coq text:2:4: the comment that begins here is never closed: it lacks a *)", 1},
		{"A. (* \" *)", "coq text:1:4: the comment that begins here is never closed: it lacks a *)", 1},
		{"A.\n\nB \"c", `coq text:3:3: the string that begins here is never closed: it ends at the next ", and a quote inside is doubled`, 1},
		{"A. B", "coq text:1:4: the sentence that begins here has no end: it lacks a dot with a blank behind", 1},
		{"a.b", "coq text:1:1: the sentence that begins here has no end: it lacks a dot with a blank behind", 0},
		{"A lp:{{ {{ }} .", "coq text:1:3: the quotation that begins here is never closed: it lacks a }}", 0},
	} {
		got, err := Split(c.text)
		var e *Error
		if !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("%q: %v\nwant %s", c.text, err, c.want)
		}
		if len(got) != c.before {
			t.Errorf("%q: %d sentences before the error", c.text, len(got))
		}
	}
}

// whole checks that sentences and the gaps between them are the text.
func whole(t interface{ Fatalf(string, ...any) }, text string, list []Sentence) {
	at := 0
	for _, s := range append(list, Sentence{Start: len(text), End: len(text)}) {
		if s.Start < at || s.End < s.Start || s.Text != text[s.Start:s.End] {
			t.Fatalf("%q: the sentence %+v is not where it says", text, s)
		}
		gap := text[at:s.Start]
		l := lexer{text: gap}
		if l.next().kind != end {
			t.Fatalf("%q: between sentences stands %q", text, gap)
		}
		at = s.End
	}
}

// Pieces of which any sequence is a text that can be split.
func TestSplitPieces(t *testing.T) {
	pieces := []string{
		"Lemma a : b.", "- ", "{ ", "} ", "2: { ", "auto.", "exact x.(y).", "idtac \"a. b\".", "Proof.", "Qed.",
		"(* a. (* b *) \"*)\" *)", "simpl...", "a .. b.", "1: a.", "#[local] A.", "apply Nat.add.",
	}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		want := []string(nil)
		for _, p := range rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces") {
			b.WriteString(p + rapid.SampledFrom([]string{" ", "\n", "\r\n", "\t", " (* . *) "}).Draw(t, "gap"))
			if !strings.HasPrefix(p, "(*") {
				want = append(want, strings.TrimSpace(p))
			}
		}
		got, err := Split(b.String())
		if err != nil {
			t.Fatal(err)
		}
		whole(t, b.String(), got)
		if d := cmp.Diff(want, texts(got)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestSplitSources(t *testing.T) {
	eachSource(t, func(t *testing.T, f *File) { whole(t, f.Text, f.Sentences) })
}

// Coq says where it sees sentences when it is asked for times.
func TestSplitLikeCoq(t *testing.T) {
	f := testdata(t, "torture.v")
	var b strings.Builder
	for _, s := range f.Sentences {
		fmt.Fprintf(&b, "%d - %d\n", s.Start, s.End)
	}
	golden(t, "torture.golden", b.String())
	out, ok := coq(t, "testdata", "coqc", "-q", "-noglob", "-w", "none", "-time", "-o", t.TempDir()+"/torture.vo", "torture.v")
	if !ok {
		return
	}
	var theirs strings.Builder
	for line := range strings.Lines(out) {
		var from, to int
		if n, _ := fmt.Sscanf(line, "Chars %d - %d", &from, &to); n == 2 {
			fmt.Fprintf(&theirs, "%d - %d\n", from, to)
		}
	}
	if d := cmp.Diff(theirs.String(), b.String()); d != "" {
		t.Errorf("Coq sees other sentences (-coq +ours):\n%s", d)
	}
}
