package ask_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/prove/ask"
)

// What a model writes as JSON is read as it was meant, whatever is in the strings
// and around the array.
func TestArrayRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tactic := rapid.StringMatching(`[a-z]{1,5}( [a-z∀/\\<>\[\],']{1,5}){0,3}`)
		want := rapid.SliceOfNDistinct(tactic, 1, 6, rapid.ID).Draw(t, "tactics")
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		around := rapid.SampledFrom([]string{"", " ", "```json\n", "Here is [the] list:\n", `{"tactics": `}).Draw(t, "before")
		m := &script{replies: []any{around + string(text) + "\n```"}}
		cands, _, err := ask.Steps{Model: m}.Propose(t.Context(), one, nil, 6)
		var got []string
		for _, c := range cands {
			got = append(got, c.Action)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("error %v, tactics of %s (-want +got):\n%s", err, text, diff)
		}
	})
}

// Whatever a model writes, each candidate is a clean tactic with a finite prior,
// and a reply without any is counted as unparsed.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		`["intros n", "simpl"]`, `["a\u00e9\"b", "c`, `[[" a. b."], "["]`, "[\"\\", `["a\`, `[,,"a",]`, "[1, \"a\"]", "simpl [x] \"y\".", `["\ud800"]`, "[\"\xff\"]",
	} {
		f.Add(s, -1.5)
	}
	f.Fuzz(func(t *testing.T, reply string, logprob float64) {
		for _, form := range []ask.Form{ask.Array, ask.Lines, ask.Samples} {
			for _, l := range []ask.Language{ask.Coq, ask.Lean} {
				half := len(reply) / 2
				m := &script{replies: []any{cut(tell(reply[:half], logprob, reply[half:], logprob))}}
				got, usage, err := ask.Steps{Model: m, Form: form, Prompt: ask.Prompt{Language: l}}.Propose(t.Context(), one, nil, 1)
				if err != nil || (len(got) == 0) != (usage.Unparsed == 1) {
					t.Fatalf("%q: error %v, %d candidates, usage %+v", reply, err, len(got), usage)
				}
				seen := map[string]bool{}
				for _, c := range got {
					if c.Action == "" || l.Clean(c.Action) != c.Action || seen[c.Action] || math.IsNaN(c.LogPrior) || math.IsInf(c.LogPrior, 0) {
						t.Fatalf("%q: candidates %+v", reply, got)
					}
					seen[c.Action] = true
				}
			}
		}
	})
}
