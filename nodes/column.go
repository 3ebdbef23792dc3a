package nodes

const (
	chunkBits = 12
	chunkSize = 1 << chunkBits
)

// column is an array that grows by chunks: what is there is never copied, and
// a pointer into it stays valid. The garbage collector finds no pointers inside
// a chunk.
type column[T any] struct {
	chunks []*[chunkSize]T
	n      uint32 // entries in use, unused ends of chunks among them
}

func (c *column[T]) at(i uint32) *T { return &c.chunks[i>>chunkBits][i%chunkSize] }

// run returns count entries from i on, which lie in one chunk.
func (c *column[T]) run(i uint32, count int) []T {
	at := i % chunkSize
	return c.chunks[i>>chunkBits][at : at+uint32(count) : at+uint32(count)]
}

// room returns where count new entries in one chunk would start.
func (c *column[T]) room(count int) uint32 {
	if left := chunkSize - c.n%chunkSize; c.n%chunkSize > 0 && uint32(count) > left {
		return c.n + left
	}
	return c.n
}

// grow takes the entries from i on, as given by room. They may hold anything.
func (c *column[T]) grow(i uint32, count int) {
	c.n = i + uint32(count)
	for last := int(c.n-1) >> chunkBits; ; {
		switch {
		case count == 0:
			return
		case last >= len(c.chunks):
			c.chunks = append(c.chunks, nil)
		case c.chunks[last] == nil:
			c.chunks[last] = new([chunkSize]T)
		default:
			return
		}
	}
}

// reserve makes the list of chunks so long that it never has to grow again up
// to n entries: then others may read entries while one goroutine adds more.
func (c *column[T]) reserve(n int64) {
	if want := int((n + chunkSize - 1) >> chunkBits); want > len(c.chunks) {
		c.chunks = append(c.chunks, make([]*[chunkSize]T, want-len(c.chunks))...)
	}
}

// held is the number of entries there is memory for.
func (c *column[T]) held() int64 {
	return (int64(c.n) + chunkSize - 1) >> chunkBits << chunkBits
}
