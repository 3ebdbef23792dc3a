package countdown_test

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/countdown"
)

func ExampleGame() {
	ctx := context.Background()
	game := countdown.Game{Target: 24, AllNumbers: true}
	s, err := game.Start(ctx, "4 9 10 13")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, action := range []string{"13 - 9 = 4", "10 − 4", "4×6"} {
		if s, err = game.Step(ctx, s, action); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s)
	}
	answer := s.(env.Answerer).Answer()
	fmt.Println(answer, game.Verify(ctx, "4 9 10 13", answer))
	// Output:
	// 4 4 10 > 24
	// 4 6 > 24
	// 24 > 24
	// (10-4)*(13-9) <nil>
}

func ExampleGame_Step_illegal() {
	ctx := context.Background()
	game := countdown.Game{Integer: true}
	s, _ := game.Start(ctx, "3 7 25 50 = 96")
	for _, action := range []string{"25*8", "50-25=30", "7/3"} {
		_, err := game.Step(ctx, s, action)
		fmt.Println(err)
	}
	// Output:
	// illegal step "25*8": 8 is not among 3 7 25 50
	// illegal step "50-25=30": 50-25 is 25, not 30
	// illegal step "7/3": 7/3 is not whole, and the rules allow only whole numbers from 0
}

func ExampleGame_Verify() {
	ctx := context.Background()
	game := countdown.Game{Target: 24, AllNumbers: true}
	fmt.Println(game.Verify(ctx, "3 3 8 8", "8/(3-8/3) = 24"))
	fmt.Println(game.Verify(ctx, "3 3 8 8", "3*8"))
	// Output:
	// <nil>
	// answer "3*8": it uses 2 of the 4 numbers, and must use all
}

func ExampleState_Actions() {
	s, _ := countdown.Game{Target: 24, AllNumbers: true}.Start(context.Background(), "4 6")
	fmt.Println(s.(*countdown.State).Actions())
	// Output:
	// [6+4=10 6-4=2 4-6=-2 6*4=24 6/4=3/2 4/6=2/3]
}
