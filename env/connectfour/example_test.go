package connectfour_test

import (
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
)

func ExampleParse() {
	p, err := connectfour.Parse("44553")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p, "player", p.ToMove())
	_, err = connectfour.Parse("44444444")
	fmt.Println(err)
	// Output:
	// ......./......./......./......./...OO../..XXX.. player 1
	// problem "44444444": move 7 is in column 4, which is full; for example: 4435
}

func ExamplePosition() {
	p := connectfour.New()
	for _, column := range []int{4, 3, 4, 3, 4, 3, 4} {
		p.Play(env.Move(column - 1))
	}
	value, over := p.Result()
	fmt.Println(over, value, "for player", p.ToMove())
	p.Undo()
	fmt.Println(p)
	// Output:
	// true 0 for player 1
	// ......./......./......./..OX.../..OX.../..OX...
}
