package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// Bounds of what may wait for a run: nobody reads it if its process hangs.
const (
	maxOrder  = 64 << 10 // bytes
	maxOrders = 1000
)

// Order leaves an order for the process that works on a run. It is the
// command's own what orders there are. The error is ErrAtRest if nobody works on
// the run, ErrNoRun if there is none of that id.
func (s *Store) Order(ctx context.Context, id string, body json.RawMessage) error {
	run, err := s.Run(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case !run.Live:
		return fmt.Errorf("run %s: %w: ponder resume goes on with it", run.ID, ErrAtRest)
	case len(body) > maxOrder:
		return fmt.Errorf("an order of %d bytes for run %s: at most %d are taken", len(body), run.ID, maxOrder)
	case !json.Valid(body):
		return fmt.Errorf("an order for run %s is no JSON: %.60q", run.ID, body)
	}
	waiting := 0
	err = s.write(ctx, func(ctx context.Context) error {
		row := s.w.QueryRowContext(ctx, "SELECT count(*) FROM orders JOIN runs ON runs.n = orders.run WHERE id = ?", run.ID)
		if err := row.Scan(&waiting); err != nil || waiting >= maxOrders {
			return err
		}
		_, err := s.exec(ctx, "INSERT INTO orders (run, at, body) SELECT n, ?, ? FROM runs WHERE id = ?", s.opt.Now().UnixMilli(), string(body), run.ID)
		return err
	})
	if err == nil && waiting >= maxOrders {
		return fmt.Errorf("%d orders wait for run %s already: its process does not take them", waiting, run.ID)
	}
	if err != nil {
		return fmt.Errorf("leaving an order for run %s: %w", run.ID, err)
	}
	return nil
}

// Orders takes the orders that were left for the run, in their order. It may be
// called from any goroutine.
func (l *Log) Orders(ctx context.Context) ([]json.RawMessage, error) {
	rows, err := l.s.db.QueryContext(ctx, "SELECT n, body FROM orders WHERE run = ? ORDER BY n", l.n)
	if err != nil {
		return nil, fmt.Errorf("the orders for run %s: %w", l.id, explain(ctx, err))
	}
	defer rows.Close()
	var orders []json.RawMessage
	last := int64(0)
	for rows.Next() {
		var body string
		if err := rows.Scan(&last, &body); err != nil {
			return nil, fmt.Errorf("the orders for run %s: %w", l.id, unreadable(ctx, err))
		}
		orders = append(orders, json.RawMessage(body))
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("the orders for run %s: %w", l.id, explain(ctx, err))
	}
	if len(orders) == 0 {
		return nil, nil
	}
	rows.Close() // the transaction must not wait for this one
	err = l.s.write(ctx, func(ctx context.Context) error {
		_, err := l.s.exec(ctx, "DELETE FROM orders WHERE run = ? AND n <= ?", l.n, last)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("taking the orders for run %s: %w", l.id, err)
	}
	return orders, nil
}
