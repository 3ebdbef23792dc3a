package sample_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/prove/measure/sample"
)

func ExampleDraw() {
	root, err := sample.Root(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := sample.Draw(root, 25, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(set), set[0].File, set[0].Full())
	// Output: 100 Numbers/Integer/Abstract/ZAdd.v ZAddProp.sub_simpl_r
}

func ExampleRename() {
	fmt.Println(sample.Rename("Lemma zero : 0 = 0. Proof. reflexivity. Qed. Definition use := zero."))
	// Output: Lemma z1 : 0 = 0. Proof. reflexivity. Qed. Definition u2 := z1.
}

func ExampleRenamer() {
	r := sample.Renamer{Check: func(ctx context.Context, text string) error {
		_, err := sample.Compile(ctx, "a.v", text)
		return err
	}}
	// IHtree would have another name: the proof relies on it.
	changed, err := r.Rename(context.Background(), `
Inductive tree : Prop := leaf | node (_ : tree).
Lemma grows : tree -> True. Proof. induction 1; [ | clear IHtree ]; exact I. Qed.`)
	fmt.Println(changed.Names, changed.Kept, err)
	// Output: [leaf node grows] [tree] <nil>
}

func ExampleFalse() {
	t := sample.False()[6]
	fmt.Print(t.What, "\n", strings.TrimPrefix(t.Text, sample.Prelude))
	// Output:
	// operands swapped
	// Lemma false_007 : forall (n : nat) (m : nat) (p : nat), n <= m -> p <= m -> n <= p.
	// Proof.
	// Admitted.
}

func ExampleRunAbuse() {
	gaveUp := func(context.Context, *vernac.File, vernac.Hole, time.Duration) (bool, error) { return false, nil }
	err := sample.RunAbuse(context.Background(), gaveUp, sample.Abuse()[:1], time.Second, func(o sample.Ordeal) {
		fmt.Println(o.Trouble(time.Second))
	})
	fmt.Println(err)
	// Output:
	// abuse_01, a hint that loops: the harmless theorem behind it was not proved
	// <nil>
}
