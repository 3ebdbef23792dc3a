package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// SaveTree keeps what a view would make of the run as it is now, so that a large
// one is drawn without reading all of its events. It is the command's own how it
// is written. It lasts until the run goes on.
func (l *Log) SaveTree(ctx context.Context, data []byte) error {
	if err := l.open(); err != nil {
		return err
	}
	err := l.s.write(ctx, func(ctx context.Context) error {
		_, err := l.s.exec(ctx, "INSERT OR REPLACE INTO trees (run, seq, chain, data, sum) VALUES (?,?,?,?,?)", l.n, l.seq, l.chain, data, sum(data))
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the tree of run %s in %s: %w", l.id, l.s.path, err)
	}
	return nil
}

// Tree returns what SaveTree kept, if it still tells of all events of the run.
func (s *Store) Tree(ctx context.Context, id string) (data []byte, found bool, err error) {
	if s.empty {
		return nil, false, nil
	}
	var kept []byte
	err = s.db.QueryRowContext(ctx, `SELECT t.data, t.sum FROM runs r JOIN trees t ON t.run = r.n JOIN events e ON e.run = r.n AND e.seq = t.seq AND e.sum = t.chain
		WHERE r.id = ? AND NOT EXISTS (SELECT 1 FROM events later WHERE later.run = r.n AND later.seq > t.seq)`, id).Scan(&data, &kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("the tree of run %s: %w", id, unreadable(ctx, err))
	case string(sum(data)) != string(kept):
		return nil, false, nil // the events say it too
	}
	return data, true, nil
}
