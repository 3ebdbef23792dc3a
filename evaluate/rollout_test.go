package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
)

func TestRollout(t *testing.T) {
	// corridor leads over two steps to a win.
	corridor := maze{
		"start": place{name: "start", to: []string{"door"}},
		"door":  place{name: "door", to: []string{"win"}},
		"win":   place{name: "win", over: true, reward: 1},
	}
	// duel: the player who moves at the end has the reward of the end.
	duel := func(reward float64, atEnd int) maze {
		return maze{
			"start": turn{place{name: "start", to: []string{"end"}}, 0},
			"end":   turn{place{name: "end", over: true, reward: reward}, atEnd},
		}
	}
	rows := []struct {
		name  string
		maze  maze
		depth int
		want  env.Value
		err   error
	}{
		{"an end that random play can't miss", corridor, 0, env.Value{Mean: 1}, nil},
		{"over by the last step allowed: that counts", corridor, 2, env.Value{Mean: 1}, nil},
		{"not over by then: worth nothing", corridor, 1, env.Value{}, nil},
		{"a depth below zero: no step, and no endless loop", corridor, -1, env.Value{}, nil},
		{"over before the first step: the rules' word", maze{"start": place{over: true, reward: 0.25}}, 0, env.Value{Mean: 0.25}, nil},
		{"the mover lost, and is the opponent: a win", duel(0, 1), 0, env.Value{Mean: 1}, nil},
		{"the mover won, and is the opponent: a loss", duel(1, 1), 0, env.Value{}, nil},
		{"the mover won, and is oneself: a win", duel(1, 0), 0, env.Value{Mean: 1}, nil},
		{"no way on: a dead end is worth nothing", maze{"start": place{name: "start"}}, 0, env.Value{}, nil},
		{"no list of actions: unknown, not worth 0", maze{"start": dark{"start"}}, 0, Unknown, nil},
		{"no list further on: unknown too", maze{
			"start": place{name: "start", to: []string{"cave"}}, "cave": dark{"cave"},
		}, 0, Unknown, nil},
		{"an action that its own rules refuse: told, not counted as a loss", maze{
			"start": place{name: "start", to: []string{"nowhere"}},
		}, 0, Unknown, env.ErrIllegal},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := Rollout{Env: row.maze, Count: 3, Depth: row.depth}
			got, usage, err := c.Evaluate(t.Context(), row.maze["start"], nil)
			if !errors.Is(err, row.err) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if !row.want.Unknown {
				row.want.Note = "3 random roll-outs"
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			if !usage.IsZero() {
				t.Errorf("usage %+v, want none: no model is asked", usage)
			}
		})
	}
}

// drawMaze makes a random tree of places, for one or two players.
func drawMaze(t *rapid.T) maze {
	m := maze{}
	two := rapid.Bool().Draw(t, "two players")
	var grow func(name string, depth int)
	grow = func(name string, depth int) {
		p := place{name: name, over: depth == 0 || rapid.IntRange(0, 3).Draw(t, "ends") == 0}
		if p.over {
			p.reward = rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "reward")
		} else {
			for i := range rapid.IntRange(1, 3).Draw(t, "actions") {
				next := fmt.Sprintf("%s.%d", name, i)
				p.to = append(p.to, next)
				grow(next, depth-1)
			}
		}
		m[name] = p
		if two {
			m[name] = turn{p, rapid.IntRange(0, 1).Draw(t, "mover")} // a player may move twice
		}
	}
	grow("start", 4)
	return m
}

// Many roll-outs come to the exact mean reward of random play.
func TestRolloutMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMaze(t)
		const count = 2000
		c := Rollout{Env: m, Seed: rapid.Uint64().Draw(t, "seed"), Count: count}
		got, _, err := c.Evaluate(context.Background(), m["start"], nil)
		if err != nil {
			t.Fatal(err)
		}
		// Rewards deviate by 0.5 at most; six deviations of the mean never occur.
		if want := m.mean(m["start"]); math.Abs(got.Mean-want) > 6*0.5/math.Sqrt(count) {
			t.Fatalf("mean %v of %d roll-outs, exactly %v", got.Mean, count, want)
		}
	})
}

// The value of a state is the same in any order and from any goroutine: else
// the same seed would not give the same tree.
func TestRolloutDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMaze(t)
		c := Rollout{Env: m, Seed: rapid.Uint64().Draw(t, "seed"), Count: 3}
		want := map[string]env.Value{}
		for name, s := range m {
			v, _, err := c.Evaluate(context.Background(), s, nil)
			if err != nil {
				t.Fatal(err)
			}
			want[name] = v
		}
		got := map[string]env.Value{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for name, s := range m { // in another order, all at once
			wg.Go(func() {
				v, _, _ := c.Evaluate(context.Background(), s, env.Path{{Action: "another way"}})
				mu.Lock()
				defer mu.Unlock()
				got[name] = v
			})
		}
		wg.Wait()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("values one by one and all at once (-one +all):\n%s", diff)
		}
	})
}

// Seeds and states give different games, or a count of roll-outs is one.
func TestRolloutSeeds(t *testing.T) {
	coin := maze{"win": place{name: "win", over: true, reward: 1}, "loss": place{name: "loss", over: true}}
	values := func(at func(i int) (seed uint64, name string)) map[float64]int {
		out := map[float64]int{}
		for i := range 100 {
			seed, name := at(i)
			s := place{name: name, to: []string{"win", "loss"}}
			v, _, err := Rollout{Env: coin, Seed: seed}.Evaluate(t.Context(), s, nil)
			if err != nil {
				t.Fatal(err)
			}
			out[v.Mean]++
		}
		return out
	}
	for name, got := range map[string]map[float64]int{
		"100 seeds":  values(func(i int) (uint64, string) { return uint64(i), "start" }),
		"100 states": values(func(i int) (uint64, string) { return 1, fmt.Sprint(i) }),
	} {
		if got[0]+got[1] != 100 || got[0] < 25 || got[1] < 25 {
			t.Errorf("%s: values %v of a fair coin", name, got)
		}
	}
}

// A roll-out that finds no end stops with its context.
func TestRolloutCancel(t *testing.T) {
	circle := maze{"start": place{name: "start", to: []string{"start"}}}
	c := Rollout{Env: circle, Depth: math.MaxInt}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	begun := time.Now()
	got, _, err := c.Evaluate(ctx, circle["start"], nil)
	if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || !got.Unknown || took > 120*time.Millisecond {
		t.Errorf("value %v, error %v after %v; want unknown and the deadline within 100 ms of it", got, err, took)
	}
	// The default depth ends it without a context.
	if got, _, err := (Rollout{Env: circle}).Evaluate(t.Context(), circle["start"], nil); err != nil || got.Unknown || got.Mean != 0 {
		t.Errorf("value %v, error %v; want 0 for a game that does not end", got, err)
	}
}
