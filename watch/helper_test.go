package watch

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// load reads a log of package view.
func load(t testing.TB, name string) []event.Event {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "view", "testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var log []event.Event
	for dec := json.NewDecoder(f); ; {
		var e event.Event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return log
		} else if err != nil {
			t.Fatal(err)
		}
		log = append(log, e)
	}
}

// numbered gives events their numbers.
func numbered(log []event.Event) []event.Event {
	for i := range log {
		log[i].Seq = i + 1
	}
	return log
}

func started(state string) event.Event {
	return event.Event{Started: &event.Started{
		Version: event.Version, Run: "r-1", Env: "words", Problem: state, Model: "none", Strategy: "puct", Root: event.Node{State: state},
	}}
}

// star is a root with n children, of which the i-th has i visits.
func star(n int) []event.Event {
	g := &event.Grown{}
	for i := range n {
		id := int32(i + 1)
		g.Edges = append(g.Edges, event.Edge{ID: id, Child: id, Action: fmt.Sprint("step ", i), Prior: 1 / float64(n)})
		g.New = append(g.New, event.Node{ID: id, State: fmt.Sprint("after ", i)})
		g.Stats.Nodes = append(g.Stats.Nodes, event.NodeStats{ID: id, N: int32(i), Q: float64(n-i) / float64(n), Hi: 1})
		g.Stats.Edges = append(g.Stats.Edges, event.EdgeStats{ID: id, N: int32(i)})
	}
	return numbered([]event.Event{started("start"), {Grown: g}})
}

// bush is a tree of n nodes, each but the last ones with ten children.
func bush(n int) []event.Event {
	log := []event.Event{started("root")}
	for parent, next := int32(0), int32(1); int(next) < n; parent++ {
		g := &event.Grown{Node: parent}
		for i := 0; i < 10 && int(next) < n; i++ {
			g.Edges = append(g.Edges, event.Edge{ID: next, Child: next, Action: fmt.Sprint("step ", next), Prior: 0.1})
			g.New = append(g.New, event.Node{ID: next, State: fmt.Sprint("state ", next)})
			g.Stats.Nodes = append(g.Stats.Nodes, event.NodeStats{ID: next, N: next % 7, Q: 0.5, Hi: 1})
			g.Stats.Edges = append(g.Stats.Edges, event.EdgeStats{ID: next, N: next % 7})
			next++
		}
		log = append(log, event.Event{Grown: g})
	}
	return numbered(log)
}

// hostile is a search whose texts attack the screen.
func hostile() []event.Event {
	texts := []string{
		"\x1b[2J\x1b[31mred\x1b]0;title\a", "a\nb\r\nc\ttab", "\u202eevil\u2066", strings.Repeat("x", 1<<20),
		"数独数独数独数独数独数独数独数独数独数独数独数独数独数独", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "bad \xff\xfe utf8", "e" + strings.Repeat("\u0301", 5000),
	}
	s := started(texts[0] + texts[1])
	s.Started.Env, s.Started.Model, s.Started.Strategy = texts[0], texts[3], texts[2]
	log := []event.Event{s}
	for i, text := range texts {
		id := int32(i + 1)
		g := &event.Grown{Edges: []event.Edge{{ID: id, Child: id, Action: text, Prior: 0.1}}, New: []event.Node{{ID: id, State: text}}}
		g.Stats.Edges = []event.EdgeStats{{ID: id, N: int32(100 - i)}}
		log = append(log, event.Event{Grown: g}, event.Event{Visited: &event.Visited{
			Path: []int32{id}, Leaf: id, Value: env.Value{Mean: 0.5, Note: text},
			Usage: env.Usage{Calls: 1, Asked: []string{text}},
		}}, event.Event{Failed: &event.Failed{Node: id, Reason: text}})
	}
	log = append(log, event.Event{Ended: &event.Ended{Status: view.Unsolved, Reason: texts[0] + texts[1]}})
	return numbered(log)
}

// fake is a source that is asked for nothing but orders and calls.
type fake struct {
	orders []string
	fails  error
	calls  map[string]Call
	asked  [][]string
}

func (f *fake) Next(ctx context.Context) ([]event.Event, bool, error) {
	<-ctx.Done()
	return nil, false, ctx.Err()
}

func (f *fake) Order(_ context.Context, order string, edges []int32) error {
	f.orders = append(f.orders, fmt.Sprint(order, edges))
	return f.fails
}

func (f *fake) Calls(_ context.Context, keys []string) ([]Call, error) {
	f.asked = append(f.asked, keys)
	var calls []Call
	for _, k := range keys {
		if c, ok := f.calls[k]; ok {
			calls = append(calls, c)
		}
	}
	return calls, f.fails
}

// silent is a source that can do nothing else.
type silent struct{ fake *fake }

func (s silent) Next(ctx context.Context) ([]event.Event, bool, error) { return s.fake.Next(ctx) }

// screen drives a model as its program would.
type screen struct {
	*model
	t    testing.TB
	quit bool
}

func show(t testing.TB, src Source, width, height int, log []event.Event, keys ...string) *screen {
	t.Helper()
	s := &screen{model: newModel(t.Context(), src, Options{Width: width, Height: height}), t: t}
	tree := new(view.Tree)
	for _, e := range log {
		if err := tree.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	s.send(fresh{tree: tree})
	s.press(keys...)
	return s
}

// send is for messages that let a redraw come.
func (s *screen) send(msg tea.Msg) {
	s.Update(msg)
	s.run(redraw{})
}

// run passes on a message, and those that its commands come to.
func (s *screen) run(msg tea.Msg) {
	for msg != nil {
		if _, s.quit = msg.(tea.QuitMsg); s.quit {
			return
		}
		_, cmd := s.Update(msg)
		if msg = nil; cmd != nil {
			msg = cmd()
		}
	}
}

var named = map[string]rune{
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd,
	"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "enter": tea.KeyEnter, "esc": tea.KeyEscape, "backspace": tea.KeyBackspace,
}

func (s *screen) press(keys ...string) {
	for _, k := range keys {
		switch code, special := named[k]; {
		case special:
			s.run(tea.KeyPressMsg{Code: code})
		case k == "space":
			s.run(tea.KeyPressMsg{Code: ' ', Text: " "})
		case k == "ctrl+c":
			s.run(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
		default:
			for _, r := range k {
				s.run(tea.KeyPressMsg{Code: r, Text: string(r)})
			}
		}
	}
}

// styles takes the styles of the screen itself out of a text.
var styles = strings.NewReplacer(bold, "", dim, "", reverse, "", red, "", green, "", yellow, "", cyan, "", reset, "")

// text is what is on the screen, after a check of what always holds.
func (s *screen) text() string {
	s.t.Helper()
	v := s.View()
	if !v.AltScreen {
		s.t.Error("not on a screen of its own")
	}
	lines := strings.Split(v.Content, "\n")
	if len(lines) != s.height && (s.height > 1 || len(lines) > 1) {
		s.t.Errorf("%d lines on a screen of %d", len(lines), s.height)
	}
	for i, l := range lines {
		if s.opt.Color {
			l = styles.Replace(l)
		}
		if w := view.Cells(l); w > s.width {
			s.t.Errorf("line %d uses %d of %d cells: %q", i, w, s.width, l)
		}
		if view.Clean(l) != l {
			s.t.Errorf("line %d is not clean: %q", i, l)
		}
	}
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
