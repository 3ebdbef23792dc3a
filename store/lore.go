package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Lore returns what was learnt from all runs of a kind, as SaveLore kept it. What is
// damaged is as good as not there: it is learnt anew.
func (s *Store) Lore(ctx context.Context, kind string) (data []byte, found bool, err error) {
	if s.empty {
		return nil, false, nil
	}
	var kept []byte
	err = s.db.QueryRowContext(ctx, "SELECT data, sum FROM lore WHERE kind = ?", kind).Scan(&data, &kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("reading what was learnt of %s: %w", kind, unreadable(ctx, err))
	case string(sum(kind, data)) != string(kept):
		return nil, false, nil
	}
	return data, true, nil
}

// SaveLore keeps what was learnt from runs of a kind in the place of what was kept
// before. It is the command's own how it is written.
func (s *Store) SaveLore(ctx context.Context, kind string, data []byte) error {
	if s.opt.ReadOnly {
		return fmt.Errorf("%s: %w: it was opened for reading", s.path, ErrReadOnly)
	}
	err := s.write(ctx, func(ctx context.Context) error {
		_, err := s.exec(ctx, "INSERT OR REPLACE INTO lore (kind, at, data, sum) VALUES (?,?,?,?)", kind, millis(s.opt.Now()), data, sum(kind, data))
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping what was learnt of %s in %s: %w", kind, s.path, err)
	}
	return nil
}
