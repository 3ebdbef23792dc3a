package nodes

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"math"
)

// ErrSnapshot says that what was to be loaded is not the whole and sound
// snapshot of a tree.
var ErrSnapshot = errors.New("not a sound snapshot of a tree")

// The format, all numbers little-endian, floats as their bits:
//
//	magic, version u32
//	mix f64, fade f64, neutral f64, limit u64
//	nodes u32, edges u32 with the unused ends of chunks, links u32, segments u32
//	the nodes: sum u64, visits, first, own, q, low, high u32, square f32,
//	  parent, inbound u32, count u16, flags u8, player u8
//	for each chunk of edges the used ones: their number u16,
//	  then N, q, child u32, P f32, Move u16 of each
//	the links: edge u32, next u32
//	the segments, by node: node u32, first u32, count u16
//	CRC-64 (ECMA) of all that u64
const (
	magic   = "\x89tree\r\n\x1a"
	version = 1

	headSize    = len(magic) + 4 + 4*8 + 4*4
	nodeSize    = 48
	edgeSize    = 18
	linkSize    = 8
	segmentSize = 10

	// blockSize is how many small records are handled at once: a divisor of
	// chunkSize.
	blockSize = 1024
	// bufferSize holds a chunk of edges, and anything else that is handled at
	// once.
	bufferSize = chunkSize * edgeSize
)

var (
	polynomial = crc64.MakeTable(crc64.ECMA)
	le         = binary.LittleEndian
)

// Save writes a snapshot of the tree for Load: it does not depend on the
// machine, and the same tree always gives the same bytes. It writes in large
// pieces. The tree must be between simulations. Those that are in flight are not
// part of it, for they end with the process: all O are 0 when it is loaded.
//
// The error is one of w, or says that Mix, Fade or Neutral lie outside [0,1].
func (t *Tree) Save(w io.Writer) error {
	if err := t.checkSettings(); err != nil {
		return fmt.Errorf("saving a tree: %w", err)
	}
	s := &saver{t: t, w: w, buf: make([]byte, bufferSize)}
	s.measure()
	if err := s.write(); err != nil {
		return fmt.Errorf("saving a tree: %w", err)
	}
	return nil
}

// Load reads a snapshot made by Save, up to the end of r. The tree is verified
// by Check, so that a file that is damaged, or made to do damage, is refused.
// The memory used stays in proportion to what was read. A limit set by Share is
// part of a snapshot; the new tree belongs to one goroutine until Share is called
// for it.
//
// The error is ErrSnapshot and says what is wrong, or one of r.
func Load(r io.Reader) (*Tree, error) {
	l := &loader{t: &Tree{}, r: r, buf: make([]byte, bufferSize)}
	steps := []func() error{l.head, l.nodes, l.edges, l.links, l.segments, l.end}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("loading a tree: %w", err)
		}
	}
	if err := l.verify(); err != nil {
		return nil, fmt.Errorf("loading a tree: %w: it is whole, but %w: whatever wrote it is wrong or means harm", ErrSnapshot, err)
	}
	return l.t, nil
}

func (t *Tree) checkSettings() error {
	for _, s := range []struct {
		name string
		x    float64
	}{{"Mix", t.Mix}, {"Fade", t.Fade}, {"Neutral", t.Neutral}} {
		if !(s.x >= 0 && s.x <= 1) {
			return fmt.Errorf("%s is %g, not in [0,1]", s.name, s.x)
		}
	}
	if t.limit < 0 || t.limit > MaxEdges {
		return fmt.Errorf("the limit of %d edges is not in [0,%d]", t.limit, int64(MaxEdges))
	}
	return nil
}

// saver writes a snapshot.
type saver struct {
	t    *Tree
	w    io.Writer
	buf  []byte
	sum  uint64
	used []uint16 // by chunk of edges; the rest of the chunk is unused
	more uint32   // segments in all
	err  error    // the first one
}

func (s *saver) write() error {
	s.head()
	s.nodes()
	s.edges()
	s.links()
	s.segments()
	s.put(le.AppendUint64(s.buf[:0], s.sum))
	return s.err
}

func (s *saver) put(b []byte) {
	if s.err != nil {
		return
	}
	s.sum = crc64.Update(s.sum, polynomial, b)
	_, s.err = s.w.Write(b)
}

// measure finds out what is used of each chunk of edges: what is beyond may hold
// anything.
func (s *saver) measure() {
	t := s.t
	s.used = make([]uint16, (int64(t.edges.n)+chunkSize-1)>>chunkBits)
	use := func(first uint32, count int) {
		if count > 0 {
			c := first >> chunkBits
			s.used[c] = max(s.used[c], uint16(first%chunkSize)+uint16(count))
		}
	}
	for n := range ID(t.nodes.n) {
		r := t.node(n)
		use(r.first, int(r.count))
		if r.flags&widened == 0 {
			continue
		}
		for _, m := range t.more[n] {
			use(m.first, m.count)
			s.more++
		}
	}
}

func (s *saver) head() {
	t := s.t
	b := append(s.buf[:0], magic...)
	b = le.AppendUint32(b, version)
	for _, x := range []float64{t.Mix, t.Fade, t.Neutral} {
		b = le.AppendUint64(b, math.Float64bits(x))
	}
	b = le.AppendUint64(b, uint64(t.limit))
	for _, n := range []uint32{t.nodes.n, t.edges.n, t.links.n, s.more} {
		b = le.AppendUint32(b, n)
	}
	s.put(b)
}

func (s *saver) nodes() {
	c := &s.t.nodes
	for at := uint32(0); at < c.n && s.err == nil; at += blockSize {
		block := c.run(at, int(min(blockSize, c.n-at)))
		for i := range block {
			block[i].encode(s.buf[i*nodeSize:][:nodeSize])
		}
		s.put(s.buf[:len(block)*nodeSize])
	}
}

func (s *saver) edges() {
	for c, used := range s.used {
		s.put(le.AppendUint16(s.buf[:0], used))
		block := s.t.edges.run(uint32(c)<<chunkBits, int(used))
		for i := range block {
			block[i].encode(s.buf[i*edgeSize:][:edgeSize], s.t.child(&block[i]))
		}
		s.put(s.buf[:len(block)*edgeSize])
		if s.err != nil {
			return
		}
	}
}

func (s *saver) links() {
	c := &s.t.links
	for at := uint32(0); at < c.n && s.err == nil; at += blockSize {
		block := c.run(at, int(min(blockSize, c.n-at)))
		for i, l := range block {
			b := s.buf[i*linkSize:][:linkSize]
			le.PutUint32(b[0:], l.edge)
			le.PutUint32(b[4:], l.next)
		}
		s.put(s.buf[:len(block)*linkSize])
	}
}

func (s *saver) segments() {
	if s.more == 0 {
		return
	}
	b := s.buf[:0]
	for n := range ID(s.t.nodes.n) {
		if s.t.node(n).flags&widened == 0 {
			continue
		}
		for _, m := range s.t.more[n] {
			b = le.AppendUint32(b, uint32(n))
			b = le.AppendUint32(b, m.first)
			b = le.AppendUint16(b, uint16(m.count))
			if len(b) == blockSize*segmentSize {
				s.put(b)
				b = b[:0]
			}
		}
	}
	s.put(b)
}

func (r *node) encode(b []byte) {
	le.PutUint64(b[0:], r.sum)
	le.PutUint32(b[8:], r.visits)
	le.PutUint32(b[12:], r.first)
	le.PutUint32(b[16:], r.own)
	le.PutUint32(b[20:], r.q)
	le.PutUint32(b[24:], r.low)
	le.PutUint32(b[28:], r.high)
	le.PutUint32(b[32:], math.Float32bits(r.square))
	le.PutUint32(b[36:], r.parent)
	le.PutUint32(b[40:], r.inbound)
	le.PutUint16(b[44:], r.count)
	b[46], b[47] = r.flags, r.player
}

func (r *node) decode(b []byte) {
	*r = node{
		sum: le.Uint64(b[0:]), visits: le.Uint32(b[8:]), first: le.Uint32(b[12:]),
		own: le.Uint32(b[16:]), q: le.Uint32(b[20:]), low: le.Uint32(b[24:]), high: le.Uint32(b[28:]),
		square: math.Float32frombits(le.Uint32(b[32:])),
		parent: le.Uint32(b[36:]), inbound: le.Uint32(b[40:]),
		count: le.Uint16(b[44:]), flags: b[46], player: b[47],
	}
}

// encode writes an edge to a child; the top bit of that says that the edge is
// settled.
func (d *EdgeData) encode(b []byte, child ID) {
	le.PutUint32(b[0:], d.N)
	le.PutUint32(b[4:], d.q)
	le.PutUint32(b[8:], uint32(child+1)|uint32(d.move&settled)<<16)
	le.PutUint32(b[12:], math.Float32bits(d.P))
	le.PutUint16(b[16:], d.Move())
}

func (d *EdgeData) decode(b []byte) {
	child := le.Uint32(b[8:])
	*d = EdgeData{
		N: le.Uint32(b[0:]), q: le.Uint32(b[4:]), child: child &^ (1 << 31),
		P: math.Float32frombits(le.Uint32(b[12:])), move: le.Uint16(b[16:])&^settled | uint16(child>>31)*settled,
	}
}

// loader reads a snapshot.
type loader struct {
	t    *Tree
	r    io.Reader
	buf  []byte
	read int64
	sum  uint64

	count struct{ nodes, edges, links, segments uint32 }
}

// take reads the next so many bytes, which belong to the named part. They are
// valid until the next call.
func (l *loader) take(n int, part string) ([]byte, error) {
	b := l.buf[:n]
	got, err := io.ReadFull(l.r, b)
	l.read += int64(got)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%w: it ends after %d bytes, within %s: copy it again, or save anew", ErrSnapshot, l.read, part)
	case err != nil:
		return nil, fmt.Errorf("after %d bytes: %w", l.read, err)
	}
	l.sum = crc64.Update(l.sum, polynomial, b)
	return b, nil
}

func (l *loader) head() error {
	b, err := l.take(len(magic)+4, "its first line")
	if err != nil {
		return err
	}
	if string(b[:len(magic)]) != magic {
		return fmt.Errorf("%w: it does not begin like one: is this the right file?", ErrSnapshot)
	}
	if v := le.Uint32(b[len(magic):]); v != version {
		return fmt.Errorf("%w: its format is version %d, this program knows version %d: use the program that saved it, or a newer one", ErrSnapshot, v, version)
	}
	if b, err = l.take(headSize-len(b), "its head"); err != nil {
		return err
	}
	t := l.t
	for i, x := range []*float64{&t.Mix, &t.Fade, &t.Neutral} {
		*x = math.Float64frombits(le.Uint64(b[8*i:]))
	}
	t.limit = int64(le.Uint64(b[24:]))
	for i, n := range []*uint32{&l.count.nodes, &l.count.edges, &l.count.links, &l.count.segments} {
		*n = le.Uint32(b[32+4*i:])
	}
	if c := l.count; c.nodes > math.MaxInt32 || c.edges > MaxEdges || c.links > c.edges || c.segments > c.edges {
		return fmt.Errorf("%w: it claims %d nodes and %d edges with %d links and %d segments, which no tree can have: it is damaged, use another copy",
			ErrSnapshot, c.nodes, c.edges, c.links, c.segments)
	}
	return nil
}

// blocks reads so many records, some at once.
func (l *loader) blocks(count uint32, size int, part string, each func(at uint32, b []byte)) error {
	for at := uint32(0); at < count; at += blockSize {
		b, err := l.take(int(min(blockSize, count-at))*size, part)
		if err != nil {
			return err
		}
		each(at, b)
	}
	return nil
}

func (l *loader) nodes() error {
	c := &l.t.nodes
	return l.blocks(l.count.nodes, nodeSize, "its nodes", func(at uint32, b []byte) {
		c.grow(at, len(b)/nodeSize)
		block := c.run(at, len(b)/nodeSize)
		for i := range block {
			block[i].decode(b[i*nodeSize:][:nodeSize])
		}
	})
}

func (l *loader) edges() error {
	t := l.t
	last := 0
	for start := uint32(0); start < l.count.edges; start += chunkSize {
		b, err := l.take(2, "its edges")
		if err != nil {
			return err
		}
		used := int(le.Uint16(b))
		if !fitting(last, used, int(min(chunkSize, l.count.edges-start)), start+chunkSize >= l.count.edges) {
			return fmt.Errorf("%w: chunk %d has %d edges, which can't be: it is damaged, use another copy", ErrSnapshot, start>>chunkBits, used)
		}
		last = used
		if b, err = l.take(used*edgeSize, "its edges"); err != nil {
			return err
		}
		t.edges.grow(start, used)
		t.from.grow(start, used)
		t.total += int64(used)
		block, from := t.edges.run(start, used), t.from.run(start, used)
		for i := range block {
			block[i].decode(b[i*edgeSize:][:edgeSize])
			from[i] = None // still to be found, unlike at the unused end of a chunk
		}
	}
	return nil
}

// fitting reports whether a chunk of edges can have so many in use after one
// that has last of them. Only what doesn't fit into the chunk before begins a
// new one: two neighbours are more than half full, so that memory stays in
// proportion to the edges.
func fitting(last, used, most int, final bool) bool {
	return used > 0 && used <= most && (!final || used == most) && (last == 0 || last+used > chunkSize)
}

func (l *loader) links() error {
	c := &l.t.links
	return l.blocks(l.count.links, linkSize, "its links", func(at uint32, b []byte) {
		c.grow(at, len(b)/linkSize)
		block := c.run(at, len(b)/linkSize)
		for i := range block {
			block[i] = link{edge: le.Uint32(b[i*linkSize:]), next: le.Uint32(b[i*linkSize+4:])}
		}
	})
}

func (l *loader) segments() error {
	t := l.t
	last, sorted := uint32(0), true
	err := l.blocks(l.count.segments, segmentSize, "its segments", func(_ uint32, b []byte) {
		for ; len(b) > 0; b = b[segmentSize:] {
			n := le.Uint32(b)
			sorted, last = sorted && n >= last, n
			if t.more == nil {
				t.more = map[ID][]segment{}
			}
			t.more[ID(n)] = append(t.more[ID(n)], segment{le.Uint32(b[4:]), int(le.Uint16(b[8:]))})
		}
	})
	if err == nil && !sorted {
		return fmt.Errorf("%w: its segments are out of order: it is damaged, use another copy", ErrSnapshot)
	}
	return err
}

// end verifies that all of the snapshot and nothing else has been read, and that
// it is what was written.
func (l *loader) end() error {
	sum := l.sum
	b, err := l.take(8, "its checksum")
	if err != nil {
		return err
	}
	if le.Uint64(b) != sum {
		return fmt.Errorf("%w: its checksum is wrong: it is damaged, use another copy", ErrSnapshot)
	}
	switch _, err := io.ReadFull(l.r, l.buf[:1]); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return fmt.Errorf("after %d bytes: %w", l.read, err)
	}
	return fmt.Errorf("%w: it goes on after its end at byte %d: remove what is not part of it, or limit the reader to it", ErrSnapshot, l.read)
}

// verify fills in what follows from the rest, and makes sure that nothing ever
// leads out of the arena or round in circles where there must be none.
func (l *loader) verify() error {
	t := l.t
	if err := t.checkSettings(); err != nil {
		return err
	}
	for n := range ID(t.nodes.n) {
		if err := l.place(n); err != nil {
			return fmt.Errorf("node %d: %w", n, err)
		}
	}
	for i := range t.links.n {
		if k := t.links.at(i); k.edge >= t.edges.n || k.next > t.links.n {
			return fmt.Errorf("link %d leads to edge %d or link %d, which there isn't", i, k.edge, k.next)
		}
	}
	for n := range t.more {
		if int64(n) < 0 || int64(n) >= int64(t.nodes.n) || t.node(n).flags&widened == 0 {
			return fmt.Errorf("node %d has segments, but is not there or not widened", n)
		}
	}
	t.graph = t.graph || t.links.n > 0
	if err := t.Check(true); err != nil {
		return err
	}
	t.shortcuts()
	return nil
}

// place verifies that what a node points to is there, and notes its edges as
// its own.
func (l *loader) place(n ID) error {
	t := l.t
	r := t.node(n)
	switch {
	case r.flags >= cut<<1:
		return fmt.Errorf("flags %#x", r.flags)
	case r.flags&closed != 0 && r.flags&(expanded|terminal) == 0:
		return fmt.Errorf("closed, but neither expanded nor terminal")
	case r.parent > t.edges.n, r.inbound > t.links.n:
		return fmt.Errorf("edge %d or link %d leads to it, which there isn't", r.parent, r.inbound)
	case r.flags&widened != 0 && (r.count == 0 || len(t.more[n]) == 0):
		return fmt.Errorf("widened, but without edges")
	}
	if err := l.own(n, r.first, int(r.count)); err != nil {
		return err
	}
	if r.flags&widened == 0 {
		return nil
	}
	for _, m := range t.more[n] {
		if m.count == 0 {
			return fmt.Errorf("a segment without edges")
		}
		if err := l.own(n, m.first, m.count); err != nil {
			return err
		}
	}
	return nil
}

// own notes a run of edges as those of a node.
func (l *loader) own(n ID, first uint32, count int) error {
	t := l.t
	if int64(first)+int64(count) > int64(t.edges.n) || int(first%chunkSize)+count > chunkSize {
		return fmt.Errorf("its %d edges from %d on are not there, or not in one chunk", count, first)
	}
	if count == 0 {
		return nil
	}
	from := t.from.run(first, count)
	for i := range from {
		if from[i] != None {
			return fmt.Errorf("its edge %d is unused, or one of another node", int(first)+i)
		}
		from[i] = n
	}
	for _, d := range t.edges.run(first, count) {
		c := ID(d.child) - 1 // a shortcut comes later
		t.graph = t.graph || c != None && c <= n
	}
	return nil
}
