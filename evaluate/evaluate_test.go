package evaluate

import (
	"errors"
	"math"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

var errDown = errors.New("server down")

func TestTerminal(t *testing.T) {
	rows := []struct {
		name string
		s    env.State
		want env.Value
	}{
		{"won: the rules' word", place{over: true, reward: 1}, env.Value{Mean: 1}},
		{"lost: 0 is a value, not the lack of one", place{over: true}, env.Value{}},
		{"not over: unknown, never 0.5", place{reward: 1}, Unknown},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, usage, err := Terminal{}.Evaluate(t.Context(), row.s, nil)
			if diff := cmp.Diff(row.want, got); diff != "" || err != nil || !usage.IsZero() {
				t.Errorf("usage %+v, error %v, value (-want +got):\n%s", usage, err, diff)
			}
		})
	}
}

func TestChain(t *testing.T) {
	known := func(v float64) *fixed { return newFixed(map[string]env.Value{"s": {Mean: v}}) }
	silent := func() *fixed { return newFixed(map[string]env.Value{"s": Unknown}) }
	broken := func() *fixed {
		f := silent()
		f.err = errDown
		return f
	}
	rows := []struct {
		name  string
		chain []*fixed
		want  env.Value
		calls int // made and counted; the critics behind are not asked
		err   error
	}{
		{"the first that knows decides: the others cost nothing", []*fixed{known(0.2), known(0.9)}, env.Value{Mean: 0.2}, 1, nil},
		{"unknown falls back to the next, and both are paid", []*fixed{silent(), known(0.9), known(0.1)}, env.Value{Mean: 0.9}, 2, nil},
		{"a value of 0 is known: it ends the chain", []*fixed{known(0), known(0.9)}, env.Value{}, 1, nil},
		{"nobody knows: unknown, and all are paid", []*fixed{silent(), silent()}, Unknown, 2, nil},
		{"no critic: unknown", nil, Unknown, 0, nil},
		{"an error ends the chain: a fallback would hide it", []*fixed{silent(), broken(), known(0.9)}, Unknown, 2, errDown},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var chain Chain
			for _, c := range row.chain {
				chain = append(chain, c)
			}
			got, usage, err := chain.Evaluate(t.Context(), place{name: "s"}, nil)
			if !errors.Is(err, row.err) {
				t.Errorf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(env.Usage{Calls: row.calls, PromptTokens: 3 * row.calls}, usage); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
			for i, c := range row.chain {
				if asked := len(c.asked); (asked > 0) != (i < row.calls) {
					t.Errorf("critic %d was asked %d times, of a chain that stops after %d", i, asked, row.calls)
				}
			}
		})
	}
}

func TestYesNo(t *testing.T) {
	nan := first("yes", 0.9, "no", 0.1)
	nan.Tokens[0].Top[1].Logprob = math.NaN()
	noTop := bare("No")
	noTop.Tokens = []llm.Token{{Alternative: llm.Alternative{Text: "No", Logprob: -0.1}}}
	rows := []struct {
		name  string
		reply llm.Completion
		want  float64 // NaN for unknown
	}{
		{"yes and no: their ratio", first("yes", 0.6, "no", 0.2, "maybe", 0.2), 0.75},
		{"case and spacing: variants add up", first("Yes", 0.2, " yes", 0.1, "YES", 0.1, " Yes\n", 0.05, "No", 0.1, " NO.", 0.05), 0.75},
		{"letters: a model of bytes begins a word with one", first("y", 0.3, "Y", 0.3, "n", 0.2), 0.75},
		{"half a word: it can only become that word", first("ye", 0.6, "No", 0.2), 0.75},
		{"only no is left among the reported: 0", first("No", 0.9, "Maybe", 0.1), 0},
		{"only yes is left among the reported: 1", first("Yes", 0.9, "Maybe", 0.1), 1},
		{"another word first, yes and no behind it: they are still heard", first("On", 0.7, "Yes", 0.15, "No", 0.05), 0.75},
		{"longer words: they only begin like yes and no", first("yesterday", 0.4, "nope", 0.2, "none", 0.2, "not", 0.1, "yes", 0.06, "no", 0.02), 0.75},
		{"blank tokens: they begin every word and say nothing", first(" ", 0.5, "", 0.2, "\n", 0.1, "\"", 0.1, "yes", 0.06, "no", 0.02), 0.75},
		{"digits: a scale is no answer", first("9", 0.6, "1", 0.3, "10", 0.1), math.NaN()},
		{"only other words", first("On", 0.9, "The", 0.1), math.NaN()},
		{"only a trace of yes and no: a ratio of noise", first("<think>", 0.99, "yes", 0.006, "no", 0.001), math.NaN()},
		{"a probability that is no number", nan, math.NaN()},

		{"no log-probabilities, yes: sure, not certain", bare("Yes."), 0.9},
		{"no log-probabilities, no", bare(" **no**\n"), 0.1},
		{"no log-probabilities, one letter", bare("Y"), 0.9},
		{"no alternatives: only the word is known", noTop, 0.1},
		{"no log-probabilities, a scale: neither 1 nor 9 nor yes", bare("On a scale of 1 to 10 I give it 9"), math.NaN()},
		{"a number", bare("1"), math.NaN()},
		{"nope is not no", bare("nope"), math.NaN()},
		{"yesterday is not yes", bare("yesterday"), math.NaN()},
		{"not sure is not no", bare("not sure"), math.NaN()},
		{"yes and no in one text", bare("yes or no"), math.NaN()},
		{"nothing", bare(""), math.NaN()},
		{"only decoration", bare("**\"\"**"), math.NaN()},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m := &voice{reply: row.reply}
			got, usage, err := YesNo{Model: m, Style: prompt.Line{}}.Evaluate(t.Context(), place{name: "s"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := env.Value{Mean: row.want, Note: got.Note}
			cost := env.Usage{Calls: 1, PromptTokens: 7, CompletionTokens: 1}
			if math.IsNaN(row.want) {
				want, cost.Unparsed = Unknown, 1
			}
			if diff := cmp.Diff(want, got, near); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(cost, usage); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
			if !got.Unknown && !strings.HasPrefix(got.Note, "yes 0.") {
				t.Errorf("note %q does not say what was heard", got.Note)
			}
		})
	}
}

func TestYesNoRequest(t *testing.T) {
	m := &voice{reply: first("yes", 1.0)}
	if _, _, err := (YesNo{Model: m, Style: prompt.Line{}}).Evaluate(t.Context(), place{name: "s"}, nil); err != nil {
		t.Fatal(err)
	}
	want := prompt.Line{}.Judge(place{name: "s"})
	want.Logprobs, want.TopLogprobs = true, 20
	if diff := cmp.Diff([]llm.Request{want}, m.asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	got, usage, err := YesNo{Model: &voice{err: errDown}, Style: prompt.Line{}}.Evaluate(t.Context(), place{name: "s"}, nil)
	if !errors.Is(err, errDown) || !got.Unknown || !usage.IsZero() {
		t.Errorf("value %v, usage %+v, error %v; want a failed call to be told, and no value made of it", got, usage, err)
	}
}

// Whatever a model says, a mass comes of the words yes and no only.
func FuzzMasses(f *testing.F) {
	for _, s := range []string{"Yes", " no.", "nope", "yesterday", "1", "", "\xff", "K", "N/A"} {
		f.Add(s, "no", -0.1, -2.0)
	}
	f.Fuzz(func(t *testing.T, text, other string, p, q float64) {
		means := func(text string) string {
			letters := strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) {
					return unicode.ToLower(r)
				}
				return -1
			}, text)
			switch letters {
			case "y", "ye", "yes":
				return "yes"
			case "n", "no":
				return "no"
			}
			return ""
		}
		alts := []llm.Alternative{{Text: text, Logprob: p}, {Text: other, Logprob: q}}
		for _, c := range []llm.Completion{
			{Text: text},
			{Text: text, Tokens: []llm.Token{{Alternative: alts[0], Top: alts}}},
		} {
			yes, no := masses(c)
			if yes < 0 || no < 0 {
				t.Fatalf("%+v: yes %v, no %v", c, yes, no)
			}
			words := []string{means(text)}
			if len(c.Tokens) > 0 {
				words = append(words, means(other))
			}
			said := strings.Join(words, " ")
			if len(c.Tokens) > 0 && (yes > 0 && !strings.Contains(said, "yes") || no > 0 && !strings.Contains(said, "no")) ||
				yes+no > 0 && strings.TrimSpace(said) == "" {
				t.Fatalf("%q, %q: yes %v, no %v", text, other, yes, no)
			}
		}
	})
}
