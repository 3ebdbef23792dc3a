package learn

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
)

const (
	weightBits = 14
	weights    = 1 << weightBits
	mostWeight = 1e6 // a model that is learnt has none like it
	rate       = 0.5 // of learning: the most a weight moves at its first update
)

// Goals learns how likely goals are proved within a search: logistic regression
// over hashed features, updated goal by goal (AdaGrad). The zero value knows
// nothing and is ready. The same updates in the same order give the same model;
// the order of the features of a goal does not matter.
type Goals struct {
	mu      sync.RWMutex // guards all
	w, g    []float64    // weights, and the sums of squares of their gradients
	bias    [2]float64   // the same two for every goal
	updates int
}

// input is one hashed feature.
type input struct {
	at    int
	value float64
}

// inputs hashes features, in an order that follows from the set alone. Their
// length is 1, so that goals with many features don't weigh more.
func inputs(features []string) []input {
	names := slices.Clone(features)
	slices.Sort(names)
	names = slices.Compact(names)
	in := make([]input, 0, len(names))
	for _, f := range names {
		h := hash(f)
		h ^= h >> 29 // FNV's low bits alone are poor
		sign := 1.0
		if h>>63 == 1 {
			sign = -1
		}
		in = append(in, input{int(h % weights), sign / math.Sqrt(float64(len(names)))})
	}
	slices.SortStableFunc(in, func(a, b input) int { return a.at - b.at })
	return in
}

// Predict is the probability, in (0,1), that a goal with these features is
// proved; 1/2 before the first update.
func (m *Goals) Predict(features []string) float64 {
	in := inputs(features)
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.predict(in)
}

func (m *Goals) predict(in []input) float64 {
	z := m.bias[0]
	for _, x := range in {
		if m.w != nil {
			z += float64(m.w[x.at] * x.value)
		}
	}
	return sigmoid(z)
}

// Update learns from one goal whether it was proved.
func (m *Goals) Update(features []string, solved bool) {
	in := inputs(features)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.w == nil {
		m.w, m.g = make([]float64, weights), make([]float64, weights)
	}
	off := m.predict(in)
	if solved {
		off--
	}
	m.updates++
	learn(&m.bias[0], &m.bias[1], off)
	for _, x := range in {
		learn(&m.w[x.at], &m.g[x.at], float64(off*x.value))
	}
}

func learn(w, g *float64, gradient float64) {
	*g += float64(gradient * gradient)
	*w -= rate * gradient / math.Sqrt(*g+1e-6)
}

// Updates is the number of goals learnt from.
func (m *Goals) Updates() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.updates
}

// goalsFile is a Goals as JSON: the place, weight and sum of each that was used.
type goalsFile struct {
	Version int          `json:"version"`
	Updates int          `json:"updates"`
	Bias    [2]float64   `json:"bias"`
	Weights [][3]float64 `json:"weights"`
}

// Snapshot is the model as JSON. Equal models give equal bytes.
func (m *Goals) Snapshot() ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	f := goalsFile{version, m.updates, m.bias, [][3]float64{}}
	for i := range m.w {
		if m.g[i] > 0 {
			f.Weights = append(f.Weights, [3]float64{float64(i), m.w[i], m.g[i]})
		}
	}
	data, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("model of goals: %w", err)
	}
	return data, nil
}

// Load puts what Snapshot wrote in the place of the model. On an error, which
// says what is wrong with the data, the model is left as it was.
func (m *Goals) Load(data []byte) error {
	var f goalsFile
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("model of goals: it is not the JSON that Snapshot writes: %w", err)
	}
	if f.Version != version {
		return fmt.Errorf("model of goals: version %d can't be read, only %d: start with a new model", f.Version, version)
	}
	w, g := make([]float64, weights), make([]float64, weights)
	for _, x := range append(f.Weights, [3]float64{0, f.Bias[0], f.Bias[1]}) {
		at := x[0]
		if !(at >= 0 && at < weights) || at != math.Trunc(at) || math.Abs(x[1]) > mostWeight || x[2] < 0 || f.Updates < 0 {
			return fmt.Errorf("model of goals: a weight, its place or its sum of squares is impossible: %v, after %d updates", x, f.Updates)
		}
	}
	for _, x := range f.Weights {
		w[int(x[0])], g[int(x[0])] = x[1], x[2]
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.w, m.g, m.bias, m.updates = w, g, f.Bias, f.Updates
	return nil
}
