package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// stream is one open stream of server-sent events.
type stream struct {
	s   *Server
	w   http.ResponseWriter
	to  *http.ResponseController
	ctx context.Context

	beat    time.Time // when something was sent last
	state   string    // the row that was told last, as far as it matters
	doing   int       // of the feed, that was told last
	doingAt time.Time
}

// open takes a place for a stream and sends its head. close gives it back.
func (s *Server) open(w http.ResponseWriter, r *http.Request) (st *stream, closeStream func(), ok bool) {
	select {
	case s.streams <- struct{}{}:
	default:
		refuse(w, http.StatusServiceUnavailable, fmt.Errorf("%d streams are open already: close other pages", maxStreams))
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(r.Context())
	go func() {
		select {
		case <-s.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	st = &stream{s: s, w: w, to: http.NewResponseController(w), ctx: ctx, doing: -1}
	closeStream = func() {
		cancel()
		<-s.streams
	}
	if err := st.write("retry: 1000\n\n"); err != nil {
		closeStream()
		return nil, nil, false
	}
	return st, closeStream, true
}

// write sends text within the time that a reader may take for it.
func (st *stream) write(text string) error {
	// A writer without deadlines is one of a test.
	if err := st.to.SetWriteDeadline(time.Now().Add(st.s.pace.write)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := st.w.Write([]byte(text)); err != nil {
		return err
	}
	st.beat = time.Now()
	return st.to.Flush()
}

// place is the id of an event: its number, and which log it is a number of.
// Behind the same number of another log other things may have happened.
func place(seq int, log string) string { return fmt.Sprintf("%d:%s", seq, log) }

// readPlace reads what place made, or only a number.
func readPlace(text string) (Cursor, error) {
	digits, log, _ := strings.Cut(text, ":")
	seq, err := number(digits, 0)
	return Cursor{Seq: seq, Mark: log}, err
}

// send sends one event; an empty id means that it has none.
func (st *stream) send(name, id string, data any) error {
	text, err := json.Marshal(data) // JSON has no line breaks
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	head := "event: " + name + "\n"
	if id != "" {
		head += "id: " + id + "\n"
	}
	return st.write(head + "data: " + string(text) + "\n\n")
}

// idle waits for news, no longer than d, and keeps the connection alive.
func (st *stream) idle(news <-chan struct{}, d time.Duration) error {
	if time.Since(st.beat) >= st.s.pace.beat {
		if err := st.write(": \n\n"); err != nil {
			return err
		}
	}
	timer := time.NewTimer(min(d, st.s.pace.beat))
	defer timer.Stop()
	select {
	case <-news:
	case <-timer.C:
	case <-st.ctx.Done():
		return st.ctx.Err()
	}
	return nil
}

// pause gives several changes the time to go in one message.
func (st *stream) pause(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-st.ctx.Done():
		return st.ctx.Err()
	}
}

// streamRuns tells the list of runs, and then each row that changes.
func (s *Server) streamRuns(w http.ResponseWriter, r *http.Request) {
	st, closeStream, ok := s.open(w, r)
	if !ok {
		return
	}
	defer closeStream()
	said := map[string]string{}
	for round := 0; ; round++ {
		// Every few seconds the list is read although nothing was written: that a
		// process died is written nowhere.
		if round%16 == 15 {
			if err := s.reread(st.ctx); err != nil {
				return
			}
		}
		rows, err := s.rows(st.ctx, s.pace.list/2)
		if err != nil {
			return // the page asks again
		}
		news, err := differences(said, rows)
		if err != nil {
			return
		}
		if len(news) > 0 || round == 0 {
			if news == nil {
				news = []json.RawMessage{}
			}
			if st.send("runs", "", news) != nil {
				return
			}
		}
		if st.idle(nil, s.pace.list) != nil {
			return
		}
	}
}

// streamRun tells the events of a run after one, as they come.
func (s *Server) streamRun(w http.ResponseWriter, r *http.Request) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	at, err := readPlace(text)
	if err != nil {
		fail(w, err)
		return
	}
	id := r.PathValue("id")
	if _, err := s.row(r.Context(), id, 0); err != nil {
		fail(w, err)
		return
	}
	st, closeStream, ok := s.open(w, r)
	if !ok {
		return
	}
	defer closeStream()
	// Whatever ends the stream, the page asks again with the number it has.
	if f := s.feed(id); f != nil {
		_ = st.follow(id, f, at)
	} else {
		_ = st.read(id, at)
	}
}

// snapshot tells the page to get the tree as a whole and to come back.
type snapshot struct {
	Seq     int `json:"seq"`
	Dropped int `json:"dropped"`
}

// follow tells of a run that this process works on.
func (st *stream) follow(id string, f *Feed, at Cursor) error {
	after := at.Seq
	for {
		now, next := f.stand()
		events, lost := f.After(after, st.s.pace.batch)
		if lost > 0 || after > now.last || at.Mark != "" && at.Mark != f.mark {
			return st.send("snapshot", "", snapshot{now.last, lost})
		}
		if len(events) > 0 {
			after = events[len(events)-1].Seq
			if err := st.send("events", place(after, f.mark), events); err != nil {
				return err
			}
		}
		if err := st.tell(id, f, now); err != nil {
			return err
		}
		switch {
		case after < now.last:
			next = nil // there is more
		case now.err != nil:
			return now.err
		case now.state == Ended:
			return st.send("end", "", nil)
		}
		if next != nil {
			if err := st.idle(next, st.s.pace.beat); err != nil {
				return err
			}
		}
		if err := st.pause(st.s.pace.events); err != nil {
			return err
		}
	}
}

// tell says what is in flight, now and then, and how the run stands.
func (st *stream) tell(id string, f *Feed, now standing) error {
	if now.busy != st.doing && time.Since(st.doingAt) >= st.s.pace.doing {
		st.doing, st.doingAt = now.busy, time.Now()
		if err := st.send("doing", "", f.leaves()); err != nil {
			return err
		}
	}
	return st.status(id)
}

// status tells the row of the run when it stands otherwise than it was told.
func (st *stream) status(id string) error {
	row, err := st.s.row(st.ctx, id, st.s.pace.list)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s %v %v %v %v %q %q", row.Status, row.Verified, row.Live, row.Steerable, row.Resumable, row.Answer, row.Reason)
	if key == st.state {
		return nil
	}
	st.state = key
	return st.send("state", "", row)
}

// read tells of a run that others work on, or nobody.
func (st *stream) read(id string, at Cursor) error {
	if strings.HasPrefix(at.Mark, feedMark) {
		at.Mark = "" // that feed is gone; what it told is here
	}
	changed := int64(-1)
	for {
		_, now, err := st.s.archived(st.ctx, st.s.pace.poll/2)
		if err != nil {
			return err
		}
		if now != changed {
			changed = now
			if at, err = st.readOn(id, at); err != nil {
				return err
			}
		}
		if err := st.status(id); err != nil {
			return err
		}
		if st.s.feed(id) != nil {
			return nil // it goes on here: the page comes back for it
		}
		row, err := st.s.row(st.ctx, id, 0)
		if err != nil {
			return err
		}
		if !row.Live {
			// What was written between the last look and the end comes too.
			if at, err = st.readOn(id, at); err != nil {
				return err
			}
			st.state = ""
			if err := st.status(id); err != nil {
				return err
			}
			return st.send("end", "", nil)
		}
		if err := st.idle(nil, st.s.pace.poll); err != nil {
			return err
		}
	}
}

// errSnapshot ends a stream whose page has to get the tree anew.
var errSnapshot = errors.New("the log was rewritten")

// readOn tells all events that are there.
func (st *stream) readOn(id string, at Cursor) (Cursor, error) {
	for {
		b, err := st.s.opt.Archive.Follow(st.ctx, id, at)
		if err != nil {
			return at, err
		}
		if b.Anew && at.Seq > 0 {
			if err := st.send("snapshot", "", snapshot{b.Next.Seq, 0}); err != nil {
				return at, err
			}
			return at, errSnapshot
		}
		at = b.Next
		if len(b.Events) == 0 {
			return at, nil
		}
		for part := range slices.Chunk(b.Events, st.s.pace.batch) {
			last := part[len(part)-1].Seq
			mark := "" // only of the end of a batch
			if last == at.Seq {
				mark = at.Mark
			}
			if err := st.send("events", place(last, mark), part); err != nil {
				return at, err
			}
		}
	}
}
