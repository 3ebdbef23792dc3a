package watch

import (
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/event"
)

// Whatever keys come between whatever events, in a window of whatever size,
// the screen is whole and the cursor on the row that it is said to be on.
func TestRandomKeys(t *testing.T) {
	keys := []string{
		"up", "down", "left", "right", "pgup", "pgdown", "home", "end", "enter", "*", "n", "q", "p", "f", "?", "+", "-", "0", "space", "/step", "backspace", "s", "x",
	}
	logs := [][]event.Event{load(t, "game24"), load(t, "dag"), bush(300), star(40), hostile()}
	rapid.Check(t, func(r *rapid.T) {
		log := rapid.SampledFrom(logs).Draw(r, "log")
		begin := rapid.IntRange(0, len(log)).Draw(r, "begin")
		s := show(t, &fake{}, 80, 24, log[:begin])
		rest := log[begin:]
		r.Repeat(map[string]func(*rapid.T){
			"key": func(r *rapid.T) {
				s.press(rapid.SampledFrom(keys).Draw(r, "key"))
			},
			"events": func(r *rapid.T) {
				n := rapid.IntRange(0, len(rest)).Draw(r, "n")
				s.Update(grown{rest[:n]})
				rest = rest[n:]
			},
			"redraw": func(*rapid.T) { s.run(redraw{}) },
			"anew": func(*rapid.T) {
				s.send(fresh{tree: show(t, &fake{}, 80, 24, log).tree})
				rest = nil
			},
			"size": func(r *rapid.T) {
				s.run(tea.WindowSizeMsg{Width: rapid.IntRange(1, 130).Draw(r, "w"), Height: rapid.IntRange(1, 40).Draw(r, "h")})
			},
			"": func(r *rapid.T) {
				s.text()
				if t.Failed() {
					r.FailNow()
				}
				if len(s.rows) > 0 && s.at != rootPlace && !s.here(s.rows[s.cursor]) {
					r.Fatalf("the cursor is at %+v, and on row %+v", s.at, s.rows[s.cursor])
				}
			},
		})
	})
}
