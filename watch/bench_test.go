package watch

import (
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

const large = 100_000

// Opening a large tree costs what folding its events does; keys and redraws
// cost what is unfolded.
func BenchmarkLarge(b *testing.B) {
	for name, log := range map[string][]event.Event{"bush": bush(large), "star": star(large)} {
		b.Run(name, func(b *testing.B) {
			var opening, keys, redraws, unfolded time.Duration
			for b.Loop() {
				began := time.Now()
				tree := new(view.Tree)
				for _, e := range log {
					if err := tree.Apply(e); err != nil {
						b.Fatal(err)
					}
				}
				s := &screen{model: newModel(b.Context(), &fake{}, Options{Width: 120, Height: 40}), t: b}
				s.send(fresh{tree: tree})
				s.View()
				opening += time.Since(began)

				press := func() time.Duration {
					began := time.Now()
					for i := range 50 {
						for _, key := range []string{"down", "right", "left", "pgdown"} {
							s.press(key)
							s.View()
						}
						if i == 25 {
							s.press("home")
						}
					}
					return time.Since(began)
				}
				keys += press()
				s.press("home", "*", "end", "enter", "home")
				unfolded += press()

				began = time.Now()
				for range 20 {
					s.generation++ // as if there had been events
					s.run(redraw{})
					s.View()
				}
				redraws += time.Since(began)
			}
			for unit, d := range map[string]time.Duration{"ms/open": opening, "ms/200keys": keys, "ms/200keys-unfolded": unfolded, "ms/20redraws": redraws} {
				b.ReportMetric(float64(d.Microseconds())/1e3/float64(b.N), unit)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// Only what is unfolded has rows, however large the tree is.
func TestLargeTreeHasFewRows(t *testing.T) {
	for _, c := range []struct {
		name string
		log  []event.Event
		keys []string
		most int
	}{
		{"bush", bush(large), nil, 60},
		{"all of a bush", bush(large), []string{"*"}, mostUnfolded + 100},
		{"star", star(large), []string{"*"}, 15},
	} {
		s := show(t, &fake{}, 80, 24, c.log, c.keys...)
		if n := len(s.rows); n > c.most || n < 10 {
			t.Errorf("%s: %d rows", c.name, n)
		}
		s.text()
	}
}
