package nodes

import (
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// The sizes are what the design counts on: 48 bytes are three quarters of a
// cache line, and 20 + 4 make an edge.
func TestSizes(t *testing.T) {
	for name, is := range map[string][2]uintptr{
		"node": {unsafe.Sizeof(node{}), 48}, "EdgeData": {unsafe.Sizeof(EdgeData{}), 20},
		"from": {unsafe.Sizeof(ID(0)), 4}, "link": {unsafe.Sizeof(link{}), 8},
	} {
		if is[0] != is[1] {
			t.Errorf("%s takes %d bytes, not %d", name, is[0], is[1])
		}
	}
}

func TestColumn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c column[uint32]
		if rapid.Bool().Draw(t, "reserve") {
			c.reserve(5 * chunkSize)
		}
		type run struct {
			first uint32
			count int
			at    *uint32
		}
		var runs []run
		for k := range uint32(rapid.IntRange(0, 8).Draw(t, "runs")) {
			count := rapid.OneOf(
				rapid.IntRange(0, 10), rapid.IntRange(chunkSize-10, chunkSize), rapid.IntRange(0, chunkSize),
			).Draw(t, "count")
			end := c.n
			first := c.room(count)
			if c.n != end {
				t.Fatal("room took something")
			}
			if gap := first - end; gap > 0 && (int(gap) >= count || first%chunkSize != 0) {
				t.Fatalf("a run of %d after %d starts at %d: it would have fitted, or not at the start of a chunk", count, end, first)
			}
			c.grow(first, count)
			if c.n != first+uint32(count) {
				t.Fatalf("%d in use after a run of %d from %d on", c.n, count, first)
			}
			if count == 0 {
				continue
			}
			if first/chunkSize != (c.n-1)/chunkSize {
				t.Fatalf("a run of %d from %d on straddles chunks", count, first)
			}
			for i := range c.run(first, count) {
				*c.at(first + uint32(i)) = k
			}
			runs = append(runs, run{first, count, c.at(first)})
		}
		for k, r := range runs {
			if c.at(r.first) != r.at {
				t.Errorf("run %d was moved", k)
			}
			for i, v := range c.run(r.first, r.count) {
				if v != *r.at {
					t.Fatalf("entry %d of run %d is %d", i, k, v)
				}
			}
			if got := c.run(r.first, r.count); len(got) != r.count || cap(got) != r.count {
				t.Errorf("a run of %d has len %d and cap %d", r.count, len(got), cap(got))
			}
		}
		var there int64
		for _, chunk := range c.chunks {
			if chunk != nil {
				there += chunkSize
			}
		}
		if c.held() != there {
			t.Errorf("held says %d, there is memory for %d", c.held(), there)
		}
	})
}

// Others read while one goroutine adds: the list of chunks must not move.
func TestReservedColumnDoesNotMove(t *testing.T) {
	var c column[byte]
	c.grow(c.room(1), 1)
	c.reserve(3*chunkSize + 1)
	first := &c.chunks[0]
	if len(c.chunks) != 4 {
		t.Errorf("%d chunks for %d entries", len(c.chunks), 3*chunkSize+1)
	}
	for range 3 * chunkSize {
		c.grow(c.room(1), 1)
	}
	if first != &c.chunks[0] || len(c.chunks) != 4 {
		t.Error("the list of chunks moved")
	}
	c.reserve(1)
	if first != &c.chunks[0] || c.n != 3*chunkSize+1 {
		t.Error("a smaller reserve changed something")
	}
}

func TestBytes(t *testing.T) {
	if got := (&Tree{}).Bytes(); got != 0 {
		t.Errorf("an empty tree takes %d bytes", got)
	}
	tree := wide(t)
	checked(t, tree)
	planted := planted(t)
	checked(t, planted)
	for name, tree := range map[string]*Tree{"wide": tree, "planted": planted} {
		var want int64
		for _, c := range tree.nodes.chunks {
			want += int64(unsafe.Sizeof(*c))
		}
		for _, c := range tree.edges.chunks {
			want += int64(unsafe.Sizeof(*c))
		}
		for _, c := range tree.from.chunks {
			want += int64(unsafe.Sizeof(*c))
		}
		for _, c := range tree.links.chunks {
			want += int64(unsafe.Sizeof(*c))
		}
		if got := tree.Bytes(); got != want {
			t.Errorf("%s: Bytes says %d, its chunks take %d", name, got, want)
		}
	}
}

func TestEdgesOfANodeShareAChunk(t *testing.T) {
	tree := wide(t)
	checked(t, tree)
	gaps := 0
	end := uint32(0)
	for n := range ID(tree.nodes.n) {
		r := tree.node(n)
		if r.count == 0 {
			continue
		}
		if r.first>>chunkBits != (r.first+uint32(r.count)-1)>>chunkBits {
			t.Errorf("the edges of node %d, %d from %d on, straddle chunks", n, r.count, r.first)
		}
		if r.first != end {
			gaps++
		}
		end = r.first + uint32(r.count)
	}
	if gaps == 0 {
		t.Error("no chunk has an unused end: the test misses its point")
	}
}
