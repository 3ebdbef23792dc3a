package learn_test

import (
	"fmt"

	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/prove/learn"
)

var goal = proof.Goal{
	Hyps:  []proof.Hyp{{Name: "n", Type: "nat"}, {Name: "H", Type: "n = 0"}},
	Concl: "n + 0 = n",
}

func ExampleFeatures() {
	fmt.Println(learn.Features(goal))
	// Output: [c== t== a0=+ a1=_var ta== + _var v=nat h== same last== equals hyps=2 size=3 deep=0 has=number]
}

func ExampleShape() {
	fmt.Println(learn.Shape("rewrite H, plus_comm", goal))
	fmt.Println(learn.Shape("induction n as [|m IH]", goal))
	// Output:
	// rewrite _hyp, plus_comm
	// induction _var as [| _new]
}

func ExampleTable() {
	var table learn.Table
	f := learn.Features(goal)
	for range 20 {
		table.Record(f, "rewrite _hyp", learn.OnProof)
		table.Record(f, "split", learn.Refused)
	}
	fmt.Println(table.Score(f, learn.Shape("rewrite H", goal)) > 0.9, table.Score(f, "split") < 0.1)
	// Output: true true
}

func ExampleTable_Load() {
	var table, kept learn.Table
	table.Record(learn.Features(goal), "lia", learn.Closed)
	data, err := table.Snapshot()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(kept.Load(data), kept.Len() == table.Len())
	fmt.Println(kept.Load([]byte(`{"version":7}`)))
	// Output:
	// <nil> true
	// table of tactics: version 7 can't be read, only 1: start with an empty table
}

func ExampleGoals() {
	var model learn.Goals
	easy, hard := []string{"t==", "size=3"}, []string{"t=exists", "size=7"}
	for range 50 {
		model.Update(easy, true)
		model.Update(hard, false)
	}
	fmt.Println(model.Predict(easy) > 0.9, model.Predict(hard) < 0.1)
	// Output: true true
}
