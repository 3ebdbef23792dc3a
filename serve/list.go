package serve

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// list is what the archive said last, so that many readers ask it once.
type list struct {
	turn    turn
	rows    []Run
	read    bool
	changed int64
	asked   time.Time // when changed was asked for
	listed  time.Time // when rows were asked for
}

// archived lists the runs that are kept, and the number of their state. An
// answer younger than age will do.
func (s *Server) archived(ctx context.Context, age time.Duration) ([]Run, int64, error) {
	if s.opt.Archive == nil {
		return nil, 0, nil
	}
	if err := s.list.turn.take(ctx); err != nil {
		return nil, 0, err
	}
	defer s.list.turn.give()
	l := &s.list
	if l.read && time.Since(l.asked) < age {
		return l.rows, l.changed, nil
	}
	now := time.Now()
	changed, err := s.opt.Archive.Changed(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("look for news of the runs: %w", err)
	}
	// That a process died is written nowhere: look now and then.
	live := slices.ContainsFunc(l.rows, func(r Run) bool { return r.Live })
	if !l.read || changed != l.changed || live && now.Sub(l.listed) > 8*s.pace.poll {
		rows, err := s.opt.Archive.Runs(ctx)
		if err != nil {
			return nil, 0, fmt.Errorf("list the runs: %w", err)
		}
		l.rows, l.read, l.changed, l.listed = rows, true, changed, now
	}
	l.asked = now
	return l.rows, l.changed, nil
}

// reread makes the next list a fresh one: that a process died is written
// nowhere.
func (s *Server) reread(ctx context.Context) error {
	if err := s.list.turn.take(ctx); err != nil {
		return err
	}
	s.list.read = false
	s.list.turn.give()
	return nil
}

// rows lists all runs, those that only this process knows first.
func (s *Server) rows(ctx context.Context, age time.Duration) ([]Run, error) {
	kept, _, err := s.archived(ctx, age)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	feeds := maps.Clone(s.feeds)
	s.mu.Unlock()
	rows := make([]Run, 0, len(kept)+len(feeds))
	for _, r := range kept {
		f := feeds[r.Run]
		delete(feeds, r.Run)
		rows = append(rows, s.rowOf(r, f))
	}
	own := []Run{} // an empty list is no null
	for id, f := range feeds {
		r := s.rowOf(Run{}, f)
		r.Run = id
		own = append(own, r)
	}
	slices.SortFunc(own, func(a, b Run) int { return b.Began.Compare(a.Began) })
	return append(own, rows...), nil
}

func (s *Server) rowOf(r Run, f *Feed) Run {
	if f != nil {
		r = f.row(r)
		r.Steerable = r.Live
	}
	if s.opt.Steerer == nil {
		r.Steerable = false
	}
	return r
}

// row finds one run. The error wraps ErrNoRun if there is none.
func (s *Server) row(ctx context.Context, id string, age time.Duration) (Run, error) {
	kept, _, err := s.archived(ctx, age)
	if err != nil {
		return Run{}, err
	}
	f := s.feed(id)
	if i := slices.IndexFunc(kept, func(r Run) bool { return r.Run == id }); i >= 0 {
		return s.rowOf(kept[i], f), nil
	}
	if f == nil {
		return Run{}, fmt.Errorf("run %q: %w", id, ErrNoRun)
	}
	r := s.rowOf(Run{}, f)
	r.Run = id
	return r, nil
}

// gone tells that a row is not in the list any more.
type gone struct {
	Run  string `json:"run"`
	Gone bool   `json:"gone"`
}

// differences tells rows that are not as they were said last, and keeps what it
// tells.
func differences(said map[string]Run, rows []Run) []any {
	news := []any{}
	there := make(map[string]bool, len(rows))
	for _, r := range rows {
		there[r.Run] = true
		if before, known := said[r.Run]; !known || before != r {
			said[r.Run] = r
			news = append(news, r)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(said)) {
		if !there[id] {
			delete(said, id)
			news = append(news, gone{id, true})
		}
	}
	return news
}
