package prove

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/prove/learn"
	"github.com/ponder-mcts/ponder/prove/tidy"
)

// Memory is what one proof teaches for the next: which kinds of tactics work on
// which goals, and how goals were proved, so that one that was proved once is
// proved again wherever it appears. What it says is tried before anything else and
// never believed: Coq runs each step. The zero value is empty and ready.
type Memory struct {
	Tactics learn.Table

	mu     sync.Mutex
	proved map[string]proved // by what coq.Full calls the goal
	order  []string          // of their keys, the oldest first
}

// proved is the first step of a proof of a goal, with the names of the hypotheses
// that the goal had.
type proved struct {
	Tactic string   `json:"tactic"`
	Hyps   []string `json:"hyps,omitempty"`
}

// mostProved bounds the goals that are remembered; the oldest go first.
const mostProved = 20_000

// learn remembers how the goals of a finished proof were proved.
func (m *Memory) learn(plan *env.Plan) {
	work := []*env.Plan{plan}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range at.Steps {
			work = append(work, s.Plan)
		}
		if s, ok := at.State.(*coq.State); ok && len(s.Full()) == 1 && len(at.Steps) == 1 {
			m.note(s, at.Steps[0].Action)
		}
	}
}

func (m *Memory) note(s *coq.State, tactic string) {
	m.Tactics.Record(learn.Features(s.Goals()[0]), learn.Shape(tactic, s.Goals()[0]), learn.OnProof)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(s.Full()[0].Same, proved{tactic, names(s)})
}

func (m *Memory) put(key string, p proved) {
	if m.proved == nil {
		m.proved = map[string]proved{}
	}
	if _, known := m.proved[key]; !known {
		m.order = append(m.order, key)
	}
	m.proved[key] = p
	if len(m.order) > mostProved {
		for _, old := range m.order[:mostProved/10] {
			delete(m.proved, old)
		}
		m.order = slices.Clone(m.order[mostProved/10:])
	}
}

// recall is the step that a goal was proved with, under the names that it has now.
func (m *Memory) recall(s *coq.State) (tactic string, ok bool) {
	if len(s.Full()) != 1 {
		return "", false
	}
	m.mu.Lock()
	p, ok := m.proved[s.Full()[0].Same]
	m.mu.Unlock()
	if !ok {
		return "", false
	}
	return tidy.Rename(p.Tactic, renaming(p.Hyps, names(s))), true
}

// memoryFile is a Memory as JSON.
type memoryFile struct {
	Version int               `json:"version"`
	Tactics json.RawMessage   `json:"tactics"`
	Proved  map[string]proved `json:"proved"`
	Order   []string          `json:"order"`
}

const memoryVersion = 1

// Snapshot is the memory as JSON.
func (m *Memory) Snapshot() ([]byte, error) {
	tactics, err := m.Tactics.Snapshot()
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data, err := json.Marshal(memoryFile{memoryVersion, tactics, m.proved, m.order})
	if err != nil {
		return nil, fmt.Errorf("memory of proofs: %w", err)
	}
	return data, nil
}

// Load puts what Snapshot wrote in the place of the memory; on an error, which
// says what is wrong with the data, the memory is left as it was.
func (m *Memory) Load(data []byte) error {
	var f memoryFile
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("memory of proofs: it is not the JSON that Snapshot writes: %w", err)
	}
	if f.Version != memoryVersion {
		return fmt.Errorf("memory of proofs: version %d can't be read, only %d: start with an empty one", f.Version, memoryVersion)
	}
	if len(f.Order) != len(f.Proved) || slices.ContainsFunc(f.Order, func(key string) bool { return f.Proved[key].Tactic == "" }) {
		return errors.New("memory of proofs: the goals and their order do not fit")
	}
	if err := m.Tactics.Load(f.Tactics); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.proved, m.order = f.Proved, f.Order
	return nil
}
