// Command measure says how good the embedded model is, on states that its
// training left out: how many of its steps are legal, and how well its critic
// tells states that can still reach the target from those that can't.
//
//	go run ./llm/tiny/measure
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/bench"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/tiny"
	"github.com/ponder-mcts/ponder/prompt"
)

// rules are those of the training: whole numbers from 0, all of them used.
var rules = countdown.Game{Integer: true, AllNumbers: true}

// judged is a state with its true label and the critic's value.
type judged struct {
	state    env.State
	solvable bool
	value    float64
}

func main() {
	each := flag.Int("states", 400, "states per level and label")
	seed := flag.Uint64("seed", 1, "seed of the draw")
	flag.Parse()
	if err := measure(context.Background(), *each, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, each int, seed uint64) error {
	m, err := tiny.Embedded()
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	var all []judged
	fmt.Println("| numbers | states | critic AUC | Brier | greedy steps legal | sampled steps legal |")
	fmt.Println("|---|---|---|---|---|---|")
	for level := 4; level >= 2; level-- {
		drawn, err := draw(ctx, rng, level, each)
		if err != nil {
			return err
		}
		if err := judge(ctx, m, drawn); err != nil {
			return err
		}
		greedy, err := legal(ctx, m, drawn, 0)
		if err != nil {
			return err
		}
		sampled, err := legal(ctx, m, drawn, 1)
		if err != nil {
			return err
		}
		fmt.Printf("| %d | %d | %.3f | %.3f | %.1f%% | %.1f%% |\n", level, len(drawn), auc(drawn), brier(drawn), 100*greedy, 100*sampled)
		all = append(all, drawn...)
	}
	fmt.Printf("| all | %d | %.3f | %.3f | | |\n\n", len(all), auc(all), brier(all))
	fmt.Println("| value said | states | really solvable |")
	fmt.Println("|---|---|---|")
	for bin := range 10 {
		n, yes := 0, 0
		for _, j := range all {
			if min(9, int(j.value*10)) == bin {
				n++
				if j.solvable {
					yes++
				}
			}
		}
		fmt.Printf("| %.1f to %.1f | %d | %.0f%% |\n", float64(bin)/10, float64(bin+1)/10, n, 100*float64(yes)/float64(max(1, n)))
	}
	return nil
}

// draw takes held-out states of a level at random, as many with a solution as
// without: four cards and a target from 10 to 60, and random legal steps.
func draw(ctx context.Context, rng *rand.Rand, level, each int) ([]judged, error) {
	var out []judged
	left := map[bool]int{true: each, false: each}
	for left[true]+left[false] > 0 {
		hand := []int{1 + rng.IntN(13), 1 + rng.IntN(13), 1 + rng.IntN(13), 1 + rng.IntN(13)}
		target := 10 + rng.IntN(51)
		s, err := rules.Start(ctx, fmt.Sprintf("%s = %d", strings.Trim(fmt.Sprint(hand), "[]"), target))
		for range 4 - level {
			if err != nil {
				return nil, err
			}
			actions := s.(env.Finite).Actions()
			s, err = rules.Step(ctx, s, actions[rng.IntN(len(actions))])
		}
		if err != nil {
			return nil, err
		}
		text, _, _ := strings.Cut(s.String(), " > ")
		if !bench.HeldOut(numbers(text), target) {
			continue
		}
		ok, err := bench.Solvable(ctx, rules, fmt.Sprintf("%s = %d", text, target))
		if err != nil {
			return nil, err
		}
		if left[ok] > 0 {
			left[ok]--
			out = append(out, judged{state: s, solvable: ok})
		}
	}
	return out, nil
}

func numbers(text string) []int {
	var out []int
	for f := range strings.FieldsSeq(text) {
		n, err := strconv.Atoi(f)
		if err != nil {
			return nil // never held out
		}
		out = append(out, n)
	}
	return out
}

func judge(ctx context.Context, m llm.Model, states []judged) error {
	critic := evaluate.YesNo{Model: m, Style: prompt.Line{}}
	for i := range states {
		v, _, err := critic.Evaluate(ctx, states[i].state, nil)
		if err != nil {
			return err
		}
		states[i].value = v.Mean
		if v.Unknown {
			states[i].value = 0.5
		}
	}
	return nil
}

// legal is the share of legal steps the model proposes in solvable states.
func legal(ctx context.Context, m llm.Model, states []judged, temperature float64) (float64, error) {
	said, ok := 0, 0
	for i, j := range states {
		if !j.solvable {
			continue
		}
		req := prompt.Line{}.Step(j.state)
		req.Temperature, req.Seed = temperature, i
		c, err := m.Generate(ctx, req)
		if err != nil {
			return 0, err
		}
		said++
		_, err = rules.Step(ctx, j.state, prompt.ReadStep(c.Text))
		switch {
		case err == nil:
			ok++
		case !errors.Is(err, env.ErrIllegal):
			return 0, err
		}
	}
	return float64(ok) / float64(said), nil
}

// auc is the probability that a solvable state gets a higher value than one
// without a solution; ties count half.
func auc(states []judged) float64 {
	sorted := slices.SortedFunc(slices.Values(states), func(a, b judged) int { return cmp.Compare(a.value, b.value) })
	below, won, yes := 0.0, 0.0, 0.0
	for i := 0; i < len(sorted); {
		j, no, pos := i, 0.0, 0.0
		for ; j < len(sorted) && sorted[j].value == sorted[i].value; j++ {
			if sorted[j].solvable {
				pos++
			} else {
				no++
			}
		}
		won += pos * (below + no/2)
		below += no
		yes += pos
		i = j
	}
	return won / (yes * below)
}

func brier(states []judged) float64 {
	sum := 0.0
	for _, j := range states {
		truth := 0.0
		if j.solvable {
			truth = 1
		}
		sum += math.Pow(j.value-truth, 2)
	}
	return sum / float64(len(states))
}
