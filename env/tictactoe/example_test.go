package tictactoe_test

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/tictactoe"
)

func ExampleParse() {
	p, err := tictactoe.Parse("X.O/.X./..O")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("player", p.ToMove())
	for _, m := range p.Moves(nil) {
		p.Play(m)
		_, over := p.Result()
		fmt.Println(p, over)
		p.Undo()
	}

	_, err = tictactoe.Parse("X.O/.X./..?")
	fmt.Println(err)
	// Output:
	// player 0
	// XXO/.X./..O false
	// X.O/XX./..O false
	// X.O/.XX/..O false
	// X.O/.X./X.O false
	// X.O/.X./.XO false
	// problem "X.O/.X./..?": cell 9 is '?', and must be X, O or .; for example: X.O/.X./..O
}

func ExampleEnvironment() {
	ctx := context.Background()
	game := tictactoe.Environment()
	s, err := game.Start(ctx, "XO./.../...")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, action := range []string{"5", "9", "4", "6", "7"} {
		if s, err = game.Step(ctx, s, action); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s)
	}
	outcome, _ := s.Outcome()
	fmt.Println("player", env.ToMove(s), outcome.Reward, outcome.Note)
	// Output:
	// XO./.X./...
	// XO./.X./..O
	// XO./XX./..O
	// XO./XXO/..O
	// XO./XXO/X.O
	// player 1 0 the player to move has lost
}
