package event_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// Every kind of event, with every field set: what a log keeps must come back.
var every = []event.Event{
	{Seq: 1, Started: &event.Started{Version: event.Version, Run: "r", Env: "game24", Problem: "4 6", Model: "none", Strategy: "puct", Seed: 1<<64 - 1, Root: event.Node{State: "4 6 > 24", Player: 1}}},
	{Seq: 2, Grown: &event.Grown{Edges: []event.Edge{{Child: 1, Action: "6*4=24", Prior: 0.25, Mass: 0.5}}, Path: []int32{4}, New: []event.Node{{ID: 1, State: "24 > 24", Terminal: true, Reward: 1}}, Closed: true, Illegal: 1, Merged: 2,
		Usage: env.Usage{Calls: 1, PromptTokens: 9, CompletionTokens: 7, CacheHits: 3, Unparsed: 4},
		Stats: event.Stats{Nodes: []event.NodeStats{{N: 1, Q: 0.1, Hi: 1}}, Edges: []event.EdgeStats{{N: 1}, {ID: 2, N: 3, P: 0.5}}}}},
	{Seq: 3, Visited: &event.Visited{Path: []int32{0}, Leaf: 1, Value: env.Value{Mean: 0.1, Note: "<yes> & \u2028 no"}}},
	{Seq: 4, Failed: &event.Failed{Node: 1, Reason: "it broke"}},
	{Seq: 5, Ended: &event.Ended{Reason: "proven", Status: "solved", Line: []int32{0}}},
	{Seq: 6, Moved: &event.Moved{Edge: 2, Root: 1, Stats: event.Stats{Edges: []event.EdgeStats{{ID: 3, N: 1, P: 0.25, Mass: 1}}}}},
	{Seq: 7, Resumed: &event.Resumed{Simulations: 10, Nodes: 20, Calls: 30, Tokens: 40, TimeMS: 50}},
	{Seq: 8, Failed: &event.Failed{Node: 1, Path: []int32{0}, Unpaid: true, Usage: env.Usage{Calls: 1, Asked: []string{"0a"}}}},
	{Seq: 9, Earlier: &event.Earlier{Simulations: 1, Illegal: 2, Merged: 3, Failed: 4, Usage: env.Usage{CacheHits: 5}}},
}

func TestRoundTrip(t *testing.T) {
	for _, e := range every {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back event.Event
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, back); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", e.Seq, diff)
		}
	}
}

// What a search does not say is left out, so that its log is as it was before
// there were moves and changed priors.
func TestWhatIsNotSaidIsLeftOut(t *testing.T) {
	for want, v := range map[string]any{
		`{"seq":1,"moved":{"edge":2,"root":1}}`: event.Event{Seq: 1, Moved: &event.Moved{Edge: 2, Root: 1}},
		`{"id":1,"n":2}`:                        event.EdgeStats{ID: 1, N: 2},
		`{"id":1,"n":2,"p":0.5}`:                event.EdgeStats{ID: 1, N: 2, P: 0.5},
	} {
		got, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", v, diff)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, e := range every {
		text, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var first, second event.Event
		if json.Unmarshal(text, &first) != nil {
			return
		}
		again, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("an event that was read can't be written: %v", err)
		}
		if err := json.Unmarshal(again, &second); err != nil {
			t.Fatalf("an event that was written can't be read: %v", err)
		}
		if third, err := json.Marshal(second); err != nil || string(third) != string(again) {
			t.Errorf("written twice: %s, then %s, error %v", again, third, err)
		}
	})
}

func Example() {
	text, err := json.Marshal(event.Event{Seq: 7, Failed: &event.Failed{Node: 3, Reason: "timeout"}})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(string(text))
	// Output: {"seq":7,"failed":{"node":3,"reason":"timeout"}}
}
