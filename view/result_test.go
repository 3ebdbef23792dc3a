package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/event"
)

func TestNewResult(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		log          []event.Event
		want         Result
	}{
		{"nothing", "an empty log is an unsolved search", nil, Result{Status: Unsolved, Path: []PathStep{}}},
		{"running", "the best line so far", load(t, "dag"), Result{
			Run: "r-dag", Env: "game24", Problem: "2 2 3 3", Status: Unsolved,
			Path: []PathStep{
				{"3*3=9", "2 2 9 > 12", 0.5, 5, 0.09}, {"2+2=4", "4 9 > 12", 0.6, 3, 0}, {"9-4=5", "5 > 12", 0.5, 1, 0},
			},
			Stats: Stats{Simulations: 8, Nodes: 8, Edges: 10, Transpositions: 3},
		}},
		{"proven without a visit", "what is proven counts, not 0", number([]event.Event{started("s"),
			{Grown: &event.Grown{
				New: []event.Node{{ID: 1, State: "end", Terminal: true, Reward: 1}}, Edges: []event.Edge{{ID: 1, Child: 1, Action: "a", Prior: 1}},
			}},
			{Ended: &event.Ended{Status: Solved, Reason: "proven", Line: []int32{1}}},
		}), Result{
			Run: "r-1", Env: "words", Problem: "s", Status: Solved, Reason: "proven",
			Path: []PathStep{{"a", "end", 1, 0, 1}}, Stats: Stats{Nodes: 2, Edges: 1},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, NewResult(fold(t, tt.log), false, "", 0)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

func TestResultWrites(t *testing.T) {
	solved := NewResult(fold(t, load(t, "game24")), true, "(13-9)*(10-4)", 12345*time.Millisecond)
	with := func(change func(*Result)) Result {
		r := solved
		change(&r)
		return r
	}
	for _, tt := range []struct {
		name, reason string
		r            Result
	}{
		{"solved", "the usual good end", solved},
		{"unverified", "a solution nobody checked does not read as one that was", with(func(r *Result) { r.Verified = false })},
		{"posing", "an answer can't vouch for itself", with(func(r *Result) { r.Verified, r.Answer = false, "42\nverified\n" })},
		{"unsolved", "the best line is shown with its standing", with(func(r *Result) {
			r.Status, r.Verified, r.Answer, r.Reason = Unsolved, false, "", "no simulations left"
		})},
		{"nothing", "a budget may end before the first step", with(func(r *Result) {
			r.Status, r.Verified, r.Answer, r.Path, r.Stats, r.Reason = Unsolved, false, "", nil, Stats{}, ""
		})},
		{"unsolvable", "a proof of impossibility has no line", with(func(r *Result) {
			r.Status, r.Verified, r.Answer, r.Reason = Unsolvable, false, "", "every state was explored"
		})},
		{"proof", "an answer of several lines can be copied", with(func(r *Result) {
			r.Env, r.Problem = "coq", "Theorem t : 1 <= 2 /\\ True.\nProof."
			r.Answer = "Proof.\r\n  split.\n  - auto. \x1b[31m\n  - exact I.\nQed.\n"
		})},
		{"many", "numbers stay aligned", with(func(r *Result) {
			r.Path = make([]PathStep, 11)
			for i := range r.Path {
				r.Path[i] = PathStep{Action: strings.Repeat("x", i*5), State: strings.Repeat("s", i*20)}
			}
			r.Stats.CacheHits, r.Stats.Unparsed, r.Stats.Transpositions = 2, 3, 4
		})},
		{"hostile", "texts can't steer the terminal", with(func(r *Result) {
			r.Env, r.Problem, r.Answer, r.Reason = "e\x1b[2J\n", "<p>&\u202e\u009b1m", "42\u2066\x7f\U000e0041", "\x1b]0;x\a"
			r.Status, r.Verified = Unsolved, false
			r.Path = []PathStep{{Action: "a\nverified\n", State: "s\rverified"}}
		})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Log(tt.reason)
			var text, color, object bytes.Buffer
			if err := errors.Join(tt.r.WriteText(&text, false), tt.r.WriteText(&color, true), tt.r.WriteJSON(&object)); err != nil {
				t.Fatal(err)
			}
			golden(t, "result-"+tt.name, text.String()+"\n"+object.String())
			if tt.name == "solved" {
				golden(t, "result-color", color.String())
			}
			if plain := clean(color.String()); plain != text.String() {
				t.Errorf("colours change the text:\n%s", cmp.Diff(text.String(), plain))
			}
			says := false
			for line := range strings.Lines(text.String()) {
				says = says || line == "verified\n"
			}
			if says != tt.r.Verified {
				t.Errorf("the text says verified: %v, want %v", says, tt.r.Verified)
			}
		})
	}
}

// clean strips a text of several lines.
func clean(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

func TestResultDecodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answer := rapid.String().Draw(t, "answer")
		elapsed := time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "elapsed"))
		want := NewResult(fold(t, logs().Draw(t, "log")), rapid.Bool().Draw(t, "verified"), answer, elapsed)
		var b bytes.Buffer
		if err := want.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if s := strings.ReplaceAll(b.String(), "\n", ""); strings.ContainsFunc(s, dangerous) {
			t.Fatalf("control characters in %q", s)
		}
		var got Result
		dec := json.NewDecoder(&b)
		dec.DisallowUnknownFields()
		if err := dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if dec.More() {
			t.Fatal("more than one value")
		}
	})
}

func TestWriteJSONRefusesNaN(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1)} {
		var b bytes.Buffer
		err := Result{Path: []PathStep{{Value: x}}}.WriteJSON(&b)
		if err == nil || b.Len() > 0 {
			t.Errorf("%v: error %v, written %q; half an object or a NaN breaks scripts", x, err, b.String())
		}
	}
}

func TestResultReportsWriter(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	for name, err := range map[string]error{"WriteText": Result{}.WriteText(w, false), "WriteJSON": Result{}.WriteJSON(w)} {
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: error %v of a closed pipe", name, err)
		}
	}
}
