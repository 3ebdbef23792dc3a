package play_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/play"
)

// The engine never loses a game of tic-tac-toe.
func TestEngineNeverLoses(t *testing.T) {
	for i := range 50 {
		g := at(t, noughts, "start")
		engine := play.Engine(noughts.Env, play.Budget{Simulations: 1000, Seed: uint64(i)})
		players := []play.Player{engine, &random{env.Rand(i)}}
		seat := i % 2
		if seat == 1 {
			players[0], players[1] = players[1], players[0]
		}
		m := play.NewMatch(g, players[0], players[1], nil)
		for {
			if _, over := g.End(); over {
				break
			}
			if _, err := m.Reply(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		end, _ := g.End()
		if winner, won := end.Winner(); won && winner != seat {
			t.Errorf("game %d, %v, was lost", i, g.Moves())
		}
	}
}

func TestTactics(t *testing.T) {
	tests := []struct {
		reason     string
		game       func(testing.TB) *play.Game
		want       string
		proof      play.Proof
		wantsProof bool
	}{
		{"mate in one", func(t testing.TB) *play.Game { return at(t, noughts, "XX./OO./...") }, "3", play.Proof{Known: true, Value: 1, Plies: 1}, true},
		{"a row is blocked", func(t testing.TB) *play.Game { return at(t, noughts, "XX./O../...") }, "3", play.Proof{}, false},
		{"mate in one by the second player", func(t testing.TB) *play.Game { return at(t, noughts, "XX./OO./X..") }, "6", play.Proof{Known: true, Value: 1, Plies: 1}, true},
		{"four in a row", func(t testing.TB) *play.Game { return at(t, four, "121212") }, "1", play.Proof{Known: true, Value: 1, Plies: 1}, true},
		{"three in a row are blocked", func(t testing.TB) *play.Game { return at(t, four, "12121") }, "1", play.Proof{}, false},
		{"a win in five plies", func(t testing.TB) *play.Game { return at(t, noughts, "XO./.../...") }, "", play.Proof{Known: true, Value: 1, Plies: 5}, true},
		{"who loses holds out", func(t testing.TB) *play.Game { return at(t, noughts, "XO./.X./...") }, "9", play.Proof{Known: true, Value: 0, Plies: 4}, true},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			g := tt.game(t)
			x := think(t, play.Engine(g.Problem().Env, play.Budget{Simulations: 5000, Seed: 3}), g)
			if tt.want != "" && x.Best != tt.want {
				t.Errorf("it plays %s, not %s: %+v", x.Best, tt.want, x.Moves)
			}
			if tt.wantsProof {
				if diff := cmp.Diff(tt.proof, x.Proof); diff != "" {
					t.Errorf("the proof (-want +got):\n%s", diff)
				}
				if len(x.Line) != x.Proof.Plies {
					t.Errorf("the line %v has not %d moves", x.Line, x.Proof.Plies)
				}
			}
		})
	}
}

// What is won is won in no more moves than was said.
func TestWinsInTime(t *testing.T) {
	for seed := range uint64(5) {
		g := at(t, noughts, "XO./.../...")
		m := play.NewMatch(g, play.Engine(noughts.Env, play.Budget{Simulations: 3000, Seed: seed}), &random{env.Rand(seed)}, nil)
		first, err := m.Reply(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, over := g.End(); over {
				break
			}
			if _, err := m.Reply(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if winner, won := mustEnd(t, g).Winner(); !won || winner != 0 || g.Ply() > first.Proof.Plies {
			t.Errorf("seed %d: won in %d plies at most, it said, and the game was %v", seed, first.Proof.Plies, g.Moves())
		}
	}
}

func mustEnd(t testing.TB, g *play.Game) play.End {
	t.Helper()
	end, over := g.End()
	if !over {
		t.Fatal("the game is not over")
	}
	return end
}

// In whatever position, after whatever moves and take-backs, what the engine says
// is sound; and it says the same as one that came there for the first time, if it
// had to begin anew.
func TestThoughts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SampledFrom([]string{"noughts", "four"}).Draw(rt, "game")
		problem := map[string]func() *play.Game{
			"noughts": func() *play.Game { return at(t, noughts, "start") }, "four": func() *play.Game { return at(t, four, "4435") },
		}[p]
		g := problem()
		budget := play.Budget{Simulations: rapid.IntRange(1, 600).Draw(rt, "simulations"), Seed: rapid.Uint64().Draw(rt, "seed")}
		engine := play.Engine(g.Problem().Env, budget)
		asked := 0 // the ply that the engine stands at
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			if _, over := g.End(); over || g.Ply() > 0 && rapid.IntRange(0, 4).Draw(rt, "what") == 0 {
				if err := g.Back(rapid.IntRange(1, g.Ply()).Draw(rt, "back")); err != nil {
					rt.Fatal(err)
				}
				fresh := play.Engine(g.Problem().Env, budget)
				if diff := cmp.Diff(think(t, fresh, g), think(t, engine, g)); g.Ply() < asked && diff != "" {
					rt.Fatalf("after a take-back (-anew +engine):\n%s", diff)
				}
			}
			x := think(t, engine, g)
			asked = g.Ply()
			if diff := cmp.Diff(x, think(t, engine, g)); diff != "" {
				rt.Fatalf("asked twice (-first +second):\n%s", diff)
			}
			actions, _ := g.Actions()
			makeMoves(t, g, rapid.SampledFrom(actions).Draw(rt, "move"))
		}
	})
}

// The tree is kept from move to move.
func TestTreeIsKept(t *testing.T) {
	g := at(t, four, "start")
	engine := play.Engine(four.Env, play.Budget{Simulations: 2000, Seed: 1})
	first := think(t, engine, g)
	makeMoves(t, g, first.Line[:2]...)
	second := think(t, engine, g)
	if first.Simulations != 2000 || second.Simulations <= 2000 {
		t.Errorf("%d simulations, then %d: nothing was kept", first.Simulations, second.Simulations)
	}
	if first.Reason != "simulations" {
		t.Errorf("the search ended for %q", first.Reason)
	}
}

// A tree may not grow without bound, and there is room for it at every move.
func TestMemory(t *testing.T) {
	g := at(t, four, "start")
	engine := play.Engine(four.Env, play.Budget{Simulations: 1 << 30, Memory: 4 << 20, Seed: 1})
	for range 4 {
		x := think(t, engine, g)
		if x.Reason != "memory" || x.Simulations < 1000 {
			t.Errorf("the search ended for %q after %d simulations", x.Reason, x.Simulations)
		}
		makeMoves(t, g, x.Best)
	}
}

func TestTime(t *testing.T) {
	g := at(t, four, "start")
	begun := time.Now()
	x := think(t, play.Engine(four.Env, play.Budget{Time: 50 * time.Millisecond}), g)
	if x.Reason != "time" || x.Simulations < 1 {
		t.Errorf("it ended for %q after %d simulations", x.Reason, x.Simulations)
	}
	if d := time.Since(begun); d < 50*time.Millisecond {
		t.Errorf("it took %v", d)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := play.Engine(four.Env, play.Budget{Simulations: 1 << 30}).Think(ctx, g, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("told to stop, it says %v", err)
	}
}

// The same seed and simulations make the same game, thoughts included.
func TestSameSeedSameGame(t *testing.T) {
	run := func() string {
		g := at(t, four, "start")
		a := play.Engine(four.Env, play.Budget{Simulations: 300, Seed: 5})
		b := play.Engine(four.Env, play.Budget{Simulations: 200, Seed: 6})
		m := play.NewMatch(g, a, b, nil)
		said := ""
		for {
			if _, over := g.End(); over {
				return said
			}
			x, err := m.Reply(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			said += fmt.Sprintf("%+v\n", *x)
		}
	}
	if diff := cmp.Diff(run(), run()); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

// The events of a thought tell of its tree.
func TestEventsOfAThought(t *testing.T) {
	for _, p := range []struct {
		name string
		game *play.Game
	}{{"positions", at(t, four, "start")}, {"steps", at(t, make24, make24.Text)}} {
		t.Run(p.name, func(t *testing.T) {
			x := think(t, play.Engine(p.game.Problem().Env, play.Budget{Simulations: 500, Tree: 50, Seed: 1}), p.game)
			if len(x.Events) < 3 || x.Events[0].Started == nil || x.Events[len(x.Events)-1].Ended == nil {
				t.Fatalf("%d events", len(x.Events))
			}
			edges := map[int32]event.Edge{}
			for i, e := range x.Events {
				if e.Seq != i+1 {
					t.Errorf("event %d has the number %d", i+1, e.Seq)
				}
				if e.Grown != nil {
					for _, edge := range e.Grown.Edges {
						edges[edge.ID] = edge
					}
				}
			}
			for i, id := range x.Events[len(x.Events)-1].Ended.Line {
				if edges[id].Action != x.Line[i] {
					t.Errorf("move %d of the line is %q in the events, and %q", i, edges[id].Action, x.Line[i])
				}
			}
			if len(x.Events[len(x.Events)-1].Ended.Line) == 0 {
				t.Error("the events don't tell of the line")
			}
		})
	}
}
