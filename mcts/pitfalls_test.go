package mcts

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// Bugs that similar programs have had, by their number in the project's list.
// Those with a home elsewhere in this package: 03 and 09 in complete_test.go,
// 08 and 10 in flight_test.go, 11 in line_test.go, 12, 17 and 23 in
// failure_test.go and flight_test.go, 26 in driver_test.go.

func TestPitfall01MeansAreNotDividedTwice(t *testing.T) {
	w := twoWays(t, Options{Simulations: 200})
	for {
		job, status := w.Next()
		if status == Done {
			break
		}
		feed(t, w, job, 0.75, 0.5, 0.5)
	}
	first := w.tree.At(w.root, 0)
	if n, q := w.tree.EdgeN(first), w.tree.EdgeQ(first); n < 50 || q != 0.75 {
		t.Errorf("after %d visits that were all worth 0.75 the mean is %g", n, q)
	}
}

func TestPitfall02PriorsStayWithTheirStepsAfterAFilter(t *testing.T) {
	g := &graph{open: true, vertices: []vertex{{to: []int{1, 2}}, {}, {}}}
	policy := &scripted{cands: []env.Candidate{
		{Action: "illegal", LogPrior: math.Log(0.6)}, {Action: "1", LogPrior: math.Log(0.1)},
		{Action: "illegal too", LogPrior: math.Log(0.1)}, {Action: "0", LogPrior: math.Log(0.2)},
	}}
	w := start(t, g.state(0), Options{})
	job, _ := w.Next()
	finish(t, w, &Worker{Env: g, Policy: policy}, job)
	got := map[string]float64{}
	for e := range w.tree.Edges(w.root) {
		got[w.Action(e)+" to "+w.State(w.tree.Child(e)).Key()] = math.Round(w.tree.P(e)*1e6) / 1e6
	}
	if d := cmp.Diff(map[string]float64{"1 to 2": 0.333333, "0 to 1": 0.666667}, got); d != "" {
		t.Errorf("priors (-want +got):\n%s", d)
	}
}

// An unvisited step is neither lost nor won: it is tried when the visited ones
// turn out worse than the state had looked, and left when they turn out better.
func TestPitfall04UnvisitedIsNeitherZeroNorInfinite(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value float64 // of the first child
		want  string  // child of the second walk
	}{
		{"the first child is better than it looked: again", 1, ".a"},
		{"the first child is worse than it looked: the other", 0, ".b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := twoWays(t, Options{})
			for _, want := range []string{".a", tt.want} {
				job, _ := w.Next()
				if job.State.Key() != want {
					t.Errorf("the walk leads to %s, want %s", job.State, want)
				}
				feed(t, w, job, tt.value, 0.5, 0.5)
			}
		})
	}
}

func TestPitfall05SelectionGoesAllTheWayDown(t *testing.T) {
	w := twoWays(t, Options{Simulations: 300})
	deepest := 0
	for {
		job, status := w.Next()
		if status == Done {
			break
		}
		deepest = max(deepest, len(job.Path))
		feed(t, w, job, 0.5, 0.5, 0.5)
	}
	if deepest < 6 {
		t.Errorf("300 simulations of a tree of pairs went no deeper than %d", deepest)
	}
}

// No state is valued twice, asked for children twice, or worked on at all once
// it is over.
func TestPitfall06NothingIsDoneTwice(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				w := start(t, g.state(0), Options{Simulations: plenty})
				type task struct {
					kind Kind
					at   int
				}
				done := map[task]bool{}
				for {
					job, status := w.Next()
					if status == Done {
						break
					}
					what := task{job.Kind, placeOf(job.State)}
					if done[what] || g.vertices[what.at].over {
						t.Fatalf("a job of kind %d for %s, which had one or is over", job.Kind, job.State)
					}
					done[what] = true
					finish(t, w, g.worker(dice(t, 2) == 0), job)
				}
			})
		})
	}
}

// judge is an environment that knows the answer, and must not be asked.
type judge struct {
	*graph
	asked *int
}

func (j judge) Verify(context.Context, string, string) error {
	*j.asked++
	return nil
}

func TestPitfall07NoGroundTruthInTheSearch(t *testing.T) {
	g := &graph{vertices: []vertex{{to: []int{1, 2}}, {to: []int{3}}, {over: true}, {over: true, reward: 1}}}
	asked := 0
	w := start(t, g.state(0), Options{})
	drive(t, w, &Worker{Env: judge{g, &asked}, Policy: g, Critic: g})
	if asked != 0 || w.Outcome() != StatusSolved {
		t.Errorf("%s, and the judge was asked %d times", w.Outcome(), asked)
	}
}

// A state that many steps lead to is one node, wherever it turns up.
func TestPitfall09OneNodePerState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, shape{size: 30, circles: dice(t, 2) == 0, partial: true})
		w := start(t, g.state(0), Options{Simulations: plenty})
		drive(t, w, g.worker(true))
		seen := map[string]bool{}
		for _, st := range w.states {
			if seen[st.Key()] {
				t.Fatalf("%s has two nodes", st)
			}
			seen[st.Key()] = true
		}
	})
}

// A simulation looks at the edges along its own way and at no others, however
// large the tree.
func TestPitfall10WorkDoesNotGrowWithTheTree(t *testing.T) {
	counted := &counting{}
	w := start(t, endless("."), Options{Rule: Scored(counted.score), Simulations: 3000})
	for {
		counted.scores = 0
		job, status := w.Next()
		if status == Done {
			break
		}
		if counted.scores != 3*len(job.Path) {
			t.Fatalf("%d scores for a way of %d steps with 3 edges each", counted.scores, len(job.Path))
		}
		feed(t, w, job, 0.5, 1, 1, 1)
	}
}

// Workers share the states of jobs: the same job worked on at once by many
// gives them all the same.
func TestPitfall18StatesAreShared(t *testing.T) {
	w := start(t, emptyBoard, Options{})
	job, _ := w.Next()
	worker := &Worker{Env: tictactoe{}, Policy: tictactoe{}, Critic: rollout{}}
	results := make([]Expansion, 8)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i], _ = worker.Do(context.Background(), job) })
	}
	wg.Wait()
	for i := range results {
		if d := cmp.Diff(results[0], results[i]); d != "" || len(results[i].Children) != 9 {
			t.Errorf("worker %d (-first +this):\n%s", i, d)
		}
	}
	w.Abandon(job, nil, env.Usage{})
}

// Two searches that take turns go the same way as each of them alone.
func TestPitfall19SearchesDoNotMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var alone, together [2]*watched
		var graphs [2]*graph
		for i := range graphs {
			graphs[i] = drawGraph(t, shape{size: 20, partial: true})
			alone[i] = start(t, graphs[i].state(0), Options{Simulations: plenty})
			drive(t, alone[i], graphs[i].worker(true))
			together[i] = start(t, graphs[i].state(0), Options{Simulations: plenty})
		}
		for ended := 0; ended < 2; {
			ended = 0
			for i, w := range together {
				job, status := w.Next()
				if status == Done {
					ended++
					continue
				}
				finish(t, w, graphs[i].worker(true), job)
			}
		}
		for i := range alone {
			if d := cmp.Diff(logOf(t, alone[i]), logOf(t, together[i])); d != "" {
				t.Errorf("search %d (-alone +together):\n%s", i, d)
			}
		}
	})
}

// Priors are what the policy said, and stay that, whatever the values.
func TestPitfall20PriorsAreNotMadeOfScores(t *testing.T) {
	w := twoWays(t, Options{Simulations: 100})
	for {
		job, status := w.Next()
		if status == Done {
			break
		}
		feed(t, w, job, float64(len(job.Path)%2), 0.75, 0.25)
	}
	_, edges := w.tree.Len()
	for e := range nodes.Edge(edges) {
		if want := map[string]float64{"a": 0.75, "b": 0.25}[w.Action(e)]; w.tree.P(e) != want {
			t.Errorf("the prior of edge %d is %g, want %g", e, w.tree.P(e), want)
		}
	}
}

// twin is a state whose text says less than its key.
type twin struct{ text, key string }

func (s twin) String() string               { return s.text }
func (s twin) Key() string                  { return s.key }
func (s twin) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

func TestPitfall22StatesAreTheirKeys(t *testing.T) {
	w := start(t, twin{"root", "0"}, Options{})
	job, _ := w.Next()
	x := Expansion{Children: []Child{
		{"a", 1, twin{"same text", "1"}}, {"b", 1, twin{"same text", "2"}}, {"c", 1, twin{"other text", "1"}},
	}}
	if err := w.Complete(job, x); err != nil {
		t.Fatal(err)
	}
	if count, edges := w.tree.Len(); count != 3 || edges != 2 {
		t.Errorf("%d nodes and %d edges, want 3 and 2: equal texts are two states, equal keys one", count, edges)
	}
}

// What an environment says of the end is checked on every way into the tree,
// the look ahead of a worker included.
func TestPitfall03RewardsOfTheLookAheadAreChecked(t *testing.T) {
	for _, reward := range []float64{1.5, -1, math.NaN(), math.Inf(1), 100} {
		g := &graph{vertices: []vertex{{to: []int{1}}, {to: []int{2}}, {over: true, reward: reward}}}
		w := start(t, g.state(0), Options{})
		job, _ := w.Next()
		finish(t, w, g.worker(false), job)
		job, _ = w.Next()
		x, err := g.worker(false).Do(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Complete(job, x); !errors.Is(err, ErrValue) {
			t.Errorf("reward %g: Complete says %v, want %v", reward, err, ErrValue)
		}
	}
}

// The core imports a handful of packages, and no part of it but the Driver and the crew
// knows of time or goroutines.
func TestPitfall25CoreIsSmall(t *testing.T) {
	const own = "github.com/ponder-mcts/ponder/"
	allowed := map[string]string{
		"../nodes": "encoding/binary errors fmt hash/crc64 io iter math sync/atomic",
		".":        "bufio encoding/json errors fmt io iter maps math math/bits slices context " + own + "env " + own + "event " + own + "nodes",
	}
	for dir, list := range allowed {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s has %d files: %v", dir, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			driver := filepath.Base(name) == "driver.go" || filepath.Base(name) == "crew.go"
			for _, i := range file.Imports {
				path := strings.Trim(i.Path.Value, `"`)
				if !slices.Contains(strings.Fields(list), path) && !(driver && slices.Contains([]string{"time", "runtime", "sync", "sync/atomic"}, path)) {
					t.Errorf("%s imports %s", name, path)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if _, ok := n.(*ast.GoStmt); ok && !driver {
					t.Errorf("%s starts a goroutine", name)
				}
				return true
			})
		}
	}
}
