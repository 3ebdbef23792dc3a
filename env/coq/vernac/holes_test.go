package vernac

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const holed = `Lemma one : A /\ B.
Proof.
  split.
  - admit.
  - give_up.
Admitted.

Lemma two : A.
Proof. auto. Qed.

Lemma three : A. Admitted.

Module M.
  Lemma four : «A».
  Proof.
    «intros». idtac; admit.
    all: admit.
  Admitted.
End M.

Lemma five : A.
Proof.
  admit.
Qed.

Goal A.
  intros. (* here *)
`

func TestHoles(t *testing.T) {
	f := parse(t, holed)
	want := []Hole{
		{0, "one", Admit, 4, 5, 4},
		{0, "one", Admit, 5, 5, 6},
		{2, "three", Admitted, 11, 18, 13},
		{3, "four", Admitted, 17, 5, 19},
		{4, "five", Admit, 23, 3, 24},
		{5, "", Open, 27, 21, 28},
	}
	if d := cmp.Diff(want, Holes(f)); d != "" {
		t.Error(d)
	}
	if got := Holes(parse(t, "Lemma a : b. Proof. auto. Qed. Lemma c : d. Abort.")); got != nil {
		t.Errorf("a file without holes has %v", got)
	}
	nested := Holes(parse(t, "Lemma a : b. admit. Lemma c : d. intros."))
	if d := cmp.Diff([]Hole{{0, "a", Admit, 1, 14, 1}, {1, "c", Open, 1, 41, 4}}, nested); d != "" {
		t.Error(d)
	}
}

func TestAt(t *testing.T) {
	f := parse(t, holed)
	for _, c := range []struct {
		line, col int
		want      string
	}{
		{1, 1, "one (admit) at 4:5"},
		{4, 6, "one (admit) at 4:5"},
		{4, 900, "one (admit) at 4:5"},
		{5, 1, "one (give_up) at 5:5"},
		{6, 5, "one (give_up) at 5:5"},
		{7, 1, "three (Admitted) at 11:18"},
		{8, 3, "three (Admitted) at 11:18"},
		{11, 30, "three (Admitted) at 11:18"},
		{13, 1, "four (Admitted) at 17:5"},
		{16, 8, "four (Admitted) at 17:5"},
		{22, 1, "five (admit) at 23:3"},
		{28, 1, "(no name) (open) at 27:21"},
	} {
		h, err := f.At(c.line, c.col)
		if got := h.String(); err != nil || got != strings.Replace(c.want, "give_up", "admit", 1) {
			t.Errorf("%d:%d: %s, %v; want %s", c.line, c.col, got, err, c.want)
		}
	}
	done := parse(t, "Lemma a : b. Admitted.\nLemma c : d. auto. Qed.\n")
	for _, c := range []struct {
		f         *File
		line, col int
		want      string
	}{
		{f, 0, 1, "a.v: there is no place 0:1: lines go from 1 to 28, columns from 1; for example: 1:1"},
		{f, 1, 0, "a.v: there is no place 1:0: lines go from 1 to 28, columns from 1; for example: 1:1"},
		{f, 29, 1, "a.v: there is no place 29:1: lines go from 1 to 28, columns from 1; for example: 1:1"},
		{done, 2, 3, "a.v:2:3: nothing is left to prove from here on; the last place before is a (Admitted) at 1:14"},
		{parse(t, "A."), 1, 1, "a.v:1:1: nothing is left to prove in this file: name a theorem to prove it again"},
	} {
		if _, err := c.f.At(c.line, c.col); err == nil || err.Error() != c.want {
			t.Errorf("%d:%d: %v\nwant %s", c.line, c.col, err, c.want)
		}
	}
}

func TestRedo(t *testing.T) {
	f := parse(t, `Lemma add_comm : A. Proof. a. Qed.
Module M. Lemma add_comm : B. b. Defined. Lemma same : C. Qed. End M.
Module N. Lemma same : D. Proof d. End N.
Lemma mul_comm : E. e.
Lemma inner : F. Qed. Qed.
Lemma open : G. Set X. Proof. g. h.`)
	for _, c := range []struct {
		name   string
		want   string
		before string
	}{
		{"add_comm", "add_comm (redo) at 1:28", "a."},
		{"M.add_comm", "add_comm (redo) at 2:31", "b."},
		{"M.same", "same (redo) at 2:59", "Qed."},
		{"N.same", "same (redo) at 3:27", "Proof d."},
		{"inner", "inner (redo) at 5:18", "Qed."},
		{"open", "open (redo) at 6:31", "g."},
	} {
		h, err := f.Redo(c.name)
		if err != nil || h.String() != c.want || f.Sentences[h.Before].Text != c.before {
			t.Errorf("%s: %s, %v; want %s", c.name, h, err, c.want)
		}
	}
	for _, c := range []struct{ name, want string }{
		{"same", `a.v: there are 2 theorems "same": M.same in line 2, N.same in line 3; name one with its module, or by its place`},
		{"ad_comm", `a.v: there is no theorem "ad_comm" with a proof; near it are add_comm, M.add_comm`},
		{"comm", `a.v: there is no theorem "comm" with a proof; near it are add_comm, M.add_comm, mul_comm`},
		{"zzz", `a.v: there is no theorem "zzz" with a proof; there are 7 others, such as add_comm, M.add_comm, M.same`},
		{"mul_comm", "a.v:4:1: the proof of mul_comm has another theorem inside, which would be lost: move that one out first"},
		{"", `a.v: there is no theorem "" with a proof; there are 7 others, such as add_comm, M.add_comm, M.same`},
	} {
		if _, err := f.Redo(c.name); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v\nwant %s", c.name, err, c.want)
		}
	}
	if _, err := parse(t, "A.").Redo("x"); err == nil || err.Error() != `a.v: there is no theorem "x" with a proof, nor any other` {
		t.Error(err)
	}
}
