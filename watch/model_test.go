package watch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

func TestScreens(t *testing.T) {
	sizes := map[string][2]int{"80x24": {80, 24}, "40x10": {40, 10}, "120x40": {120, 40}}
	for name, c := range map[string]struct {
		log  []event.Event
		keys []string
	}{
		"empty":     {nil, []string{"down", "enter", "right", "left", "*", "f", "+", "/x", "enter"}},
		"game24":    {load(t, "game24"), nil},
		"unfolded":  {load(t, "game24"), []string{"*", "end"}},
		"folded":    {load(t, "game24"), []string{"left"}},
		"dag":       {load(t, "dag"), []string{"*", "down", "down"}},
		"star":      {star(50), nil},
		"wide":      {star(50), []string{"end", "enter", "pgdown"}},
		"by-q":      {star(50), []string{"q"}},
		"following": {load(t, "game24"), []string{"f"}},
		"help":      {star(3), []string{"?"}},
		"help-end":  {star(3), []string{"?", "down", "pgdown", "end"}},
		"stop":      {star(3), []string{"s"}},
		"search":    {star(50), []string{"/after 2"}},
		"node":      {load(t, "game24"), []string{"down", "enter"}},
		"hostile":   {hostile(), []string{"down", "down"}},
	} {
		for size, wh := range sizes {
			t.Run(name+"-"+size, func(t *testing.T) {
				s := show(t, &fake{}, wh[0], wh[1], c.log, c.keys...)
				golden(t, name+"-"+size, s.text())
			})
		}
	}
}

// No size of a window breaks the screen, whatever is on it.
func TestSizes(t *testing.T) {
	for _, log := range [][]event.Event{nil, load(t, "dag"), hostile(), star(30)} {
		for _, keys := range [][]string{nil, {"*", "end"}, {"down", "enter", "end"}, {"?"}, {"/数"}, {"s"}, {"f", "n"}} {
			s := show(t, &fake{}, 80, 24, log, keys...)
			for _, w := range []int{1, 2, 3, 7, 13, 20, 33, 59, 60, 61, 200} {
				for _, h := range []int{1, 2, 3, 4, 5, 8, 9, 50} {
					s.run(tea.WindowSizeMsg{Width: w, Height: h})
					s.text()
				}
			}
		}
	}
}

// Texts of models reach the screen without what steers a terminal, on the page
// of a node too, and with colours only the styles of the screen itself do.
func TestHostile(t *testing.T) {
	src := &fake{calls: map[string]Call{}}
	log := hostile()
	for _, e := range log {
		if e.Visited != nil {
			text := e.Visited.Usage.Asked[0]
			src.calls[text] = Call{Model: text, Prompt: text, Reply: text}
		}
	}
	for _, color := range []bool{false, true} {
		s := show(t, src, 50, 20, log)
		if s.opt.Color = color; color && styles.Replace(s.View().Content) == s.View().Content {
			t.Error("no colours")
		}
		for i := range 8 {
			s.press("home", "enter")
			s.text()
			s.press("esc")
			for range i + 1 {
				s.press("down")
			}
			s.press("enter")
			if s.mode != reading {
				t.Fatalf("step %d: enter reads no node", i)
			}
			for _, k := range []string{"pgdown", "end", "home", "down"} {
				s.press(k)
				s.text()
			}
			s.press("esc")
		}
	}
}

func TestOrders(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want []string
		note string
	}{
		{[]string{"down", "+"}, []string{"pin[3]"}, "pin: told the run"},
		{[]string{"down", "-"}, []string{"forbid[3]"}, "forbid: told the run"},
		{[]string{"down", "0"}, []string{"free[3]"}, "free: told the run"},
		{[]string{"down", "enter", "+"}, []string{"pin[3]"}, "pin: told the run"},
		{[]string{"+"}, nil, "pin: choose a step first"},
		{[]string{"space", "space", "space"}, []string{"pause[]", "resume[]", "pause[]"}, "pause: told the run"},
		{[]string{"s", "y"}, []string{"stop[]"}, "stop: told the run"},
		{[]string{"s", "n"}, nil, "not stopped"},
		{[]string{"s", "esc"}, nil, "not stopped"},
	} {
		src := &fake{}
		s := show(t, src, 80, 24, star(3), c.keys...)
		if diff := cmp.Diff(c.want, src.orders); diff != "" || s.note != c.note {
			t.Errorf("%q: note %q, not %q (-want +got):\n%s", c.keys, s.note, c.note, diff)
		}
		if s.quit {
			t.Errorf("%q quits", c.keys)
		}
	}
}

func TestOrderFails(t *testing.T) {
	src := &fake{fails: errors.New("the run\x1b[2J is gone")}
	s := show(t, src, 80, 24, star(3), "space")
	if !strings.Contains(s.text(), "pause: the run is gone") {
		t.Errorf("the screen does not tell:\n%s", s.text())
	}
	if s.paused {
		t.Error("an order that failed counts")
	}
	s = show(t, silent{src}, 80, 24, star(3), "s")
	if s.mode != walking || !strings.Contains(s.text(), "can't be steered") {
		t.Errorf("a source without orders:\n%s", s.text())
	}
}

func TestQuit(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want bool
	}{
		{[]string{"esc"}, true},
		{[]string{"Q"}, true},
		{[]string{"ctrl+c"}, true},
		{[]string{"enter", "ctrl+c"}, true},
		{[]string{"enter", "Q"}, true},
		{[]string{"enter", "esc"}, false},
		{[]string{"?", "esc"}, false},
		{[]string{"/", "Q"}, false},
		{[]string{"/", "esc"}, false},
		{[]string{"q"}, false},
	} {
		if s := show(t, &fake{}, 80, 24, star(3), c.keys...); s.quit != c.want {
			t.Errorf("%q: quits %v, not %v", c.keys, s.quit, c.want)
		}
	}
}

// The page of a node has each call once, and asks only for those that are new.
func TestPage(t *testing.T) {
	src := &fake{calls: map[string]Call{
		"aa": {Model: "tiny", Prompt: "first prompt", Reply: "first reply", PromptTokens: 11, CompletionTokens: 7, Elapsed: 30 * time.Millisecond},
		"bb": {Model: "tiny", Prompt: "second prompt", Reply: "second reply"},
	}}
	visit := func(seq int, keys ...string) event.Event {
		return event.Event{Seq: seq, Visited: &event.Visited{
			Path: []int32{1}, Leaf: 1, Value: env.Value{Mean: 0.25, Note: "looks bad\nto me"}, Usage: env.Usage{Calls: len(keys), Asked: keys},
			Stats: event.Stats{Nodes: []event.NodeStats{{ID: 1, N: 4, Q: 0.25, Hi: 0.75}}},
		}}
	}
	log := append(star(1), visit(3, "aa", "aa", "cc"))
	s := show(t, src, 60, 30, log, "down", "enter")
	golden(t, "page", s.text())
	s.send(grown{[]event.Event{visit(4, "aa", "bb")}})
	if diff := cmp.Diff([][]string{{"aa", "cc"}, {"bb"}}, src.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	if text := s.text(); !strings.Contains(text, "second reply") || strings.Count(text, "first reply") != 1 {
		t.Errorf("after another call:\n%s", text)
	}
}

// A node that several steps lead to stands in one place, which the others jump to.
func TestJump(t *testing.T) {
	log := numbered([]event.Event{started("start"),
		{Grown: &event.Grown{Edges: []event.Edge{{ID: 1, Child: 1, Action: "left"}, {ID: 2, Child: 2, Action: "right"}}, New: []event.Node{{ID: 1, State: "l"}, {ID: 2, State: "r"}}}},
		{Grown: &event.Grown{Node: 1, Edges: []event.Edge{{ID: 3, Child: 3, Action: "deep"}}, New: []event.Node{{ID: 3, State: "d"}}}},
		{Grown: &event.Grown{Node: 2, Edges: []event.Edge{{ID: 4, Child: 3, Action: "also deep"}, {ID: 5, Child: 0, Action: "back"}}}},
	})
	for _, key := range []string{"enter", "right"} {
		s := show(t, &fake{}, 80, 24, log, "down", "down", "right", "down")
		if !strings.Contains(s.text(), "↗ #3") {
			t.Fatalf("no sign of a transposition:\n%s", s.text())
		}
		s.press(key)
		if s.at.id != 3 {
			t.Errorf("%s leads to edge %d, not 3:\n%s", key, s.at.id, s.text())
		}
		s.press("end", key)
		if s.cursor != 0 {
			t.Errorf("%s on the way back to the start leads to row %d:\n%s", key, s.cursor, s.text())
		}
	}
}

// The cursor stays on its step while the tree changes around it, and when the
// search is told anew.
func TestCursorStays(t *testing.T) {
	log := star(40)
	s := show(t, &fake{}, 80, 24, log, "down", "down", "down")
	id := s.at.id
	stats := event.Stats{}
	for i := range int32(40) {
		stats.Edges = append(stats.Edges, event.EdgeStats{ID: i + 1, N: 100 - i})
	}
	s.send(grown{[]event.Event{{Seq: 3, Failed: &event.Failed{Node: 1}}, {Seq: 4, Grown: &event.Grown{Node: 0, Stats: stats}}}})
	if r := s.rows[s.cursor]; s.at.id != id || r.edge < 0 || s.tree.Edges[r.edge].ID != id {
		t.Errorf("the cursor went from edge %d to %d", id, s.at.id)
	}
	s.send(fresh{tree: show(t, &fake{}, 80, 24, log).tree})
	if s.at.id != id {
		t.Errorf("told anew: the cursor went from edge %d to %d", id, s.at.id)
	}
	s.send(fresh{tree: show(t, &fake{}, 80, 24, star(5)).tree})
	if s.cursor != 0 || s.at != rootPlace {
		t.Errorf("the step is gone, and the cursor on row %d", s.cursor)
	}
}

// Sorting changes the order of the rows, and more of them are there on demand.
func TestSortAndMore(t *testing.T) {
	first := func(s *screen) string { return s.tree.Edges[s.rows[1].edge].Action }
	s := show(t, &fake{}, 80, 24, star(50))
	if got := first(s); got != "step 49" {
		t.Errorf("by N %s is first", got)
	}
	if last := s.rows[len(s.rows)-1]; last.more != 38 {
		t.Errorf("%d are hidden, not 38", last.more)
	}
	s.press("q")
	if got := first(s); got != "step 1" { // step 0 has no value yet
		t.Errorf("by Q %s is first", got)
	}
	s.press("end", "enter")
	if len(s.rows) != 51 {
		t.Errorf("%d rows, not 51", len(s.rows))
	}
	if got := fmt.Sprint(s.tree.Edges[s.rows[50].edge].Action); got != "step 0" {
		t.Errorf("by Q %s is last", got)
	}
}

func TestSearch(t *testing.T) {
	s := show(t, &fake{}, 80, 24, bush(3000), "/STATE 2345", "enter")
	if s.at.id != 2345 {
		t.Errorf("at edge %d:\n%s", s.at.id, s.text())
	}
	s.press("/", "enter")
	if s.at.id != 2345 {
		t.Errorf("once more: at edge %d", s.at.id)
	}
	s.press("/nowhere", "enter")
	if s.at.id != 2345 || !strings.Contains(s.text(), "not found: nowhere") {
		t.Errorf("what is not there is found:\n%s", s.text())
	}
}

// The end of the run, a quiet source and events that can't be are all told.
func TestStatus(t *testing.T) {
	log := star(2)
	for _, c := range []struct {
		name string
		msgs []tea.Msg
		want string
	}{
		{"running", nil, "running"},
		{"not worked on", []tea.Msg{quiet{}}, "not running"},
		{"an error", []tea.Msg{quiet{errors.New("locked")}}, "can't follow: locked"},
		{"goes on", []tea.Msg{quiet{}, grown{[]event.Event{{Seq: 3, Failed: &event.Failed{}}}}}, "running"},
		{"ended", []tea.Msg{grown{[]event.Event{{Seq: 3, Ended: &event.Ended{Status: "unsolved", Reason: "calls"}}}}}, "ended: unsolved (calls)"},
		{"a gap", []tea.Msg{grown{[]event.Event{{Seq: 9, Failed: &event.Failed{}}}}}, "can't show more: invalid event 9"},
	} {
		s := show(t, &fake{}, 80, 24, log)
		for _, m := range c.msgs {
			s.send(m)
		}
		if !strings.Contains(s.text(), c.want) {
			t.Errorf("%s: no %q on\n%s", c.name, c.want, s.text())
		}
	}
}

// Every row of the unfolded tree can be walked to, forth and back.
func TestWalk(t *testing.T) {
	s := show(t, &fake{}, 80, 12, load(t, "game24"), "*")
	var down, up []int
	for range s.rows {
		s.text()
		down = append(down, s.cursor)
		s.press("down")
	}
	for range s.rows {
		s.text()
		up = append(up, s.cursor)
		s.press("k")
	}
	slices.Reverse(up)
	if diff := cmp.Diff(down, up); diff != "" || down[len(down)-1] != len(s.rows)-1 {
		t.Errorf("down and up (-down +up):\n%s", diff)
	}
	for s.cursor = 5; s.cursor > 0; {
		s.press("left")
	}
	s.press("left")
	if len(s.rows) != 1 {
		t.Errorf("%d rows when all is folded", len(s.rows))
	}
}
