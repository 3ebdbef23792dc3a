package evaluate

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/prompt"
)

// show prints a value and what it cost.
func show(v env.Value, usage env.Usage, err error) {
	if v.Unknown {
		fmt.Print("unknown")
	} else {
		fmt.Printf("%.2f (%s)", v.Mean, v.Note)
	}
	fmt.Printf(", calls %d, cache hits %d, unparsed %d, error %v\n", usage.Calls, usage.CacheHits, usage.Unparsed, err)
}

func ExampleTerminal() {
	show(Terminal{}.Evaluate(context.Background(), place{over: true, reward: 1}, nil))
	show(Terminal{}.Evaluate(context.Background(), place{name: "4 9 10 13 > 24"}, nil))
	// Output:
	// 1.00 (), calls 0, cache hits 0, unparsed 0, error <nil>
	// unknown, calls 0, cache hits 0, unparsed 0, error <nil>
}

// The value is read off the probabilities of the first token.
func ExampleYesNo() {
	m := &voice{reply: first("Yes", 0.5, " yes", 0.1, "No", 0.2, "Perhaps", 0.2)}
	show(YesNo{Model: m, Style: prompt.Line{}}.Evaluate(context.Background(), place{name: "4 4 10 > 24"}, nil))
	// Output:
	// 0.75 (yes 0.600, no 0.200), calls 1, cache hits 0, unparsed 0, error <nil>
}

// A model that does not answer the question has no say: play decides.
func ExampleChain() {
	m := &voice{reply: bare("On a scale of 1 to 10 I give it 9")}
	corridor := maze{"win": place{name: "win", over: true, reward: 1}}
	c := Chain{YesNo{Model: m, Style: prompt.Line{}}, Rollout{Env: corridor}}
	show(c.Evaluate(context.Background(), place{name: "start", to: []string{"win"}}, nil))
	// Output:
	// 1.00 (1 random roll-outs), calls 1, cache hits 0, unparsed 1, error <nil>
}

func ExampleRollout() {
	m := maze{
		"win":  place{name: "win", over: true, reward: 1},
		"loss": place{name: "loss", over: true},
	}
	s := place{name: "start", to: []string{"win", "win", "win", "loss"}}
	v, _, err := Rollout{Env: m, Count: 10000}.Evaluate(context.Background(), s, nil)
	fmt.Printf("%.1f %v\n", 4*v.Mean, err)
	// Output:
	// 3.0 <nil>
}

func ExampleNewCached() {
	critic := newFixed(map[string]env.Value{"4 4 10 > 24": {Mean: 0.75, Note: "slow"}})
	c, err := NewCached(critic, "24: slow critic", 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	for range 2 {
		show(c.Evaluate(context.Background(), place{name: "4 4 10 > 24"}, nil))
		c.cache.Wait() // a cache takes its time; only an example has to wait for it
	}
	// Output:
	// 0.75 (slow), calls 1, cache hits 0, unparsed 0, error <nil>
	// 0.75 (slow), calls 0, cache hits 1, unparsed 0, error <nil>
}
