package tidy

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/env/proof"
)

// The examples prove numbers with the toy of the tests; Coq and Lean do as well.

func ExampleReplay() {
	good := &proof.Tree{Tactic: "split 2 3", Next: []*proof.Tree{{Tactic: "sub 2"}, {Tactic: "sub 3"}}}
	bad := &proof.Tree{Tactic: "split 2 3", Next: []*proof.Tree{{Tactic: "sub 2"}, {Tactic: "sub 9"}}}
	fmt.Println(Replay(context.Background(), &toy{}, at(5), good))
	fmt.Println(Replay(context.Background(), &toy{}, at(5), bad))
	// Output:
	// <nil>
	// replay: tactic 3 "sub 9": illegal step "sub 9": sub 9 can't be done to 3
}

func ExampleMinimise() {
	found := &proof.Tree{Tactic: "intros y", Next: []*proof.Tree{{Tactic: "split 6 7", Next: []*proof.Tree{
		{Tactic: "use x"}, {Tactic: "skip", Next: []*proof.Tree{{Tactic: "use x"}}},
	}}}}
	short, report := Minimise(context.Background(), &toy{}, at(13, "x"), found, Options{})
	fmt.Print(Format(short, Style{}))
	fmt.Println(report.Before.Tactics, "tactics before,", report.After.Tactics, "after; done:", report.Done)
	// Output:
	// split 6 7; use x.
	// 5 tactics before, 2 after; done: true
}

func ExampleSizeOf() {
	s := SizeOf(&proof.Tree{Tactic: "destruct x; eauto 6"})
	fmt.Println(s.Tactics, "tactics in", s.Sentences, "sentence of", s.Chars, "characters")
	// Output: 2 tactics in 1 sentence of 20 characters
}

func ExampleSize_Compare() {
	short, long := SizeOf(&proof.Tree{Tactic: "auto"}), SizeOf(&proof.Tree{Tactic: "eauto"})
	fmt.Println(short.Compare(long), long.Compare(short), short.Compare(short))
	// Output: -1 1 0
}

func ExampleRename() {
	fmt.Println(Rename(`rewrite H, K in H0; idtac "H"; apply Nat.H`, map[string]string{"H": "K", "K": "H"}))
	// Output: rewrite K, H in H0; idtac "H"; apply Nat.H
}

var branching = &proof.Tree{Tactic: "destruct n", Next: []*proof.Tree{
	{Tactic: "reflexivity"},
	{Tactic: "simpl", Next: []*proof.Tree{{Tactic: "split", Next: []*proof.Tree{{Tactic: "auto"}, {Tactic: "lia"}}}}},
}}

func ExampleFormat() {
	fmt.Print(Format(branching, Style{Base: 2}))
	// Output:
	//   destruct n.
	//   - reflexivity.
	//   - simpl.
	//     split.
	//     + auto.
	//     + lia.
}

func ExampleFlat() {
	fmt.Print(Flat(branching.Next[1]))
	// Output:
	// simpl.
	// split.
	// auto.
	// lia.
}

func ExampleBraced() {
	fmt.Print(Braced(branching))
	// Output:
	// destruct n.
	// { reflexivity. }
	// { simpl.
	//   split.
	//   { auto. }
	//   { lia. } }
}

func ExampleOne() {
	fmt.Println(One(branching.Next[1].Next[0]))
	fmt.Println(One(branching))
	// Output:
	// split; [ auto | lia ]. true
	//  false
}
