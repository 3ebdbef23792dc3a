package vernac_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

const source = `Require Import Arith.

Lemma add_0 (n : nat) : n + 0 = n.
Proof. (* to do *)
Admitted.

Lemma both (n m : nat) : n + 0 = n /\ n + m = m + n.
Proof.
  split.
  - apply add_0.
  - admit.
Admitted.
`

func ExampleSplit() {
	sentences, err := vernac.Split("split. - { apply Nat.add_0_r. } (* done. *) - auto.")
	if err != nil {
		fmt.Println(err)
	}
	for _, s := range sentences {
		fmt.Println(s.Start, s.Text)
	}
	_, err = vernac.Split("auto.\nidtac \"now.")
	fmt.Println(err)
	// Output:
	// 0 split.
	// 7 -
	// 9 {
	// 11 apply Nat.add_0_r.
	// 30 }
	// 44 -
	// 46 auto.
	// coq text:2:7: the string that begins here is never closed: it ends at the next ", and a quote inside is doubled
}

func ExampleParse() {
	f, err := vernac.Parse("both.v", source)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range f.Theorems {
		line, _ := f.Place(f.Sentences[t.Stated].Start)
		fmt.Printf("%d: %s %s %s, %s after %d steps\n", line, t.Kind, t.Name, t.Statement, t.Ending, t.Steps)
	}
	fmt.Println(f.Tactics(f.Theorems[1]))
	fmt.Println(f.Script(f.Theorems[1]))
	// Output:
	// 3: Lemma add_0 (n : nat) : n + 0 = n, Admitted after 0 steps
	// 7: Lemma both (n m : nat) : n + 0 = n /\ n + m = m + n, Admitted after 3 steps
	// [split apply add_0 admit]
	// split.
	//   - apply add_0.
	//   - admit.
}

func ExampleHoles() {
	f, err := vernac.Parse("both.v", source)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range vernac.Holes(f) {
		fmt.Println(h)
	}
	h, err := f.At(10, 5)
	fmt.Println(h, err)
	h, err = f.Redo("both")
	fmt.Println(h, err)
	_, err = f.Redo("bot")
	fmt.Println(err)
	// Output:
	// add_0 (Admitted) at 5:1
	// both (admit) at 11:5
	// both (admit) at 11:5 <nil>
	// both (redo) at 9:3 <nil>
	// both.v: there is no theorem "bot" with a proof; near it are both
}

func ExampleFile_Fill() {
	f, err := vernac.Parse("both.v", source)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := f.Fill(vernac.Holes(f)[1], "rewrite Nat.add_comm.\nreflexivity.")
	if err != nil {
		fmt.Println(err)
	}
	_, end, _ := strings.Cut(text, "Lemma both")
	fmt.Print("Lemma both" + end)
	_, err = f.Fill(vernac.Holes(f)[1], "auto. Qed. Axiom cheat : False.")
	fmt.Println(err)
	// Output:
	// Lemma both (n m : nat) : n + 0 = n /\ n + m = m + n.
	// Proof.
	//   split.
	//   - apply add_0.
	//   - rewrite Nat.add_comm.
	//     reflexivity.
	// Qed.
	// the proof of both (admit) at 11:5 can't be put into both.v: "Qed." is a command, and only tactics may stand there
}

func ExampleFile_Prefix() {
	f, err := vernac.Parse("a.v", "Lemma a : 1 = 1.\nProof. vm_compute. reflexivity. Qed.\n\nLemma b : 2 = 2.\nProof.\nAdmitted.\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range f.Prefix(vernac.Holes(f)[0], true) {
		line, col := f.Place(s.Start)
		fmt.Printf("%d:%d %s\n", line, col, s.Text)
	}
	// Output:
	// 1:1 Lemma a : 1 = 1.
	// 2:1 Proof.
	// 2:8 Admitted.
	// 4:1 Lemma b : 2 = 2.
	// 5:1 Proof.
}

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "a.v")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		fmt.Println(err)
	}
	backup, err := vernac.Write(path, "old", "new")
	fmt.Println(filepath.Base(backup), err)
	_, err = vernac.Write(path, "old", "newer")
	fmt.Println(strings.ReplaceAll(err.Error(), dir, "…"))
	// Output:
	// a.v.bak <nil>
	// …/a.v has changed since it was read, and is left as it is: start again from the new text
}

func ExampleProject() {
	flags, err := vernac.Project("/no/such/folder/a.v")
	fmt.Println(flags, err)
	// Output: [] <nil>
}

func ExampleParseProject() {
	flags, err := vernac.ParseProject("/home/me/_CoqProject", "-Q theories Mine # all of it\n-arg \"-w none\"\ntheories/a.v\n")
	fmt.Println(flags, err)
	_, err = vernac.ParseProject("/home/me/_CoqProject", "-Q theories")
	fmt.Println(err)
	// Output:
	// [-Q /home/me/theories Mine -w none] <nil>
	// /home/me/_CoqProject:1: -Q lacks what belongs to it; for example: -Q theories Mine
}

func ExampleGuard() {
	for _, text := range []string{"- simpl in *.", "intros; admit.", "auto. Qed.", "all: auto."} {
		tactic := vernac.Clean(text)
		fmt.Printf("%s: %v\n", tactic, vernac.Guard(tactic))
	}
	// Output:
	// simpl in *: <nil>
	// intros; admit: admit is not allowed: it proves nothing, reaches beyond the goal or runs another program
	// auto. Qed: a dot ends a sentence: write one tactic, without a dot
	// auto: <nil>
}

func ExampleIdents() {
	fmt.Println(vernac.Idents("forall n m : nat, Nat.add n m <= S (m + n)"))
	// Output: [n m nat Nat.add n m <= S m + n]
}
