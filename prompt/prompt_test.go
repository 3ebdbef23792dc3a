package prompt_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

var update = flag.Bool("update", false, "write the golden files anew")

// text is a state that reads as itself.
type text string

func (s text) String() string               { return string(s) }
func (s text) Key() string                  { return "key of " + string(s) }
func (s text) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

// mute is an environment that only makes states, rules one that also explains
// itself.
type mute struct{}

func (mute) Start(_ context.Context, problem string) (env.State, error) { return text(problem), nil }
func (mute) Step(_ context.Context, _ env.State, action string) (env.State, error) {
	return text(action), nil
}

type rules struct{ mute }

func (rules) Rules() string             { return "Make 24 of all the numbers." }
func (rules) Example() (string, string) { return "4 6 > 24", "4*6=24" }

var (
	styles = []struct {
		name string
		prompt.Style
	}{
		{"line", prompt.Line{}},
		{"chat", prompt.Chat{Env: rules{}}},
		{"chat-mute", prompt.Chat{Env: mute{}}},
	}
	labels, actions = []string{"A", "B"}, []string{"13-9=4", "9*10=90"}
)

// requests are all the requests of a style about one state.
func requests(s prompt.Style, state env.State) map[string]llm.Request {
	return map[string]llm.Request{
		"step": s.Step(state), "judge": s.Judge(state), "choose": s.Choose(state, labels, actions),
	}
}

// options are those that are set, so that a new one changes no golden file.
func options(req llm.Request) string {
	req.System, req.Prompt = "", ""
	var out strings.Builder
	for v, i := reflect.ValueOf(req), 0; i < v.NumField(); i++ {
		if !v.Field(i).IsZero() {
			fmt.Fprintf(&out, "%s %#v\n", v.Type().Field(i).Name, v.Field(i).Interface())
		}
	}
	return out.String()
}

// A changed prompt is another model: each one is kept as it was measured.
func TestGolden(t *testing.T) {
	for _, style := range styles {
		for name, req := range requests(style.Style, text("4 9 10 13 > 24")) {
			t.Run(style.name+" "+name, func(t *testing.T) {
				got := "--- system ---\n" + req.System + "\n--- prompt ---\n" + req.Prompt + "\n--- options ---\n" + options(req)
				path := filepath.Join("testdata", style.name+"-"+name+".golden")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatalf("%v (go test -update writes it)", err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// A chat about nothing in particular is not broken by it.
func TestChatWithoutEnvironment(t *testing.T) {
	about := text("4 9 10 13 > 24")
	if diff := cmp.Diff(requests(prompt.Chat{Env: mute{}}, about), requests(prompt.Chat{}, about)); diff != "" {
		t.Errorf("requests with an environment that says nothing, and with none (-mute +none):\n%s", diff)
	}
}

// A server reuses what it has read: the questions about one state differ only
// behind the state, and those about two states only from the state on.
func TestPrefixStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`[0-9]{1,3}( [0-9]{1,3}){0,5} > [0-9]{1,3}`)
		one, two := text(line.Draw(t, "state")), text(line.Draw(t, "another"))
		for _, style := range styles {
			about, other := requests(style.Style, one), requests(style.Style, two)
			before, _, found := strings.Cut(about["step"].Prompt, one.String())
			if !found {
				t.Fatalf("%s: the prompt %q does not hold the state", style.name, about["step"].Prompt)
			}
			for name, req := range about {
				if req.System != other[name].System || req.System != about["step"].System {
					t.Fatalf("%s: the system text changes with the question or the state", style.name)
				}
				if !strings.HasPrefix(req.Prompt, before+one.String()) || !strings.HasPrefix(other[name].Prompt, before+two.String()) {
					t.Fatalf("%s %s: %q and %q do not begin with %q and their state", style.name, name, req.Prompt, other[name].Prompt, before)
				}
				if strings.Contains(req.Prompt, "key of") {
					t.Fatalf("%s %s: the prompt holds the key, which no model can read", style.name, name)
				}
			}
		}
	})
}

func TestReadStep(t *testing.T) {
	rows := []struct{ name, reply, want string }{
		{"a bare step", "13-9=4", "13-9=4"},
		{"blanks around it", " \t13-9=4 \n", "13-9=4"},
		{"several lines: one step at a time", "13-9=4\n10-4=6\n", "13-9=4"},
		{"blank lines first: models like them", "\n \n\t\n13-9=4", "13-9=4"},
		{"line ends of two characters", "13-9=4\r\n10-4=6\r\n", "13-9=4"},
		{"line ends of the other character", "\r13-9=4\r10-4=6", "13-9=4"},
		{"a blank that is no ASCII", "\u00a013-9=4\u2003", "13-9=4"},

		{"a label", "Step: 13-9=4", "13-9=4"},
		{"a label in another case", "NEXT STEP: 13-9=4", "13-9=4"},
		{"a label without a blank", "answer:13-9=4", "13-9=4"},
		{"a numbered label", "Step 1: 13-9=4", "13-9=4"},
		{"a label of a label", "Answer: Step: 13-9=4", "13-9=4"},
		{"a label on a line of its own: the step comes next", "Step:\n13-9=4", "13-9=4"},
		{"a bold label", "**Step:** 13-9=4", "13-9=4"},
		{"a bold label and a bold step", "**Step**: **13-9=4**", "13-9=4"},
		{"a bold line", "**Step: 13-9=4**", "13-9=4"},
		{"a word that begins like a label", "Stepwise 13-9=4", "Stepwise 13-9=4"},
		{"a label further on belongs to the step", "take the next step: 13-9", "take the next step: 13-9"},

		{"a code span", "`13-9=4`", "13-9=4"},
		{"a code fence", "```\n13-9=4\n```", "13-9=4"},
		{"a code fence with a language: its name is no step", "```python\n13-9=4\n```", "13-9=4"},
		{"a code fence on one line", "```13-9=4```", "13-9=4"},
		{"a bullet", "- 13-9=4", "13-9=4"},
		{"a star", "* 13-9=4", "13-9=4"},
		{"a dot", "•  13-9=4", "13-9=4"},
		{"quotes", `"13-9=4"`, "13-9=4"},
		{"single quotes", "'13-9=4'", "13-9=4"},
		{"many layers", "- **Step:** \"`13-9=4`\"", "13-9=4"},

		{"a minus sign is no bullet", "-3+5=2", "-3+5=2"},
		{"a number is no bullet", "1. 5", "1. 5"},
		{"a prime at the end belongs to a name", "apply h'", "apply h'"},
		{"two primes, neither around the whole", "h' = g'", "h' = g'"},
		{"quotes inside", `print "hi"`, `print "hi"`},
		{"two quoted words are not one", `"a" + "b"`, `"a" + "b"`},
		{"a product is not emphasis", "2*3*4", "2*3*4"},
		{"emphasis at both ends, not around the whole", "*a* + *b*", "*a* + *b*"},
		{"an underscore belongs to a name", "_x_", "_x_"},

		{"nothing", "", ""},
		{"only blanks", " \r\n\t\n", ""},
		{"only decoration", "**``**\n\"\"\n```\n```", ""},
		{"a rule across the page is no step", "***\n---\n- - -\n13-9=4", "13-9=4"},
		{"only a label", "Step:", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := prompt.ReadStep(row.reply); got != row.want {
				t.Errorf("ReadStep(%q) = %q, want %q", row.reply, got, row.want)
			}
		})
	}
}

// A model that runs in a circle must not stop the search: peeling a long line
// layer by layer copies none of it.
func TestReadStepLong(t *testing.T) {
	for _, circle := range []string{"- ", "step:", "* step 1: ", "'\"", "\n", "*x*"} {
		reply := strings.Repeat(circle, 2000)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		prompt.ReadStep(reply)
		runtime.ReadMemStats(&after)
		if used := int(after.TotalAlloc - before.TotalAlloc); used > 100*len(reply) {
			t.Errorf("2,000 times %q: %d bytes allocated for %d", circle, used, len(reply))
		}
	}
}

// A step is one trimmed line of the reply, and reads as itself.
func FuzzReadStep(f *testing.F) {
	for _, s := range []string{
		"13-9=4", "**Step:** `13-9=4`", "```python\nx\n```", "Step: ```py", "- - x", "'\"'\"", "answer:\r\n* \u00a0step 2 : *",
		"\xff`\xff`", "step:step:step:", "***x***", "•\u2003x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, reply string) {
		got := prompt.ReadStep(reply)
		if got != strings.TrimSpace(got) || strings.ContainsAny(got, "\r\n") {
			t.Fatalf("ReadStep(%q) = %q is not one trimmed line", reply, got)
		}
		if !strings.Contains(reply, got) {
			t.Fatalf("ReadStep(%q) = %q is not in the reply", reply, got)
		}
		if utf8.ValidString(reply) && !utf8.ValidString(got) {
			t.Fatalf("ReadStep(%q) = %q cuts a character", reply, got)
		}
		if again := prompt.ReadStep(got); again != got {
			t.Fatalf("ReadStep(%q) = %q, which reads as %q", reply, got, again)
		}
	})
}
