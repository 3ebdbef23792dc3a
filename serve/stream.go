package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// jump is a snapshot message: the tree that /tree gives from now on has the
// events up to Seq, and the stream goes on after it.
type jump struct {
	Seq     int `json:"seq"`
	Dropped int `json:"dropped"` // events that are not sent
}

// followRuns tells the whole list of runs, then what changes in it.
func (s *Server) followRuns(ctx context.Context, out *sse) error {
	said := map[string]Run{}
	for first := true; ; first = false {
		rows, err := s.rows(ctx, s.pace.list)
		if err != nil {
			return err
		}
		if news := differences(said, rows); first || len(news) > 0 {
			if err := out.send("runs", "", news); err != nil {
				return err
			}
		}
		if err := out.heartbeat(); err != nil {
			return err
		}
		if err := rest(ctx, s.pace.list, nil); err != nil {
			return err
		}
	}
}

// follow tells the events of a run after one, to its end.
func (s *Server) follow(ctx context.Context, out *sse, id string, at Cursor) error {
	if f := s.feed(id); f != nil {
		return s.followFeed(ctx, out, id, f, at)
	}
	return s.followArchive(ctx, out, id, at)
}

// followFeed follows a run that this process works on. There is a pause after
// each round, so that however much happens, messages are few and big.
func (s *Server) followFeed(ctx context.Context, out *sse, id string, f *Feed, from Cursor) error {
	seq, other := from.Seq, from.Mark != "" && from.Mark != f.mark
	said, told := "", []int32{}
	busy, toldAt := 0, time.Time{}
	for {
		at, next := f.stand()
		events, lost := f.After(seq, s.pace.batch)
		switch {
		case lost > 0 || seq > at.last || other:
			if err := out.send("snapshot", messageID(Cursor{at.last, f.mark}), jump{at.last, max(0, at.last-seq)}); err != nil {
				return err
			}
			seq, other = at.last, false
		case len(events) > 0:
			seq = events[len(events)-1].Seq
			if err := out.send("events", messageID(Cursor{seq, f.mark}), events); err != nil {
				return err
			}
		}
		drained := seq >= at.last
		if at.busy != busy && time.Since(toldAt) >= s.pace.doing {
			busy, toldAt = at.busy, time.Now()
			if now := f.leaves(); !slices.Equal(now, told) {
				told = now
				if err := out.send("doing", "", now); err != nil {
					return err
				}
			}
		}
		if at.state != said && (at.state != Ended || drained) {
			said = at.state
			if err := s.sendState(ctx, out, id, f); err != nil {
				return err
			}
		}
		switch {
		case at.state == Ended && drained:
			return out.send("end", "", struct{}{})
		case at.err != nil && drained:
			return fmt.Errorf("run %q: %w", id, at.err)
		}
		if err := out.heartbeat(); err != nil {
			return err
		}
		if err := rest(ctx, s.pace.events, nil); err != nil {
			return err
		}
		if !drained {
			continue
		}
		wait := s.pace.beat
		if at.busy != busy {
			wait = s.pace.doing
		}
		if err := rest(ctx, wait, next); err != nil {
			return err
		}
	}
}

// sendState tells how a run of this process stands. Once it has ended, the
// archive knows best.
func (s *Server) sendState(ctx context.Context, out *sse, id string, f *Feed) error {
	kept, _, err := s.archived(ctx, 0)
	if err != nil {
		return err
	}
	r := Run{}
	if i := slices.IndexFunc(kept, func(r Run) bool { return r.Run == id }); i >= 0 {
		r = kept[i]
	}
	r = s.rowOf(r, f)
	r.Run = id
	return out.send("state", "", r)
}

// followArchive follows a run that is kept, and that another process may work
// on.
func (s *Server) followArchive(ctx context.Context, out *sse, id string, at Cursor) error {
	if strings.HasPrefix(at.Mark, feedMark) {
		at.Mark = "" // that feed is gone; what it told is here
	}
	said := ""
	var seen int64
	var asked time.Time // when the archive was last read
	for {
		if f := s.feed(id); f != nil { // this process has taken it: its log may differ
			now, _ := f.stand()
			if err := out.send("snapshot", messageID(Cursor{now.last, f.mark}), jump{Seq: now.last}); err != nil {
				return err
			}
			return s.followFeed(ctx, out, id, f, Cursor{now.last, f.mark})
		}
		row, err := s.row(ctx, id, s.pace.poll)
		if errors.Is(err, ErrNoRun) {
			return out.send("end", "", struct{}{})
		} else if err != nil {
			return err
		}
		if row.Status != said {
			said = row.Status
			if err := out.send("state", "", row); err != nil {
				return err
			}
		}
		_, changed, err := s.archived(ctx, s.pace.poll)
		if err != nil {
			return err
		}
		// That a process died is written nowhere: look now and then.
		if asked.IsZero() || changed != seen || time.Since(asked) > 8*s.pace.poll {
			seen, asked = changed, time.Now()
			live, err := s.readEvents(ctx, out, id, &at)
			if err != nil {
				return err
			}
			if !live && s.feed(id) == nil {
				return s.sendEnd(ctx, out, id, said)
			}
		}
		if err := out.heartbeat(); err != nil {
			return err
		}
		if err := rest(ctx, s.pace.poll, nil); err != nil {
			return err
		}
	}
}

// readEvents sends what the archive has after a place, and moves it on. It
// reports whether more may come.
func (s *Server) readEvents(ctx context.Context, out *sse, id string, at *Cursor) (live bool, err error) {
	for {
		b, err := s.opt.Archive.Follow(ctx, id, *at)
		switch {
		case errors.Is(err, ErrNoRun):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("read run %q: %w", id, err)
		case b.Anew:
			if *at, err = s.catchUp(ctx, id); err != nil {
				return false, err
			}
			if err := out.send("snapshot", messageID(*at), jump{Seq: at.Seq}); err != nil {
				return false, err
			}
			if err := rest(ctx, s.pace.events, nil); err != nil {
				return false, err
			}
			continue
		case len(b.Events) == 0:
			return b.Live, nil
		}
		for chunk := range slices.Chunk(b.Events, s.pace.batch) {
			end := Cursor{Seq: chunk[len(chunk)-1].Seq}
			if end.Seq == b.Next.Seq {
				end = b.Next
			}
			if err := out.send("events", messageID(end), chunk); err != nil {
				return false, err
			}
			if err := rest(ctx, s.pace.events, nil); err != nil {
				return false, err
			}
		}
		*at = b.Next
	}
}

// sendEnd tells how a run ended, if that was not said yet.
func (s *Server) sendEnd(ctx context.Context, out *sse, id, said string) error {
	if err := s.reread(ctx); err != nil {
		return err
	}
	row, err := s.row(ctx, id, 0)
	if err == nil && row.Status != said {
		err = out.send("state", "", row)
	}
	if err != nil && !errors.Is(err, ErrNoRun) {
		return err
	}
	return out.send("end", "", struct{}{})
}
