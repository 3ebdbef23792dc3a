package prompt_test

import (
	"fmt"

	"github.com/ponder-mcts/ponder/prompt"
)

func ExampleLine() {
	s := text("4 9 10 13 > 24")
	fmt.Printf("%q\n", prompt.Line{}.Step(s).Prompt)
	fmt.Printf("%q\n", prompt.Line{}.Judge(s).Prompt)
	fmt.Print(prompt.Line{}.Choose(s, labels, actions).Prompt)
	// Output:
	// "4 9 10 13 > 24\n"
	// "4 9 10 13 > 24 ?\n"
	// 4 9 10 13 > 24
	// A) 13-9=4
	// B) 9*10=90
	// =
}

// Rules and example stand in the system text, which no question changes.
func ExampleChat() {
	req := prompt.Chat{Env: rules{}}.Step(text("4 9 10 13 > 24"))
	fmt.Println(req.System)
	fmt.Println("---")
	fmt.Println(req.Prompt)
	// Output:
	// You solve problems one step at a time. Make 24 of all the numbers.
	//
	// Example
	// State: 4 6 > 24
	// Step: 4*6=24
	// ---
	// State: 4 9 10 13 > 24
	// Write the next step and nothing else.
}

func ExampleReadStep() {
	fmt.Println(prompt.ReadStep("\n- **Next step:** `13-9=4`\nbecause 13 is larger"))
	// Output:
	// 13-9=4
}
