package learn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// auc is the probability that a success scores higher than a failure.
func auc(score []float64, success []bool) float64 {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if score[a] < score[b] {
			return -1
		} else if score[a] > score[b] {
			return 1
		}
		return 0
	})
	above, pairs, failures := 0.0, 0.0, 0.0
	for from := 0; from < len(order); {
		to, f, s := from, 0.0, 0.0
		for ; to < len(order) && score[order[to]] == score[order[from]]; to++ {
			if success[order[to]] {
				s++
			} else {
				f++
			}
		}
		above += s * (failures + f/2)
		failures += f
		pairs += s
		from = to
	}
	return above / (pairs * failures)
}

// trial is one tactic at a goal of an invented prover: it succeeds if the goal
// has the feature that the tactic needs, and one time in twenty otherwise than so.
type trial struct {
	features []string
	shape    string
	success  bool
}

func trials(r *rand.Rand, n int) []trial {
	out := make([]trial, n)
	for i := range out {
		t := trial{shape: fmt.Sprint("tactic", r.IntN(20))}
		for k := range 6 {
			t.features = append(t.features, fmt.Sprint("f", k, "=", r.IntN(5)))
		}
		need := hash(t.shape)
		t.success = slices.Contains(t.features, fmt.Sprint("f", need%6, "=", need/6%5))
		if r.IntN(20) == 0 {
			t.success = !t.success
		}
		out[i] = t
	}
	return out
}

func outcome(success bool, r *rand.Rand) Outcome {
	if success {
		return []Outcome{Closed, OnProof}[r.IntN(2)]
	}
	return Refused
}

func TestTableConverges(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 1))
		table := &Table{}
		for _, x := range trials(r, 20_000) {
			table.Record(x.features, x.shape, outcome(x.success, r))
		}
		var score []float64
		var success []bool
		for _, x := range trials(r, 5000) {
			need := hash(x.shape) // without the noise
			success = append(success, slices.Contains(x.features, fmt.Sprint("f", need%6, "=", need/6%5)))
			score = append(score, table.Score(x.features, x.shape))
		}
		if got := auc(score, success); got < 0.97 {
			t.Errorf("seed %d: AUC %.3f", seed, got)
		}
	}
}

// With more trials of one kind the score comes near to what was recorded.
func TestTableScore(t *testing.T) {
	table := &Table{}
	if got := table.Score([]string{"a"}, "auto"); math.Abs(got-0.25) > 1e-9 {
		t.Errorf("an empty table gives %v", got)
	}
	for i := range 400 {
		table.Record([]string{"a", "b"}, "auto", []Outcome{OnProof, Refused, Refused, Refused}[i%4])
		table.Record([]string{"a", "c"}, "auto", []Outcome{OnProof, Closed, OnProof, Refused}[i%4])
		table.Record([]string{"a"}, "lia", Progress)
	}
	for _, c := range []struct {
		name, shape string
		features    []string
		low, high   float64
	}{
		{"what fails mostly", "auto", []string{"a", "b"}, 0.2, 0.4},
		{"what succeeds mostly", "auto", []string{"a", "c"}, 0.6, 0.8},
		{"features never seen say nothing", "auto", []string{"x", "y"}, 0.45, 0.55},
		{"progress is a quarter of a success", "lia", []string{"a"}, 0.24, 0.26},
		{"a shape never seen is average", "tauto", []string{"a"}, 0.38, 0.45},
		{"twice is once", "auto", []string{"a", "b", "b", "a"}, 0.2, 0.4},
	} {
		if got := table.Score(c.features, c.shape); got < c.low || got > c.high {
			t.Errorf("%s: %.3f", c.name, got)
		}
	}
	if a, b := table.Score([]string{"a", "b", "b", ""}, "auto"), table.Score([]string{"b", "a"}, "auto"); a != b {
		t.Errorf("%v and %v", a, b)
	}
	once, twice := &Table{}, &Table{}
	once.Record([]string{"a"}, "auto", Closed)
	twice.Record([]string{"a", "a", ""}, "auto", Closed)
	if diff := cmp.Diff(snapshot(t, once), snapshot(t, twice)); diff != "" {
		t.Error(diff)
	}
}

func snapshot(t interface{ Fatal(...any) }, s interface{ Snapshot() ([]byte, error) }) string {
	data, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var (
	drawFeatures = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c=\xff", "d<>", ""}), 0, 6)
	drawShape    = rapid.SampledFrom([]string{"auto", "apply _hyp", "rewrite \xfe", ""})
)

// Scores stay inside of (0,1), the order of records and features does not
// matter, and JSON keeps everything.
func TestTableProperties(t *testing.T) {
	type record struct {
		features []string
		shape    string
		outcome  Outcome
	}
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) record {
			return record{drawFeatures.Draw(t, "features"), drawShape.Draw(t, "shape"), Outcome(rapid.IntRange(0, 4).Draw(t, "outcome"))}
		}), 0, 60).Draw(t, "records")
		a, b := &Table{}, &Table{}
		for _, r := range records {
			a.Record(r.features, r.shape, r.outcome)
		}
		for _, r := range rapid.Permutation(records).Draw(t, "permuted") {
			b.Record(rapid.Permutation(r.features).Draw(t, "features"), r.shape, r.outcome)
		}
		if diff := cmp.Diff(snapshot(t, a), snapshot(t, b)); diff != "" {
			t.Fatal(diff)
		}
		if rapid.Bool().Draw(t, "decay") {
			a.Decay(rapid.Float64Range(0, 1).Draw(t, "keep"))
		}
		loaded := &Table{}
		if err := loaded.Load([]byte(snapshot(t, a))); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(snapshot(t, a), snapshot(t, loaded)); diff != "" {
			t.Fatal(diff)
		}
		f, s := drawFeatures.Draw(t, "features"), drawShape.Draw(t, "shape")
		got := a.Score(f, s)
		if !(got > 0 && got < 1) {
			t.Fatalf("score %v", got)
		}
		if other := loaded.Score(rapid.Permutation(f).Draw(t, "permuted"), s); other != got {
			t.Fatalf("%v and %v", got, other)
		}
	})
}

func TestTableIsBounded(t *testing.T) {
	table := &Table{}
	for i := range 30_000 {
		table.Record([]string{"common", fmt.Sprint("rare", i)}, "auto", OnProof)
		if n := table.Len(); n > mostEntries {
			t.Fatalf("%d entries", n)
		}
	}
	if n := table.Len(); n < keptEntries {
		t.Errorf("only %d entries", n)
	}
	table.Record([]string{"common"}, "auto", Refused)
	if c := table.entries[entry{"auto", "common"}]; c.tried != 30_001 || table.entries[entry{"auto", ""}].tried != 30_001 {
		t.Errorf("what is used most was dropped: %+v", c)
	}
	long := strings.Repeat("é", 500)
	table.Record([]string{long}, long, Closed)
	for e := range table.entries {
		if len(e.shape) > longName || len(e.feature) > longName {
			t.Errorf("%q", e)
		}
	}
	var b bytes.Buffer
	b.WriteString(`{"version":1,"all":[1,1],"shapes":{"auto":{"":[25000,3]`)
	for i := range 25_000 {
		fmt.Fprintf(&b, `,"f%d":[1,1]`, i)
	}
	b.WriteString("}}}")
	if err := table.Load(b.Bytes()); err != nil || table.Len() != keptEntries {
		t.Errorf("%v, %d entries", err, table.Len())
	}
}

func TestTableDecay(t *testing.T) {
	table := &Table{}
	for range 10 {
		table.Record([]string{"a"}, "auto", Refused)
	}
	old := table.Score([]string{"a"}, "auto")
	for _, keep := range []float64{1, 2, -1, math.NaN()} {
		table.Decay(keep)
	}
	if got := table.Score([]string{"a"}, "auto"); got != old {
		t.Errorf("nothing to forget: %v, was %v", got, old)
	}
	table.Decay(0.1)
	if got := table.Score([]string{"a"}, "auto"); got <= old {
		t.Errorf("failures long ago: %v, was %v", got, old)
	}
	table.Record(nil, "lia", Closed)
	table.Decay(0.04)
	if n := table.Len(); n != 0 {
		t.Errorf("%d entries are left of what is forgotten", n)
	}
}

// Searches record and ask at the same time; nothing is lost.
func TestTableConcurrent(t *testing.T) {
	table, model := &Table{}, &Goals{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 200 {
				f := []string{fmt.Sprint("f", k%7)}
				table.Record(f, "auto", Outcome(k%4))
				model.Update(f, k%2 == 0)
				if i == 0 {
					snapshot(t, table)
					snapshot(t, model)
				}
				if s, p := table.Score(f, "auto"), model.Predict(f); s <= 0 || p <= 0 {
					t.Errorf("%v, %v", s, p)
				}
			}
		})
	}
	wg.Wait()
	if got := table.entries[entry{"auto", ""}].tried; got != 1600 || model.Updates() != 1600 {
		t.Errorf("%v and %d of 1600", got, model.Updates())
	}
}

func TestTableLoadRefuses(t *testing.T) {
	table := &Table{}
	table.Record([]string{"a"}, "auto", Closed)
	before := snapshot(t, table)
	for _, c := range []struct{ data, want string }{
		{"", "not the JSON that Snapshot writes"},
		{"[]", "not the JSON"},
		{`{"version":2}`, "version 2 can't be read, only 1"},
		{`{"version":1,"all":[1,2]}`, "the sum of all: 2 successes of 1 trials"},
		{`{"version":1,"shapes":{"auto":{"x":[-1,-1]}}}`, `shape "auto", feature "x": -1 successes`},
		{`{"version":1,"shapes":{"auto":{"x":[1e300,1]}}}`, "impossible"},
		{`{"version":1,"shapes":{"auto":{"x":"y"}}}`, "not the JSON"},
	} {
		err := table.Load([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.data, err, c.want)
		}
		if got := snapshot(t, table); got != before {
			t.Errorf("%s: the table changed to %s", c.data, got)
		}
	}
}

func FuzzTableLoad(f *testing.F) {
	table := &Table{}
	table.Record([]string{"a", "b"}, "auto", Progress)
	f.Add([]byte(snapshot(f, table)))
	f.Add([]byte(`{"version":1,"all":[9e18,9e18],"shapes":{"auto":{"":[9e18,9e18],"a":[9e18,0]}}}`))
	f.Add([]byte(`{"version":1,"shapes":{"":{"":[0,0]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		table := &Table{}
		if table.Load(data) != nil {
			return
		}
		if s := table.Score([]string{"a", "b"}, "auto"); !(s > 0 && s < 1) {
			t.Errorf("score %v", s)
		}
		again := &Table{}
		if err := again.Load([]byte(snapshot(t, table))); err != nil {
			t.Errorf("what was loaded and kept can't be loaded: %v", err)
		}
		table.Record([]string{"a"}, "auto", OnProof)
		if !json.Valid([]byte(snapshot(t, table))) {
			t.Error("it is no JSON")
		}
	})
}
