package mcts_test

import (
	"context"
	"fmt"
	"strconv"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// number is a state of a small puzzle: from 1, by doubling and adding three,
// reach 17.
type number int

const goal number = 17

func (n number) String() string { return strconv.Itoa(int(n)) }
func (n number) Key() string    { return strconv.Itoa(int(n)) }
func (n number) Outcome() (env.Outcome, bool) {
	return env.Outcome{Reward: 1, Note: "the goal"}, n == goal
}

// Actions makes the set of steps finite: none is left above the goal.
func (n number) Actions() []string {
	if n >= goal {
		return nil
	}
	return []string{"double", "add 3"}
}

// puzzle is the environment, a policy that likes both steps the same, and a
// critic that likes to be near the goal.
type puzzle struct{}

func (puzzle) Start(context.Context, string) (env.State, error) { return number(1), nil }

func (puzzle) Step(_ context.Context, s env.State, action string) (env.State, error) {
	switch n := s.(number); action {
	case "double":
		return 2 * n, nil
	case "add 3":
		return n + 3, nil
	}
	return nil, env.Illegal(action, "there is no such step")
}

func (puzzle) Propose(context.Context, env.State, env.Path, int) ([]env.Candidate, env.Usage, error) {
	return []env.Candidate{{Action: "double"}, {Action: "add 3"}}, env.Usage{}, nil
}

func (puzzle) Evaluate(_ context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	return env.Value{Mean: float64(min(s.(number), goal)) / float64(goal)}, env.Usage{}, nil
}

// A Search does no work by itself: whoever drives it takes a job, does it in
// whatever way, and hands the result back.
func ExampleSearch() {
	s, err := mcts.New(number(1), event.Started{}, mcts.Options{Simulations: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		job, status := s.Next()
		if status == mcts.Done {
			break
		}
		n := job.State.(number)
		var x mcts.Expansion
		switch job.Kind {
		case mcts.Evaluate:
			x.Value.Mean = float64(min(n, goal)) / float64(goal)
		case mcts.Expand:
			x.Closed = true // there are no other steps
			if n < goal {
				x.Children = []mcts.Child{
					{Action: "double", Prior: 1, State: 2 * n}, {Action: "add 3", Prior: 1, State: n + 3},
				}
			}
		}
		if err := s.Complete(job, x); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(s.Outcome())
	for _, step := range s.Line().Path {
		fmt.Println(step.Action, "makes", step.State)
	}
	// Output:
	// solved
	// add 3 makes 4
	// add 3 makes 7
	// double makes 14
	// add 3 makes 17
}

// A Driver does it with an environment, a policy and a critic, and as many jobs
// at a time as they can take.
func ExampleDriver() {
	root, _ := puzzle{}.Start(context.Background(), "")
	s, err := mcts.New(root, event.Started{}, mcts.Options{Simulations: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := mcts.Driver{
		Search:   s,
		Worker:   &mcts.Worker{Env: puzzle{}, Policy: puzzle{}, Critic: puzzle{}},
		Parallel: 4,
	}
	if err := d.Run(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Outcome(), "at", s.Line().End)
	// Output: solved at 17
}
