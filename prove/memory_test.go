package prove_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/prove"
)

// A goal that was proved in one theorem is proved by the same steps in another,
// under the names that its hypotheses have there, with fewer tries; also by a Memory
// that was written down.
func TestMemory(t *testing.T) {
	const text = `Parameter P : nat -> nat -> Prop.
Axiom step : forall n m, P n m -> P (S n) (S m).
Axiom swap : forall n m, P n m -> P m n.
Lemma first : forall a b : nat, P a b -> P (S (S b)) (S (S a)).
Admitted.
Lemma second : forall x y : nat, P x y -> P (S (S y)) (S (S x)).
Admitted.
`
	f := parse(t, text)
	holes := vernac.Holes(f)
	var m prove.Memory
	o := prove.Options{Time: 30 * time.Second, Allow: []string{"step", "swap"}, Memory: &m}
	one, err := prove.Prove(t.Context(), f, holes[0], o)
	if err != nil || !one.Verified {
		t.Fatalf("%v, %+v", err, one)
	}
	data, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var again prove.Memory
	if err := again.Load(data); err != nil {
		t.Fatal(err)
	}
	if copied, err := again.Snapshot(); err != nil || !cmp.Equal(data, copied) {
		t.Errorf("read and written again, %v:\n%s", err, cmp.Diff(string(data), string(copied)))
	}
	tries := map[bool]int{}
	for _, known := range []bool{false, true} {
		o.Memory = &prove.Memory{}
		if known {
			o.Memory = &again
		}
		r, err := prove.Prove(t.Context(), f, holes[1], o)
		if err != nil || !r.Verified {
			t.Fatalf("%v, %+v", err, r)
		}
		tries[known] = r.Nodes
	}
	if tries[true] > tries[false] {
		t.Errorf("%d nodes with what was learnt, %d without", tries[true], tries[false])
	}
}

func TestMemoryLoadRefuses(t *testing.T) {
	var m prove.Memory
	for _, bad := range []string{
		"", "[]", `{"version":2}`, `{"version":1,"tactics":{},"proved":{},"order":[]}`,
		`{"version":1,"tactics":{"version":1,"all":[0,0],"shapes":{}},"proved":{},"order":["x"]}`,
	} {
		if err := m.Load([]byte(bad)); err == nil || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%q: error %v", bad, err)
		}
	}
	if err := m.Load([]byte(`{"version":1,"tactics":{"version":1,"all":[0,0],"shapes":{}},"proved":{},"order":[]}`)); err != nil {
		t.Error(err)
	}
}

func FuzzMemoryLoad(f *testing.F) {
	f.Add([]byte(`{"version":1,"tactics":{"version":1,"all":[0,0],"shapes":{}},"proved":{"k":{"tactic":"auto","hyps":["n"]}},"order":["k"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m prove.Memory
		if m.Load(data) != nil {
			return
		}
		once, err := m.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		var again prove.Memory
		if err := again.Load(once); err != nil {
			t.Fatalf("what was written can't be read: %v", err)
		}
	})
}

// A goal that was proved before is proved again by the same steps, with nothing else on
// the way.
func TestRecalled(t *testing.T) {
	const text = `Fixpoint double (n : nat) : nat := match n with 0 => 0 | S m => S (S (double m)) end.
Lemma double_plus : forall n, double n = n + n.
Admitted.
`
	f, err := vernac.Parse("Double.v", text)
	if err != nil {
		t.Fatal(err)
	}
	m := &prove.Memory{}
	visits, depth := 0, 0
	for range 2 {
		visits, depth = 0, 0
		o := prove.Options{Time: time.Minute, Memory: m, Emit: func(e event.Event) {
			if e.Visited != nil {
				visits++
				depth = max(depth, len(e.Visited.Path))
			}
		}}
		r, err := prove.Prove(t.Context(), f, vernac.Holes(f)[0], o)
		if err != nil || !r.Verified {
			t.Fatal(r, err)
		}
	}
	if visits > depth+2 {
		t.Errorf("%d simulations for a proof of depth %d that was known", visits, depth)
	}
}
