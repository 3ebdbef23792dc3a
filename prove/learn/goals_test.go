package learn

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// invented are goals that are proved more often the smaller they are and if the
// head of the conclusion is an easy one.
func invented(r *rand.Rand) (features []string, chance float64) {
	head, size, deep := r.IntN(30), r.IntN(8), r.IntN(6)
	features = []string{fmt.Sprint("t=", head), fmt.Sprint("size=", size), fmt.Sprint("at=", deep), fmt.Sprint("noise=", r.IntN(1000))}
	if r.IntN(2) == 0 {
		features = append(features, "open")
	}
	z := 6 - 1.5*float64(size)
	if head%3 == 0 {
		z += 4
	}
	return features, sigmoid(z)
}

func TestGoalsConverge(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 2))
		m := &Goals{}
		for range 20_000 {
			f, p := invented(r)
			m.Update(f, r.Float64() < p)
		}
		var score []float64
		var solved []bool
		off, told, happened := 0.0, 0.0, 0.0
		for range 5000 {
			f, p := invented(r)
			got := m.Predict(f)
			score, solved = append(score, got), append(solved, p > 0.5)
			off += (got - p) * (got - p)
			told, happened = told+got, happened+p
		}
		if got := auc(score, solved); got < 0.95 {
			t.Errorf("seed %d: AUC %.3f", seed, got)
		}
		if mean := off / 5000; mean > 0.02 {
			t.Errorf("seed %d: the squared error is %.3f", seed, mean)
		}
		if d := (told - happened) / 5000; d > 0.03 || d < -0.03 {
			t.Errorf("seed %d: on average %.3f too high", seed, d)
		}
	}
}

// Predictions stay inside of (0,1) and move towards what is seen, whatever the
// order of the features; JSON keeps everything.
func TestGoalsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := &Goals{}, &Goals{}
		for range rapid.IntRange(0, 40).Draw(t, "updates") {
			f, solved := drawFeatures.Draw(t, "features"), rapid.Bool().Draw(t, "solved")
			before := a.Predict(f)
			if !(before > 0 && before < 1) {
				t.Fatalf("%v", before)
			}
			a.Update(f, solved)
			b.Update(append(rapid.Permutation(f).Draw(t, "permuted"), f...), solved)
			if after := a.Predict(f); solved != (after > before) {
				t.Fatalf("%v became %v after solved=%v", before, after, solved)
			}
		}
		if diff := cmp.Diff(snapshot(t, a), snapshot(t, b)); diff != "" {
			t.Fatal(diff)
		}
		loaded := &Goals{}
		if err := loaded.Load([]byte(snapshot(t, a))); err != nil {
			t.Fatal(err)
		}
		f := drawFeatures.Draw(t, "features")
		if snapshot(t, loaded) != snapshot(t, a) || loaded.Predict(f) != a.Predict(f) || loaded.Updates() != a.Updates() {
			t.Fatalf("%s became %s", snapshot(t, a), snapshot(t, loaded))
		}
	})
}

func TestGoalsBegin(t *testing.T) {
	m := &Goals{}
	if got := m.Predict([]string{"a"}); got != 0.5 {
		t.Errorf("it knows nothing and says %v", got)
	}
	for range 100_000 {
		m.Update([]string{"a"}, true)
	}
	if got := m.Predict([]string{"a"}); !(got > 0.99 && got < 1) {
		t.Errorf("always proved: %v", got)
	}
}

func TestGoalsLoadRefuses(t *testing.T) {
	m := &Goals{}
	m.Update([]string{"a"}, true)
	before := snapshot(t, m)
	for _, c := range []struct{ data, want string }{
		{"", "not the JSON that Snapshot writes"},
		{`{"version":3}`, "version 3 can't be read, only 1"},
		{`{"version":1,"weights":[[99999,0,0]]}`, "impossible"},
		{`{"version":1,"weights":[[0.5,0,0]]}`, "impossible"},
		{`{"version":1,"weights":[[-1,0,0]]}`, "impossible"},
		{`{"version":1,"weights":[[1,0,-1]]}`, "impossible"},
		{`{"version":1,"weights":[[1,1e300,1]]}`, "impossible"},
		{`{"version":1,"bias":[1e300,1]}`, "impossible"},
		{`{"version":1,"updates":-1}`, "impossible"},
	} {
		err := m.Load([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.data, err, c.want)
		}
		if got := snapshot(t, m); got != before {
			t.Errorf("%s: the model changed to %s", c.data, got)
		}
	}
}

func FuzzGoalsLoad(f *testing.F) {
	m := &Goals{}
	m.Update([]string{"a", "b"}, true)
	f.Add([]byte(snapshot(f, m)))
	f.Add([]byte(`{"version":1,"bias":[1e6,1e308],"weights":[[3,-1e6,1e308]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := &Goals{}
		if m.Load(data) != nil {
			return
		}
		for range 3 {
			if p := m.Predict([]string{"a", "b"}); !(p > 0 && p < 1) {
				t.Errorf("%v", p)
			}
			m.Update([]string{"a", "b"}, false)
		}
		if err := (&Goals{}).Load([]byte(snapshot(t, m))); err != nil {
			t.Errorf("what was loaded, updated and kept can't be loaded: %v", err)
		}
	})
}
