package tiny

// slot holds the keys and values of one token sequence, layer by layer and
// position by position.
type slot struct {
	tokens       []int32 // what is evaluated
	keys, values [][]float32
	busy         bool // a live sequence writes to it
	used         int  // when it was last taken; larger is later
}

// cache has the slots of a model. Slots of finished sequences keep their
// contents, so that a later prompt with the same beginning need not evaluate
// it again. What a slot holds never depends on how it was computed, to the
// last bit, so neither do results.
type cache struct {
	slots []slot
	clock int
}

// take returns a slot for tokens that already holds as many of them as any
// slot does, all but the last at most: that one's logits are needed.
func (c *cache) take(g config, tokens []int32) *slot {
	best := c.longest(tokens)
	n := 0
	into := best
	if best != nil {
		n = shared(best.tokens, tokens)
	}
	if best == nil || best.busy || n < len(best.tokens) {
		into = c.oldest()
	}
	n = min(n, len(tokens)-1)
	if into != best {
		into.tokens = into.tokens[:0]
		into.grow(g, n)
		for l := 0; n > 0 && l < g.layers; l++ {
			size := n * g.kvHeads * g.headDim
			copy(into.keys[l], best.keys[l][:size])
			copy(into.values[l], best.values[l][:size])
		}
	}
	into.tokens = append(into.tokens[:0], tokens[:n]...)
	c.clock++
	into.used, into.busy = c.clock, true
	return into
}

// longest returns the slot that shares the longest beginning with tokens, or
// nil if none shares any.
func (c *cache) longest(tokens []int32) *slot {
	var best *slot
	most := 0
	for i := range c.slots {
		s := &c.slots[i]
		if n := shared(s.tokens, tokens); n > most {
			best, most = s, n
		}
	}
	return best
}

// oldest returns the free slot that was taken longest ago.
func (c *cache) oldest() *slot {
	var old *slot
	for i := range c.slots {
		s := &c.slots[i]
		if !s.busy && (old == nil || s.used < old.used) {
			old = s
		}
	}
	return old
}

// grow makes room for n positions. Old contents stay.
func (s *slot) grow(g config, n int) {
	width := g.kvHeads * g.headDim
	if s.keys == nil {
		s.keys = make([][]float32, g.layers)
		s.values = make([][]float32, g.layers)
	}
	if len(s.keys[0]) >= n*width {
		return
	}
	// Doubled, for growing at each token would copy everything each time.
	size := min(max(2*n, 32), g.context) * width
	for l := range s.keys {
		s.keys[l] = append(make([]float32, 0, size), s.keys[l]...)[:size]
		s.values[l] = append(make([]float32, 0, size), s.values[l]...)[:size]
	}
}

// shared counts the tokens with which both sequences begin.
func shared(a, b []int32) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
