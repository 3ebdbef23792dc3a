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

// Keep implements llm.Keeper: the call is in the database when it returns. One
// that is there already stays as it is.
func (l *Log) Keep(ctx context.Context, c llm.Call) error {
	model, err := json.Marshal(c.Model)
	if err != nil {
		return err
	}
	request, err := json.Marshal(c.Request)
	if err != nil {
		return err
	}
	completion, err := json.Marshal(c.Completion)
	if err != nil {
		return fmt.Errorf("a model's reply can't be kept: %w", err)
	}
	now := l.s.opt.Now().UnixMilli()
	size := int64(len(model) + len(request) + len(completion))
	err = l.s.write(ctx, func(ctx context.Context) error {
		_, err := l.s.exec(ctx, `INSERT OR IGNORE INTO calls
			(key, run, model, request, completion, prompt_tokens, completion_tokens, elapsed_us, made, used, size, sum) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
			c.Key[:], l.run.ID, string(model), string(request), string(completion), c.Completion.Usage.PromptTokens, c.Completion.Usage.CompletionTokens,
			c.Elapsed.Microseconds(), now, now, size, sum(c.Key[:], model, request, completion))
		if err != nil {
			return err
		}
		return l.s.evict(ctx, size)
	})
	if err != nil {
		return fmt.Errorf("keeping a model call in %s: %w", l.s.path, err)
	}
	return nil
}

// Find implements llm.Keeper.
func (l *Log) Find(ctx context.Context, key llm.Key) (llm.Call, bool, error) {
	c, used, found, err := l.s.call(ctx, key)
	// That it was used is noted now and then only: it costs a commit.
	const often = time.Hour
	if now := l.s.opt.Now(); found && now.Sub(time.UnixMilli(used)) > often {
		err = l.s.write(ctx, func(ctx context.Context) error {
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
	err = s.db.QueryRowContext(ctx, "SELECT model, request, completion, elapsed_us, used, sum FROM calls WHERE key = ?", key[:]).
		Scan(&model, &request, &completion, &elapsed, &used, &kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return c, 0, false, nil
	case err != nil:
		return c, 0, false, fmt.Errorf("model call %s: %w", key, explain(ctx, err))
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

// evict makes room after so many bytes were added: the calls that were used
// longest ago go, down to nine tenths of the bound, but none that a run which has
// not ended paid for.
func (s *Store) evict(ctx context.Context, added int64) error {
	s.size, s.added = s.size+added, s.added+added
	if s.added > min(remeasure, s.opt.CacheBytes) {
		if err := s.measure(ctx); err != nil {
			return err
		}
	}
	if s.size <= s.opt.CacheBytes {
		return nil
	}
	_, err := s.exec(ctx, `WITH
			kept AS (SELECT key, size, used, made, run IN (SELECT id FROM runs WHERE ended = 0) AS spared FROM calls),
			ranked AS (SELECT key, spared, sum(size) OVER (ORDER BY spared DESC, used DESC, made DESC, key) AS total FROM kept)
		DELETE FROM calls WHERE key IN (SELECT key FROM ranked WHERE total > ? AND NOT spared)`, s.opt.CacheBytes*9/10)
	if err != nil {
		return err
	}
	return s.measure(ctx)
}
