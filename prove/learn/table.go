package learn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"sync"
)

// Outcome is what a tactic did at a goal.
type Outcome uint8

const (
	Refused  Outcome = iota // it failed or changed nothing
	Progress                // it was accepted; nothing more is known
	Closed                  // it proved the goal
	OnProof                 // it is a part of a proof that was found
)

// credit is how much of a success an outcome is.
func (o Outcome) credit() float64 {
	switch o {
	case Progress:
		return 0.25
	case Closed, OnProof:
		return 1
	}
	return 0
}

const (
	mostEntries = 20_000
	keptEntries = 18_000 // after the least used were dropped
	longName    = 200    // bytes of a shape or a feature
	version     = 1
)

// Table counts how tactics did, by their shapes and by the features of the
// goals. The zero value is empty and ready. It holds at most 20,000 pairs of a
// shape and a feature: beyond, those used least are dropped.
//
// What was recorded counts the same in any order, as long as nothing was
// dropped and Decay was not used in between. A tactic may be recorded twice:
// when it is tried, and as OnProof when a proof is found.
type Table struct {
	mu      sync.RWMutex // guards all
	entries map[entry]count
	all     count
}

// entry is a shape with a feature; an empty feature stands for all goals.
type entry struct{ shape, feature string }

// count is a number of trials and the sum of their credits.
type count struct{ tried, credit float64 }

func (c count) plus(o count) count { return count{c.tried + o.tried, c.credit + o.credit} }

// rate is the share of successes, with so many more trials at the rate prior.
func (c count) rate(prior, weight float64) float64 {
	return (c.credit + prior*weight) / (c.tried + weight)
}

// Record counts one trial of a tactic. Features given twice count once.
func (t *Table) Record(features []string, shape string, o Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.entries == nil {
		t.entries = map[entry]count{}
	}
	c := count{1, o.credit()}
	t.all = t.all.plus(c)
	shape = clip(shape)
	seen := map[string]bool{"": true}
	t.entries[entry{shape, ""}] = t.entries[entry{shape, ""}].plus(c)
	for _, f := range features {
		if f = clip(f); !seen[f] {
			seen[f] = true
			t.entries[entry{shape, f}] = t.entries[entry{shape, f}].plus(c)
		}
	}
	t.shrink()
}

// clip makes a name fit for JSON and for memory.
func clip(s string) string {
	if len(s) > longName {
		s = s[:longName]
	}
	return strings.ToValidUTF8(s, "")
}

// How many trials at the wider rate a narrower count is mixed with, so that few
// trials say little.
const (
	shapeWeight   = 2
	featureWeight = 2
)

// Score estimates, in (0,1), how likely a tactic of this shape makes progress
// that ends in a proof, at a goal with these features. Without any record it is
// 1/4; a shape never tried is as good as all shapes are on average.
func (t *Table) Score(features []string, shape string) float64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	shape = clip(shape)
	base := t.entries[entry{shape, ""}].rate(t.all.rate(0.25, 2), shapeWeight)
	// As in naive Bayes, each feature moves the odds by what it says; features
	// say much the same, so the sum is divided by the root of their number.
	var shifts []float64
	seen := map[string]bool{"": true}
	for _, f := range features {
		f = clip(f)
		if c, ok := t.entries[entry{shape, f}]; ok && !seen[f] {
			seen[f] = true
			shifts = append(shifts, logit(c.rate(base, featureWeight))-logit(base))
		}
	}
	slices.Sort(shifts) // the sum is the same for any order of features
	sum := 0.0
	for _, s := range shifts {
		sum += s
	}
	return sigmoid(logit(base) + sum/math.Sqrt(float64(max(len(shifts), 1))))
}

// Decay multiplies all counts by keep, in [0,1], so that what is new weighs
// more; what is all but forgotten is dropped.
func (t *Table) Decay(keep float64) {
	if !(keep >= 0 && keep < 1) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = count{t.all.tried * keep, t.all.credit * keep}
	for e, c := range t.entries {
		if c = (count{c.tried * keep, c.credit * keep}); c.tried < 0.05 {
			delete(t.entries, e)
		} else {
			t.entries[e] = c
		}
	}
}

// Len is the number of pairs of a shape and a feature that are known.
func (t *Table) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.entries)
}

// shrink drops the least used entries when there are too many. Among equals
// their hash decides, so that it does not matter which came first.
func (t *Table) shrink() {
	if len(t.entries) <= mostEntries {
		return
	}
	type used struct {
		entry entry
		tried float64
		hash  uint64
	}
	all := make([]used, 0, len(t.entries))
	for e, c := range t.entries {
		all = append(all, used{e, c.tried, hash(e.shape + "\x00" + e.feature)})
	}
	slices.SortFunc(all, func(a, b used) int {
		return cmp.Or(cmp.Compare(b.tried, a.tried), cmp.Compare(a.hash, b.hash))
	})
	for _, u := range all[keptEntries:] {
		delete(t.entries, u.entry)
	}
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// logit stays finite.
func logit(p float64) float64 {
	p = min(max(p, 1e-9), 1-1e-9)
	return math.Log(p / (1 - p))
}

// sigmoid stays clear of 0 and 1.
func sigmoid(z float64) float64 {
	return 1 / (1 + math.Exp(-min(max(z, -15), 15)))
}

// tableFile is a Table as JSON: trials and credits by shape and feature.
type tableFile struct {
	Version int                              `json:"version"`
	All     [2]float64                       `json:"all"`
	Shapes  map[string]map[string][2]float64 `json:"shapes"`
}

// Snapshot is the table as JSON. Equal tables give equal bytes.
func (t *Table) Snapshot() ([]byte, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	f := tableFile{version, [2]float64{t.all.tried, t.all.credit}, map[string]map[string][2]float64{}}
	for e, c := range t.entries {
		if f.Shapes[e.shape] == nil {
			f.Shapes[e.shape] = map[string][2]float64{}
		}
		f.Shapes[e.shape][e.feature] = [2]float64{c.tried, c.credit}
	}
	data, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("table of tactics: %w", err)
	}
	return data, nil
}

// Load puts what Snapshot wrote in the place of the table. On an error, which
// says what is wrong with the data, the table is left as it was.
func (t *Table) Load(data []byte) error {
	var f tableFile
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("table of tactics: it is not the JSON that Snapshot writes: %w", err)
	}
	if f.Version != version {
		return fmt.Errorf("table of tactics: version %d can't be read, only %d: start with an empty table", f.Version, version)
	}
	all, err := counted(f.All)
	if err != nil {
		return fmt.Errorf("table of tactics: the sum of all: %w", err)
	}
	entries := map[entry]count{}
	for shape, features := range f.Shapes {
		for feature, n := range features {
			c, err := counted(n)
			if err != nil {
				return fmt.Errorf("table of tactics: shape %q, feature %q: %w", clip(shape), clip(feature), err)
			}
			entries[entry{clip(shape), clip(feature)}] = c
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries, t.all = entries, all
	t.shrink()
	return nil
}

func counted(n [2]float64) (count, error) {
	c := count{n[0], n[1]}
	if !(c.credit >= 0 && c.credit <= c.tried && c.tried <= math.MaxInt64) {
		return count{}, fmt.Errorf("%g successes of %g trials are impossible", c.credit, c.tried)
	}
	return c, nil
}
