package llm

import (
	"context"
	"sync"
)

// Memory is a Keeper that forgets all when the process ends, and the oldest
// calls before that once there are many.
type Memory struct {
	mu    sync.Mutex // guards what follows
	calls map[Key]Call
	order []Key // of their arrival
}

// memoryLimit is the number of calls a Memory keeps, some kilobytes each.
const memoryLimit = 1 << 15

// Find implements Keeper.
func (m *Memory) Find(_ context.Context, key Key) (Call, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.calls[key]
	return c, ok, nil
}

// Keep implements Keeper.
func (m *Memory) Keep(_ context.Context, call Call) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls == nil {
		m.calls = map[Key]Call{}
	}
	if _, known := m.calls[call.Key]; !known {
		m.order = append(m.order, call.Key)
	}
	m.calls[call.Key] = call
	if len(m.order) > memoryLimit {
		delete(m.calls, m.order[0])
		m.order = m.order[1:]
	}
	return nil
}
