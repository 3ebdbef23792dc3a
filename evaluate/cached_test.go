package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/dgraph-io/ristretto/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
)

// tenths gives ten states values a tenth apart.
func tenths() map[string]env.Value {
	values := map[string]env.Value{}
	for i := range 10 {
		values[fmt.Sprint("s", i)] = env.Value{Mean: float64(i) / 10, Note: fmt.Sprint("note ", i)}
	}
	return values
}

func newCached(t testing.TB, critic Critic, size int64) *Cached {
	c, err := NewCached(critic, "scope", size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestCached(t *testing.T) {
	paid, hit := env.Usage{Calls: 1, PromptTokens: 3}, env.Usage{CacheHits: 1}
	rows := []struct {
		name   string
		value  env.Value
		err    error
		second env.Usage
	}{
		{"known: the second time costs no call and is counted", env.Value{Mean: 0.7, Note: "why"}, nil, hit},
		{"a value of 0 is known", env.Value{}, nil, hit},
		{"unknown: kept, it would hide a later answer", Unknown, nil, paid},
		{"an error: kept, it would outlive its cause", env.Value{Mean: 0.7}, errDown, paid},
		{"out of range: kept, it would fail every job of the state", env.Value{Mean: 7}, nil, paid},
		{"no number: the same", env.Value{Mean: math.NaN()}, nil, paid},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			critic := newFixed(map[string]env.Value{"s": row.value})
			critic.err = row.err
			c := newCached(t, critic, 100)
			for i, want := range []env.Usage{paid, row.second} {
				got, usage, err := c.Evaluate(t.Context(), place{name: "s"}, nil)
				c.cache.Wait()
				if !errors.Is(err, row.err) || !cmp.Equal(usage, want) {
					t.Errorf("time %d: usage %+v, error %v; want %+v, %v", i+1, usage, err, want, row.err)
				}
				if diff := cmp.Diff(row.value, got, near, cmpopts.EquateNaNs()); diff != "" {
					t.Errorf("time %d: value (-want +got):\n%s", i+1, diff)
				}
			}
			if want := 1 + row.second.Calls; len(critic.asked) != want {
				t.Errorf("the critic was asked %d times, want %d", len(critic.asked), want)
			}
		})
	}
}

// Equal hashes, evictions and dropped entries cost calls, but no state ever
// gets the value of another.
func TestCachedNeverWrong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hashes := rapid.Uint64Range(1, 4).Draw(t, "different hashes")
		cache, err := ristretto.NewCache(&ristretto.Config[string, entry]{
			NumCounters: 100, MaxCost: rapid.Int64Range(1, 5).Draw(t, "size"), BufferItems: 64, IgnoreInternalCost: true,
			KeyToHash: func(key string) (uint64, uint64) { return uint64(key[len(key)-1]) % hashes, 0 },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer cache.Close()
		values := tenths()
		critic := newFixed(values)
		c := &Cached{critic: critic, scope: "a", cache: cache}
		hits := 0
		states := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 50).Draw(t, "states")
		for _, i := range states {
			name := fmt.Sprint("s", i)
			got, usage, err := c.Evaluate(context.Background(), place{name: name}, nil)
			cache.Wait()
			if diff := cmp.Diff(values[name], got); diff != "" || err != nil {
				t.Fatalf("error %v, value of %s (-want +got):\n%s", err, name, diff)
			}
			hits += usage.CacheHits
		}
		if hits+len(critic.asked) != len(states) {
			t.Fatalf("%d hits and %d calls for %d questions", hits, len(critic.asked), len(states))
		}
	})
}

// Two critics in one cache: each has its own values.
func TestCachedScope(t *testing.T) {
	one := newCached(t, newFixed(map[string]env.Value{"s": {Mean: 0.1}}), 100)
	two := &Cached{critic: newFixed(map[string]env.Value{"s": {Mean: 0.9}}), scope: "other", cache: one.cache}
	for range 2 {
		for c, want := range map[*Cached]float64{one: 0.1, two: 0.9} {
			if got, _, err := c.Evaluate(t.Context(), place{name: "s"}, nil); err != nil || got.Mean != want {
				t.Errorf("scope %q: value %v, error %v; want %v", c.scope, got.Mean, err, want)
			}
			c.cache.Wait()
		}
	}
}

func TestCachedConcurrently(t *testing.T) {
	values := tenths()
	critic := newFixed(values)
	c := newCached(t, critic, 5) // smaller than the states: entries come and go
	const workers, rounds = 8, 200
	hits := make([]int, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range rounds {
				name := fmt.Sprint("s", (i*(w+1))%10)
				got, usage, err := c.Evaluate(t.Context(), place{name: name}, nil)
				if err != nil || got != values[name] {
					t.Errorf("%s: value %v, error %v; want %v", name, got, err, values[name])
				}
				hits[w] += usage.CacheHits
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range hits {
		sum += n
	}
	if sum+len(critic.asked) != workers*rounds {
		t.Errorf("%d hits and %d calls for %d questions", sum, len(critic.asked), workers*rounds)
	}
}

// A cache needs a size; a closed one only costs calls.
func TestCachedEnds(t *testing.T) {
	for _, size := range []int64{0, -1} {
		if c, err := NewCached(Terminal{}, "scope", size); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("of %d values", size)) {
			t.Errorf("size %d: cache %v, error %v; want an error that names the size", size, c, err)
		}
	}
	critic := newFixed(map[string]env.Value{"s": {Mean: 0.5}})
	c, err := NewCached(critic, "scope", 10)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	c.Close()
	for range 2 {
		if got, _, err := c.Evaluate(t.Context(), place{name: "s"}, nil); err != nil || got.Mean != 0.5 {
			t.Errorf("closed: value %v, error %v; want the critic's 0.5", got, err)
		}
	}
	if len(critic.asked) != 2 {
		t.Errorf("closed: the critic was asked %d times, want 2", len(critic.asked))
	}
}
