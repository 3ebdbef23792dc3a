package evaluate

import (
	"context"
	"fmt"

	"github.com/dgraph-io/ristretto/v2"

	"github.com/ponder-mcts/ponder/env"
)

// Cached puts a cache of partial states in front of a critic. The cache may
// forget a value, which costs time, but never changes one: entries hold the
// full key, so that equal hashes are told apart.
type Cached struct {
	critic Critic
	scope  string
	cache  *ristretto.Cache[string, entry]
}

type entry struct {
	key   string
	value env.Value
}

// NewCached returns a cache of about size values in front of critic. Scope
// names the problem and the critic: values are shared only within one scope.
// Close it after use.
func NewCached(critic Critic, scope string, size int64) (*Cached, error) {
	cache, err := ristretto.NewCache(&ristretto.Config[string, entry]{
		NumCounters: 10 * size, MaxCost: size, BufferItems: 64, IgnoreInternalCost: true,
	})
	if err != nil {
		return nil, fmt.Errorf("evaluation cache of %d values: %w", size, err)
	}
	return &Cached{critic: critic, scope: scope, cache: cache}, nil
}

// Evaluate implements Critic. A value found in the cache counts as a cache hit
// and costs nothing. Unknown and invalid values are not kept. The critic must
// not look at the path: a value is kept for the state alone.
func (c *Cached) Evaluate(ctx context.Context, s env.State, path env.Path) (env.Value, env.Usage, error) {
	key := c.scope + "\x00" + s.Key()
	if e, ok := c.cache.Get(key); ok && e.key == key {
		return e.value, env.Usage{CacheHits: 1}, nil
	}
	v, usage, err := c.critic.Evaluate(ctx, s, path)
	if err == nil && !v.Unknown && v.Check() == nil {
		c.cache.Set(key, entry{key, v}, 1)
	}
	return v, usage, err
}

// Close frees the cache.
func (c *Cached) Close() { c.cache.Close() }
