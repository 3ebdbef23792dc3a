package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ponder-mcts/ponder/llm"
)

var _ llm.Keeper = (*Log)(nil)

// pending is a call on its way into the database.
type pending struct {
	key                        llm.Key
	run                        string
	model, request, completion []byte
	usage                      llm.Usage
	elapsed                    time.Duration
	at                         int64
}

func (p *pending) size() int64 { return int64(len(p.model) + len(p.request) + len(p.completion)) }

// patience is how long a call waits for a transaction that takes it along.
const patience = 5 * time.Millisecond

// Keep implements llm.Keeper. The call is kept with the next thing that is: the
// events that it paid for, in their transaction, or the next call. If neither
// comes within 5 milliseconds, it is kept by itself. One that is there already
// stays as it is.
func (l *Log) Keep(ctx context.Context, c llm.Call) error {
	p := pending{
		key: c.Key, run: l.id, usage: c.Completion.Usage, elapsed: c.Elapsed, at: l.s.opt.Now().UnixMilli(),
	}
	var err error
	if p.model, err = json.Marshal(c.Model); err != nil {
		return err
	}
	if p.request, err = json.Marshal(c.Request); err != nil {
		return err
	}
	if p.completion, err = json.Marshal(c.Completion); err != nil {
		return fmt.Errorf("a model's reply can't be kept: %w", err)
	}
	n, err := l.s.wait(p)
	if err != nil {
		return err
	}
	if n > 1 {
		// The one before was not the last one before its events.
		if err := l.s.flush(ctx, l.s.opt.Wait); err != nil {
			return fmt.Errorf("keeping a model call in %s: %w", l.s.path, err)
		}
	}
	return nil
}

// wait lets a call wait for a transaction and returns how many do.
func (s *Store) wait(p pending) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, fmt.Errorf("%s: %w: it is closed", s.path, ErrReadOnly)
	}
	s.waiting = append(s.waiting, p)
	if s.alarm == nil {
		s.alarm = time.AfterFunc(patience, s.tick)
	} else {
		s.alarm.Reset(patience)
	}
	return len(s.waiting), nil
}

// tick keeps the calls that have waited long enough. If that can't be done at
// once they wait on, and whoever writes next is told.
func (s *Store) tick() {
	const again = 100 * time.Millisecond
	if s.flush(context.Background(), 0) != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.closed {
			s.alarm.Reset(again)
		}
	}
}

// flush keeps the calls that wait.
func (s *Store) flush(ctx context.Context, wait time.Duration) error {
	if len(s.calls()) == 0 {
		return nil
	}
	return s.writeWithin(ctx, wait, func(context.Context) error { return nil })
}

// calls are those that wait now.
func (s *Store) calls() []pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting[:len(s.waiting):len(s.waiting)]
}

// putCalls writes calls, in a transaction that is open.
func (s *Store) putCalls(ctx context.Context, calls []pending) error {
	for i := range calls {
		p := &calls[i]
		done, err := s.exec(ctx, `INSERT OR IGNORE INTO calls
			(key, run, model, request, completion, prompt_tokens, completion_tokens, elapsed_us, made, used, size, sum) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
			p.key[:], p.run, string(p.model), string(p.request), string(p.completion), p.usage.PromptTokens, p.usage.CompletionTokens,
			p.elapsed.Microseconds(), p.at, p.at, p.size(), sum(p.key[:], p.model, p.request, p.completion))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			if err != nil {
				return err
			}
			continue // it is there already
		}
		if err := s.evict(ctx, p.size()); err != nil {
			return err
		}
	}
	return nil
}

// waits returns a call that is still on its way.
func (s *Store) waits(key llm.Key) (p pending, ok bool) {
	for _, p := range s.calls() {
		if p.key == key {
			return p, true
		}
	}
	return p, false
}

// Find implements llm.Keeper.
func (l *Log) Find(ctx context.Context, key llm.Key) (llm.Call, bool, error) {
	c, used, found, err := l.s.call(ctx, key)
	// That it was used is noted now and then only: it costs a commit. Where that
	// can't be written, the call was found all the same.
	const often = time.Hour
	if now := l.s.opt.Now(); found && now.Sub(time.UnixMilli(used)) > often {
		_ = l.s.write(ctx, func(ctx context.Context) error {
			_, err := l.s.exec(ctx, "UPDATE calls SET used = ? WHERE key = ?", now.UnixMilli(), key[:])
			return err
		})
	}
	return c, found, err
}

// Calls returns those of the calls that are still kept.
func (s *Store) Calls(ctx context.Context, keys ...llm.Key) ([]llm.Call, error) {
	var calls []llm.Call
	for _, k := range keys {
		c, _, found, err := s.call(ctx, k)
		if err != nil {
			return nil, err
		}
		if found {
			calls = append(calls, c)
		}
	}
	return calls, nil
}

func (s *Store) call(ctx context.Context, key llm.Key) (c llm.Call, used int64, found bool, err error) {
	if s.empty {
		return c, 0, false, nil
	}
	var model, request, completion, kept []byte
	var elapsed int64
	waiting, waits := s.waits(key) // before the look: it may be written in between
	look, err := s.found()
	if err == nil {
		err = look.QueryRowContext(context.WithoutCancel(ctx), key[:]).Scan(&model, &request, &completion, &elapsed, &used, &kept)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows) && waits:
		model, request, completion, used = waiting.model, waiting.request, waiting.completion, waiting.at
		elapsed = waiting.elapsed.Microseconds()
	case errors.Is(err, sql.ErrNoRows):
		return c, 0, false, nil
	case err != nil:
		return c, 0, false, fmt.Errorf("model call %s: %w", key, unreadable(ctx, err))
	case string(sum(key[:], model, request, completion)) != string(kept):
		return c, 0, false, fmt.Errorf("model call %s: %w", key, damaged("its checksum is wrong"))
	}
	c.Key, c.Elapsed = key, time.Duration(elapsed)*time.Microsecond
	if err := errors.Join(json.Unmarshal(model, &c.Model), json.Unmarshal(request, &c.Request), json.Unmarshal(completion, &c.Completion)); err != nil {
		return c, 0, false, fmt.Errorf("model call %s: %w", key, damaged("%v", err))
	}
	if err := c.Check(); err != nil {
		return c, 0, false, fmt.Errorf("model call %s: %w", key, damaged("%v", err))
	}
	return c, used, true, nil
}

// remeasure is how many bytes may be added before the size is read anew:
// another process may add some too.
const remeasure = 16 << 20

// measure reads the size of the calls kept.
func (s *Store) measure(ctx context.Context) error {
	s.added = 0
	return s.w.QueryRowContext(ctx, "SELECT coalesce(sum(size), 0) FROM calls").Scan(&s.size)
}

// evictAtOnce bounds how many calls go in one transaction, for others wait.
const evictAtOnce = 512

// evict makes room after so many bytes were added: the calls that were used
// longest ago go, down to nine tenths of the bound, but none that a run which has
// not ended paid for. What is over the bound by more than a few goes little by
// little.
func (s *Store) evict(ctx context.Context, added int64) error {
	s.size, s.added = s.size+added, s.added+added
	if s.added > min(remeasure, s.opt.CacheBytes) {
		if err := s.measure(ctx); err != nil {
			return err
		}
	}
	if s.size <= max(s.opt.CacheBytes, s.calm) {
		return nil
	}
	goal := s.opt.CacheBytes * 9 / 10
	old, err := s.oldest(ctx, s.size-goal)
	if err != nil {
		return err
	}
	for _, c := range old {
		if _, err := s.exec(ctx, "DELETE FROM calls WHERE key = ?", c.key); err != nil {
			return err
		}
		s.size -= c.size
	}
	s.calm = 0
	if len(old) < evictAtOnce && s.size > s.opt.CacheBytes {
		// All others are spared: to look again with each call would cost more
		// than it gives.
		s.calm = s.size + s.opt.CacheBytes/16
	}
	return nil
}

type kept struct {
	key  []byte
	size int64
}

// oldest lists the calls that may go, in their order, until they have so many
// bytes or are so many.
func (s *Store) oldest(ctx context.Context, bytes int64) (old []kept, err error) {
	rows, err := s.query(ctx, `SELECT key, size FROM calls INDEXED BY calls_by_use
		WHERE run NOT IN (SELECT id FROM runs WHERE ended = 0) ORDER BY used, made LIMIT ?`, evictAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for bytes > 0 && rows.Next() {
		var c kept
		if err := rows.Scan(&c.key, &c.size); err != nil {
			return nil, err
		}
		old, bytes = append(old, c), bytes-c.size
	}
	return old, rows.Err()
}
