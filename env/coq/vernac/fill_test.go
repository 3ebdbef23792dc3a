package vernac

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFill(t *testing.T) {
	for _, c := range []struct {
		name, text string
		hole       int
		proof      string
		want       string
	}{
		{"admitted", "Lemma a : True.\nProof.\nAdmitted.\n", 0, "exact I.", "Lemma a : True.\nProof.\n  exact I.\nQed.\n"},
		{"no proof", "Lemma a : True.\nAdmitted.", 0, "exact I.", "Lemma a : True.\nProof.\n  exact I.\nQed."},
		{"indented", "  Lemma a : True.\n  Proof.\n  Admitted.\n", 0, "split.\n- auto.\n- idtac \"a\n b\". auto.", "  Lemma a : True.\n  Proof.\n    split.\n    - auto.\n    - idtac \"a\n b\". auto.\n  Qed.\n"},
		{"deeper", "Lemma a : True.\nProof.\n  Admitted.\n", 0, "a.\nb.", "Lemma a : True.\nProof.\n  a.\n  b.\n  Qed.\n"},
		{"one line", "Lemma a : True. Proof. Admitted. (* c *)\n", 0, "exact I.", "Lemma a : True. Proof. exact I. Qed. (* c *)\n"},
		{"one line, long", "Lemma a : True. Proof. Admitted. (* c *)\n", 0, "a.\nb.", "Lemma a : True. Proof.\n  a.\n  b.\nQed. (* c *)\n"},
		{"goal", "Goal True. Admitted.", 0, "exact I.", "Goal True. Proof. exact I. Qed."},
		{"goal, long", "Goal True. Admitted.", 0, "a.\nb.", "Goal True.\nProof.\n  a.\n  b.\nQed."},
		{"crlf", "Lemma a : True.\r\nProof.\r\nAdmitted.\r\n", 0, "a.\nb.", "Lemma a : True.\r\nProof.\r\n  a.\r\n  b.\r\nQed.\r\n"},
		{"kept steps", "Lemma a : True.\n    intros.\nAdmitted.\n", 0, "a.\nb.", "Lemma a : True.\n    Proof.\n    intros.\n    a.\n    b.\nQed.\n"},
		{"kept steps in line", "Lemma a : True. intros. Admitted.\n", 0, "a.", "Lemma a : True. Proof. intros. a. Qed.\n"},
		{"tabs", "\tLemma a : True.\n\tProof.\n\tAdmitted.\n", 0, "a.\nb.", "\tLemma a : True.\n\tProof.\n\t  a.\n\t  b.\n\tQed.\n"},
		{"admit", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - auto.\nAdmitted.\n", 0, "auto.", "Lemma a : A.\nProof.\n  split.\n  - auto.\n  - auto.\nQed.\n"},
		{"admit, long", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - auto.\nAdmitted.\n", 0, "a.\nb.", "Lemma a : A.\nProof.\n  split.\n  - a.\n    b.\n  - auto.\nQed.\n"},
		{"admit, bullets", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - auto.\nAdmitted.\n", 0, "a.\n- b.\n- c.", "Lemma a : A.\nProof.\n  split.\n  - { a.\n      - b.\n      - c. }\n  - auto.\nQed.\n"},
		{"admit in braces", "Lemma a : A.\nProof.\n  split.\n  { admit. }\n  auto.\nAdmitted.\n", 0, "a.\n- b.\n- c.", "Lemma a : A.\nProof.\n  split.\n  { a.\n    - b.\n    - c. }\n  auto.\nQed.\n"},
		{"admit, more follows", "Lemma a : A.\nProof.\n  split. admit. auto.\nAdmitted.\n", 0, "a. b.", "Lemma a : A.\nProof.\n  split. { a. b. } auto.\nQed.\n"},
		{"two admits", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - give_up .\nAdmitted.\n", 1, "auto.", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - auto.\nAdmitted.\n"},
		{"hidden admit", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - idtac; admit.\nAdmitted.\n", 0, "auto.", "Lemma a : A.\nProof.\n  split.\n  - auto.\n  - idtac; admit.\nAdmitted.\n"},
		{"open", "Lemma a : A.\nProof.\n  split. (* c *)\n\n", 0, "a.\nb.", "Lemma a : A.\nProof.\n  split. (* c *)\n  a.\n  b.\nQed.\n\n"},
		{"open, nothing yet", "Lemma a : A.", 0, "a.", "Lemma a : A.\nProof.\n  a.\nQed."},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse("a.v", c.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Fill(Holes(f)[c.hole], c.proof)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
