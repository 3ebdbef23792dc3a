package expand_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/expand"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prompt"
)

// drawAuthor makes a model that writes some of the lines, cut into tokens at
// random, but each line always in the same way.
func drawAuthor(t *rapid.T, lines []string) (m *author, bytes bool) {
	m = &author{
		lines: map[string]float64{}, tokens: byByte, start: "s\n",
		hideStop: rapid.Bool().Draw(t, "hide the stop text"),
	}
	for _, l := range lines {
		m.lines[l] = rapid.Float64Range(0.001, 1).Draw(t, "weight of "+l)
	}
	if rapid.Bool().Draw(t, "bytes") {
		return m, true
	}
	cuts := map[string][]string{}
	for _, l := range lines {
		rest := l + "\n"
		for rest != "" {
			n := rapid.IntRange(1, len(rest)).Draw(t, "token")
			cuts[l+"\n"] = append(cuts[l+"\n"], rest[:n])
			rest = rest[n:]
		}
	}
	m.tokens = func(line string) []string { return cuts[line] }
	return m, false
}

func drawLines(t *rapid.T, name string) []string {
	return rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c]{1,4}`), 2, 10, rapid.ID[string]).Draw(t, name)
}

// With enough calls the prior of every action is its exact probability.
func TestBranchExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		actions := drawLines(t, "actions")
		m, _ := drawAuthor(t, actions)
		p := expand.Branch{Model: m, Style: prompt.Line{}, Least: 1e-12}
		got, _, err := p.Propose(context.Background(), among(actions...), nil, 1000)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]float64{}
		for _, a := range actions {
			want[a] = m.lines[a] / total(m.lines)
		}
		if diff := cmp.Diff(want, share(got), near); diff != "" {
			t.Fatalf("asked %q; priors (-want +got):\n%s", m.asked, diff)
		}
	})
}

// One call tells the mass behind each first token, whatever it is cut into.
func TestBranchFirstToken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		actions := drawLines(t, "actions")
		m, _ := drawAuthor(t, actions)
		m.tokens = byByte
		got, usage, err := expand.Branch{Model: m, Style: prompt.Line{}}.Propose(context.Background(), among(actions...), nil, 1)
		if err != nil || usage.Calls != 1 {
			t.Fatalf("%d calls, error %v; want 1 and none", usage.Calls, err)
		}
		want, have := map[string]float64{}, map[string]float64{}
		for a, p := range share(got) {
			want[a[:1]] += m.lines[a] / total(m.lines)
			have[a[:1]] += p
		}
		if diff := cmp.Diff(want, have, near); diff != "" {
			t.Fatalf("mass by first token (-want +got):\n%s", diff)
		}
	})
}

// Whatever the model writes: no call is wasted, no candidate comes twice, no
// action is lost, and no mass is made of nothing.
func TestBranchThrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		actions := drawLines(t, "actions")
		m, bytes := drawAuthor(t, drawLines(t, "lines of the model"))
		k := rapid.IntRange(1, 8).Draw(t, "k")
		least := rapid.SampledFrom([]float64{0, 0.001, 0.2}).Draw(t, "least")
		got, usage, err := expand.Branch{Model: m, Style: prompt.Line{}, Least: least}.Propose(context.Background(), among(actions...), nil, k)
		if err != nil {
			t.Fatal(err)
		}
		if usage.Calls > k || usage.Calls != len(m.asked) {
			t.Fatalf("%d calls counted, %d made, %d allowed", usage.Calls, len(m.asked), k)
		}
		if least == 0 {
			least = 0.02
		}
		for i, prefix := range m.asked {
			if slices.Contains(m.asked[:i], prefix) {
				t.Fatalf("prefix %q was asked for twice: %q", prefix, m.asked)
			}
			if i == 0 {
				continue
			}
			mass, before := m.mass(prefix), m.mass(m.asked[i-1])
			if mass < least-1e-9 {
				t.Fatalf("%q with mass %v was asked for in %q, at least %v is worth a call", prefix, mass, m.asked, least)
			}
			// Longer tokens may come to a prefix also by ways seen only later.
			if bytes && mass > before+1e-9 {
				t.Fatalf("%q with mass %v was asked for behind mass %v in %q", prefix, mass, before, m.asked)
			}
		}
		seen, sum := map[string]bool{}, 0.0
		for i, c := range got {
			if i < len(actions) && c.Action != actions[i] {
				t.Fatalf("candidate %d is %q, want the actions first and in order", i, c.Action)
			}
			if seen[c.Action] || math.IsInf(c.LogPrior, 0) || math.IsNaN(c.LogPrior) {
				t.Fatalf("candidate %q comes twice or has log-prior %v", c.Action, c.LogPrior)
			}
			seen[c.Action] = true
			sum += math.Exp(c.LogPrior)
		}
		if len(got) < len(actions) || sum > 1+1e-6 {
			t.Fatalf("%d candidates for %d actions, with %v of mass", len(got), len(actions), sum)
		}
	})
}

// noise answers anything at all.
type noise struct{ t *rapid.T }

func (m noise) Generate(context.Context, llm.Request) (llm.Completion, error) {
	text := rapid.OneOf(rapid.StringMatching("[a-c \n*`]{0,3}"), rapid.String())
	alt := rapid.Custom(func(t *rapid.T) llm.Alternative {
		return llm.Alternative{Text: text.Draw(t, "text"), Logprob: rapid.OneOf(
			rapid.Float64Range(-40, 0), rapid.SampledFrom([]float64{math.NaN(), math.Inf(-1), 0, -1e300}),
		).Draw(t, "logprob")}
	})
	token := rapid.Custom(func(t *rapid.T) llm.Token {
		return llm.Token{Alternative: alt.Draw(t, "token"), Top: rapid.SliceOfN(alt, 0, 4).Draw(t, "top")}
	})
	c := llm.Completion{
		Text:   text.Draw(m.t, "completion"),
		Tokens: rapid.SliceOfN(token, 0, 4).Draw(m.t, "tokens"),
		Stop:   rapid.SampledFrom([]llm.StopReason{llm.Stop, llm.Length}).Draw(m.t, "stop"),
	}
	if rapid.Bool().Draw(m.t, "the text is that of the tokens") {
		var b strings.Builder
		for _, tok := range c.Tokens {
			b.WriteString(tok.Text)
		}
		c.Text = b.String()
	}
	return c, nil
}

// A broken server may cost calls, but never an action or a prior that is no
// number.
func TestBrokenModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := among(drawLines(t, "actions")...)
		for _, p := range []mcts.Policy{
			expand.Branch{Model: noise{t}, Style: prompt.Line{}},
			expand.Label{Model: noise{t}, Style: prompt.Line{}},
		} {
			got, usage, err := p.Propose(context.Background(), s, nil, 4)
			if err != nil || usage.Calls > 4 || len(got) < len(s.actions) {
				t.Fatalf("%T: %d candidates for %d actions, %d calls, error %v", p, len(got), len(s.actions), usage.Calls, err)
			}
			for i, c := range got {
				if i < len(s.actions) && c.Action != s.actions[i] || math.IsInf(c.LogPrior, 0) || math.IsNaN(c.LogPrior) {
					t.Fatalf("%T: candidate %d is %q with log-prior %v", p, i, c.Action, c.LogPrior)
				}
			}
		}
	})
}

func total(lines map[string]float64) float64 {
	sum := 0.0
	for _, p := range lines {
		sum += p
	}
	return sum
}
