package store

import (
	"os"
	"regexp"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// The queries of docs/store.md work, and each has something to tell.
func TestQueriesOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/store.md")
	must(t, err)
	s := fresh(t)
	for _, id := range []string{"A", "B"} {
		l := create(t, s, id)
		c := callOf("prompt of " + id)
		must(t, l.Keep(t.Context(), c))
		v := visit(1, c)
		v.Visited.Path = []int32{1, 2}
		failed := event.Event{Seq: 2, Failed: &event.Failed{Reason: "it broke", Usage: env.Usage{Calls: 1}}}
		must(t, l.Append(t.Context(), []event.Event{v, failed}, map[int32]string{1: "the same"}))
		r := l.Run()
		r.Calls, r.CacheHits, r.Verified = 2, 1, true
		must(t, l.Update(t.Context(), r))
		must(t, l.Close())
	}
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllSubmatch(text, -1)
	if len(queries) != 10 {
		t.Errorf("%d queries, want 10", len(queries))
	}
	for _, q := range queries {
		rows, err := s.db.QueryContext(t.Context(), string(q[1]))
		if err != nil {
			t.Errorf("%v\n%s", err, q[1])
			continue
		}
		n := 0
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil || n == 0 {
			t.Errorf("%d rows, error %v\n%s", n, err, q[1])
		}
		rows.Close()
	}
}
