package lean_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ponder-mcts/ponder/env/lean"
	"github.com/ponder-mcts/ponder/env/proof"
)

func ExampleParse() {
	f, err := lean.Parse("Swap.lean", "theorem swap (p q : Prop) : p ∧ q → q ∧ p := by\n  sorry -- to do\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range f.Holes() {
		fmt.Printf("%s:%d:%d: %s\n", f.Path, h.Line, h.Col, h.Label())
	}
	text, err := f.Fill(f.Holes()[0], "intro h\nexact ⟨h.2, h.1⟩")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(text)
	// Output:
	// Swap.lean:2:3: theorem swap
	// theorem swap (p q : Prop) : p ∧ q → q ∧ p := by
	//   intro h
	//   exact ⟨h.2, h.1⟩ -- to do
}

func ExampleFile_Redo() {
	f, err := lean.Parse("Two.lean", "theorem two : 1 + 1 = 2 := by\n  norm_num\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	redone, hole, err := f.Redo("two")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(hole.Label(), "\n", redone.Text)
	// Output:
	// theorem two
	// theorem two : 1 + 1 = 2 := by
	//   sorry
}

func ExampleGuard() {
	fmt.Println(lean.Guard("simp [Nat.add_comm]"))
	fmt.Println(lean.Guard("exact sorry"))
	// Output:
	// <nil>
	// sorry: a proof must not leave anything open
}

func ExampleFormat() {
	fmt.Println(lean.Format(&proof.Tree{Tactic: "intro h", Next: []*proof.Tree{
		{Tactic: "constructor", Next: []*proof.Tree{{Tactic: "exact h.2"}, {Tactic: "exact h.1"}}},
	}}))
	// Output:
	// intro h
	// constructor
	// · exact h.2
	// · exact h.1
}

func ExamplePortfolio() {
	goal := proof.Goal{Hyps: []proof.Hyp{{Name: "h", Type: "p ∧ q"}}, Concl: "q ∧ p"}
	fmt.Println(lean.Portfolio(goal)[:3])
	// Output: [constructor refine ⟨?_, ?_⟩ simp]
}

// Needs Lean and its REPL, so it is compiled and not run.
func ExampleNew() {
	ctx := context.Background()
	f, err := lean.Parse("Two.lean", "theorem two : 1 + 1 = 2 := by sorry\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := lean.New(ctx, lean.Config{Workers: 2}, f, f.Holes()[0])
	var missing *lean.MissingError
	if errors.As(err, &missing) {
		fmt.Println(missing.Advice)
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close()
	root, err := e.Start(ctx, e.Problem())
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := e.Step(ctx, root, "rfl"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Verify(ctx, e.Problem(), "rfl"))
}

// Asks for Lean, so it is compiled and not run.
func ExampleDoctor() {
	for _, check := range lean.Doctor(context.Background(), lean.Config{}) {
		fmt.Println(check.Name, check.OK, check.Detail, check.Advice)
	}
}
