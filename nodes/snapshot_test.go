package nodes

import (
	"bytes"
	"errors"
	"flag"
	"hash/crc64"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the snapshots in testdata anew")

// loaded loads what must be sound.
func loaded(tb failer, data []byte) *Tree {
	tb.Helper()
	t, err := Load(bytes.NewReader(data))
	if err != nil {
		tb.Fatalf("Load: %v", err)
	}
	return t
}

// sealed gives a snapshot a checksum that fits.
func sealed(data []byte) []byte {
	body := slices.Clone(data[:len(data)-8])
	return le.AppendUint64(body, crc64.Checksum(body, polynomial))
}

func TestSnapshotRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTree(t)
		checked(t, d.Tree)
		first := saved(t, d.Tree)
		back := loaded(t, first)
		checked(t, back)
		if !bytes.Equal(first, saved(t, back)) {
			t.Fatalf("the snapshot of the loaded tree differs")
		}
		d.further(d.Tree, 10)
		d.further(back, 10)
		if !bytes.Equal(saved(t, d.Tree), saved(t, back)) {
			t.Errorf("the loaded tree grew on in another way than the one that was saved")
		}
	})
}

// wide is a tree over many chunks, with unused ends of chunks that hold what was
// there before a Reset.
func wide(tb testing.TB) *Tree {
	t := &Tree{}
	for range 2 {
		t.Reset()
		last := t.Add(0)
		t.Evaluate(last, 0.5)
		for i := range 12 {
			count := 1 + i*(i+7)*331%chunkSize
			edges, err := t.Branch(last, count, true)
			if err != nil {
				tb.Fatal(err)
			}
			for j := range edges {
				edges[j].P = float32(1 / float64(count))
				edges[j].SetMove(uint16(j))
			}
			_, e, _, _ := t.Look(last)
			t.Launch(e)
			t.Backup([]Step{{last, e}}, t.Ascent([]Step{{last, e}}, 0.5))
			last = t.Adopt(e, 0)
		}
	}
	return t
}

func TestSnapshotOfManyChunks(t *testing.T) {
	tree := wide(t)
	checked(t, tree)
	hub := tree.Add(1)
	for range 3 {
		above := tree.Add(0)
		children := slices.Repeat([]ID{hub}, chunkSize+1000)
		if _, err := tree.Expand(above, children, uniform(len(children)), true); err != nil {
			t.Fatal(err)
		}
	}
	data := saved(t, tree)
	back := loaded(t, data)
	checked(t, back)
	if !bytes.Equal(data, saved(t, back)) {
		t.Error("the snapshot of the loaded tree differs")
	}
	if n, e := tree.Len(); tree.edges.n == uint32(e) || tree.links.n < 2*chunkSize || len(tree.more) == 0 || n < 10 {
		t.Errorf("%d nodes, %d edges up to %d, %d links: the test misses its point", n, e, tree.edges.n, tree.links.n)
	}
	n, e := back.Len()
	if wn, we := tree.Len(); n != wn || e != we {
		t.Errorf("%d nodes and %d edges came back of %d and %d", n, e, wn, we)
	}
}

func TestSnapshotForgetsWhatIsInFlight(t *testing.T) {
	tree := planted(t)
	checked(t, tree)
	idle := saved(t, tree)
	tree.Launch(0)
	busy := saved(t, tree)
	if !bytes.Equal(idle, busy) || tree.O(0) != 1 {
		t.Errorf("a launch shows in the snapshot, or was taken back: O is %d", tree.O(0))
	}
	tree.Land(0)
}

func TestSnapshotKeepsSettings(t *testing.T) {
	tree := &Tree{Mix: 0.25, Fade: 0.5, Neutral: 1}
	checked(t, tree)
	tree.Share(8)
	tree.Add(0)
	back := loaded(t, saved(t, tree))
	if back.Mix != 0.25 || back.Fade != 0.5 || back.Neutral != 1 {
		t.Errorf("Mix %g, Fade %g, Neutral %g came back", back.Mix, back.Fade, back.Neutral)
	}
	if _, err := back.Branch(0, 9, true); !errors.Is(err, ErrFull) {
		t.Errorf("9 edges with a limit of 8: %v", err)
	}
}

// sample has some of everything that a snapshot can hold.
func sample(tb testing.TB) *Tree {
	t := build(tb, sketch{
		players: "011001", values: map[ID]float64{0: 0.5, 1: 0.5, 2: 0.5, 4: 0.5}, ends: map[ID]float64{3: 0.5, 5: 1},
		fans: []fan{
			{from: 1, to: []ID{3}, visits: []int{1}},
			{from: 2, to: []ID{3, 4}, visits: []int{0, 1}, open: true},
			{from: 0, to: []ID{1, 2}, visits: []int{2, 2}, open: true},
		},
	})
	t.Mix, t.Fade, t.Neutral = 0.125, 0.25, 0.5
	t.Share(100)
	if _, err := t.Expand(0, []ID{5}, []float64{0}, true); err != nil {
		tb.Fatal(err)
	}
	leaves, err := t.Branch(4, 2, true)
	if err != nil {
		tb.Fatal(err)
	}
	leaves[0] = EdgeData{P: 0.75, move: 7}
	leaves[1] = EdgeData{P: 0.25, move: MaxMove - 1}
	leaves[0].Settle(0.25)
	for n := ID(5); n >= 0; n-- {
		t.Prove(n)
	}
	for n := ID(5); n >= 0; n-- {
		t.Refresh(n)
	}
	k, err := t.Keep(0, true)
	if err != nil {
		tb.Fatal(err)
	}
	widened := k.Tree.Add(1)
	for range 2 {
		if _, err := k.Tree.Expand(widened, []ID{0, 1}, []float64{0.25, 0.25}, false); err != nil {
			tb.Fatal(err)
		}
	}
	k.Tree.Prove(widened)
	return k.Tree
}

// The format changes only on purpose: whoever changes it counts version up, and
// says how old snapshots are read.
func TestGoldenSnapshot(t *testing.T) {
	tree := sample(t)
	checked(t, tree)
	cut := false
	for n := range ID(tree.nodes.n) {
		cut = cut || tree.Cut(n)
	}
	if !cut || len(tree.more) == 0 || tree.links.n == 0 {
		t.Fatal("the sample misses its point")
	}
	name := filepath.Join("testdata", "sample.snapshot")
	got := saved(t, tree)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("the snapshot is not that in %s", name)
	}
	back := loaded(t, want)
	checked(t, back)
	if !bytes.Equal(want, saved(t, back)) {
		t.Errorf("%s, loaded and saved again, differs", name)
	}
}

func TestLoadRefuses(t *testing.T) {
	good := saved(t, sample(t))
	at := func(i int, b ...byte) func([]byte) []byte {
		return func(data []byte) []byte {
			if i < 0 {
				i += len(data)
			}
			copy(data[i:], b)
			return data
		}
	}
	const counts = headSize - 16
	full := []byte{0xff, 0xff, 0xff, 0x7f}
	for _, tt := range []struct {
		name  string
		spoil func([]byte) []byte
		want  string
	}{
		{"nothing at all", func([]byte) []byte { return nil }, "ends after 0 bytes"},
		{"another file", at(0, '#'), "right file"},
		{"a newer version", at(len(magic), 2), "version 2"},
		{"half of it", func(b []byte) []byte { return b[:len(b)/2] }, "copy it again"},
		{"all but its last byte", func(b []byte) []byte { return b[:len(b)-1] }, "within its checksum"},
		{"its head alone", func(b []byte) []byte { return b[:headSize] }, "within its nodes"},
		{"something behind it", func(b []byte) []byte { return append(b, 0) }, "goes on after its end"},
		{"another checksum", at(-1, 0), "checksum is wrong"},
		{"another bit in a node", at(headSize+3, 0x80), "checksum is wrong"},
		{"more nodes than can be", at(counts, 0xff, 0xff, 0xff, 0xff), "no tree can have"},
		{"more nodes than there are", at(counts, full...), "it ends after"},
		{"more edges than can be", at(counts+4, full...), "no tree can have"},
		{"more links than edges", at(counts+8, full...), "no tree can have"},
		{"more segments than edges", at(counts+12, full...), "no tree can have"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := Load(bytes.NewReader(tt.spoil(slices.Clone(good))))
			if tree != nil || !errors.Is(err, ErrSnapshot) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load says %v, want it to mention %q", err, tt.want)
			}
		})
	}
}

// A checksum proves nothing of who made it: each of these files is whole.
func TestLoadRefusesWhatIsWholeButHarmful(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*Tree)
		want  string
	}{
		{"Mix that is no number", func(t *Tree) { t.Mix = math.NaN() }, "Mix"},
		{"Fade above 1", func(t *Tree) { t.Fade = 2 }, "Fade"},
		{"Neutral below 0", func(t *Tree) { t.Neutral = -1 }, "Neutral"},
		{"limit that is negative", func(t *Tree) { t.limit = -1 }, "limit"},
		{"limit above all", func(t *Tree) { t.limit = MaxEdges + 1 }, "limit"},
		{"unknown flag", func(t *Tree) { t.node(0).flags |= cut << 1 }, "flags"},
		{"closed from the start", func(t *Tree) { t.node(0).flags &^= expanded }, "closed, but neither"},
		{"parent there isn't", func(t *Tree) { t.node(1).parent = 1000 }, "which there isn't"},
		{"list of parents there isn't", func(t *Tree) { t.node(1).inbound = 1000 }, "which there isn't"},
		{"list of parents without a first one", func(t *Tree) { t.node(1).parent, t.node(1).inbound = 0, 1 }, "no first one"},
		{"link to an edge there isn't", func(t *Tree) { t.links.at(0).edge = 1000 }, "which there isn't"},
		{"link to a link there isn't", func(t *Tree) { t.links.at(0).next = 1000 }, "which there isn't"},
		{"link to itself", func(t *Tree) { t.links.at(0).next = 1 }, "lead"},
		{"link in no list", func(t *Tree) { t.links.grow(t.links.n, 1) }, "in no list"},
		{"child there isn't", func(t *Tree) { t.data(0).child = 1000 }, "which there isn't"},
		{"edges there aren't", func(t *Tree) { t.node(0).count = 1000 }, "not there"},
		{"edges of another node", func(t *Tree) { t.node(1).first, t.node(1).count = t.node(0).first, 1 }, "or one of another"},
		{"segment there isn't", func(t *Tree) { t.more[ID(t.nodes.n-1)][0].count = 1000 }, "not there"},
		{"segment without edges", func(t *Tree) { t.more[ID(t.nodes.n-1)][0].count = 0 }, "without edges"},
		{"widened without segments", func(t *Tree) { t.node(0).flags |= widened }, "without edges"},
		{"edge of nobody", func(t *Tree) { t.segment(0, 1) }, "the nodes have"},
		{"player there isn't", func(t *Tree) { t.node(0).player = 9 }, "player"},
		{"visits out of thin air", func(t *Tree) { t.node(0).visits++ }, "N is"},
		{"prior that is no number", func(t *Tree) { t.data(0).P = float32(math.NaN()) }, "priors"},
		{"edge value above 1", func(t *Tree) { t.data(Edge(t.edges.n - 1)).q = One + 1 }, "Q 1.0"},
		{"cut, but with hope", func(t *Tree) { t.node(0).flags |= cut }, "cut"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := sample(t)
			tt.spoil(tree)
			var b bytes.Buffer
			s := &saver{t: tree, w: &b, buf: make([]byte, bufferSize), used: []uint16{uint16(tree.edges.n)}}
			for _, m := range tree.more {
				s.more += uint32(len(m))
			}
			if err := s.write(); err != nil {
				t.Fatal(err)
			}
			_, err := Load(&b)
			if !errors.Is(err, ErrSnapshot) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load says %v, want it to mention %q", err, tt.want)
			}
		})
	}
}

// A short file can't make Load take much memory, whatever it claims.
func TestLoadTakesMemoryAsItReads(t *testing.T) {
	data := saved(t, &Tree{})
	claims := slices.Clone(data[:headSize])
	copy(claims[headSize-16:], []byte{0xff, 0xff, 0xff, 0x7f, 0, 0, 0xff, 0x7f, 0xff, 0, 0, 0, 0xff, 0, 0, 0})
	thin := slices.Clone(data[:headSize])
	copy(thin[headSize-12:], []byte{0, 0, 0xff, 0x7f})
	for range 10_000 {
		thin = append(append(thin, 1, 0), make([]byte, edgeSize)...)
	}
	for name, data := range map[string][]byte{"claims": claims, "chunks of one edge": thin} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Load(bytes.NewReader(data))
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, ErrSnapshot) || used > 1<<20 {
			t.Errorf("%s: %d bytes took %d bytes of memory; %v", name, len(data), used, err)
		}
	}
}

func TestSaveRefusesSettings(t *testing.T) {
	for _, tree := range []*Tree{{Mix: math.NaN()}, {Fade: -0.5}, {Neutral: 2}} {
		if err := tree.Save(io.Discard); err == nil || !strings.Contains(err.Error(), "not in [0,1]") {
			t.Errorf("Mix %g, Fade %g, Neutral %g: %v", tree.Mix, tree.Fade, tree.Neutral, err)
		}
	}
}

// failing writes so many times and then no more.
type failing struct{ times int }

var errFull = errors.New("disk full")

func (f *failing) Write(b []byte) (int, error) {
	if f.times--; f.times < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestSnapshotPassesErrorsOn(t *testing.T) {
	tree := sample(t)
	checked(t, tree)
	for times := range 7 {
		if err := tree.Save(&failing{times}); !errors.Is(err, errFull) {
			t.Errorf("after %d writes: %v", times, err)
		}
	}
	data := saved(t, tree)
	for _, n := range []int{0, 20, len(data) / 2, len(data)} {
		r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(errFull))
		if _, err := Load(r); !errors.Is(err, errFull) || errors.Is(err, ErrSnapshot) {
			t.Errorf("a reader that fails after %d bytes: %v", n, err)
		}
	}
	if _, err := Load(iotest.OneByteReader(bytes.NewReader(data))); err != nil {
		t.Errorf("byte by byte: %v", err)
	}
}

// FuzzLoad feeds Load with files as they are, and with the right checksum: what
// it takes must be sound, and stay so in use.
func FuzzLoad(f *testing.F) {
	seeds := [][]byte{saved(f, &Tree{}), saved(f, sample(f)), saved(f, planted(f))}
	for i := range uint64(4) {
		seeds = append(seeds, saved(f, explore(i, 2, 20, Tree{Fade: 0.125 * float64(i%2)}).t))
		seeds = append(seeds, saved(f, play(i, game{players: 2, breadth: 3}, 20, Tree{Mix: 0.5 * float64(i%2)}).t))
	}
	for i, s := range seeds {
		f.Add(s)
		f.Add(s[:len(s)*i/len(seeds)])
		flipped := slices.Clone(s)
		flipped[len(s)*i/len(seeds)] ^= 1 << (i % 8)
		f.Add(flipped)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		use(t, data)
		if len(data) > 8 {
			use(t, sealed(data))
		}
	})
}

// use loads a tree, if it is one, and does with it what a search does.
func use(t *testing.T, data []byte) {
	tree, err := Load(bytes.NewReader(data))
	if err != nil {
		if !errors.Is(err, ErrSnapshot) || tree != nil {
			t.Errorf("an error that is not ErrSnapshot, or a tree with it: %v", err)
		}
		return
	}
	if !bytes.Equal(data, saved(t, tree)) {
		t.Error("saved again, it differs")
	}
	for n := range ID(tree.nodes.n) {
		tree.Prove(n)
		tree.Refresh(n)
		tree.Deviation(n)
		if got := len(tree.Data(n, nil)); got != tree.Count(n) {
			t.Errorf("node %d has %d edges, and %d records", n, tree.Count(n), got)
		}
	}
	if tree.nodes.n > 0 {
		k, err := tree.Keep(0, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Tree.Check(true); err != nil {
			t.Errorf("what was kept of it: %v", err)
		}
	}
	if err := tree.Check(true); err != nil {
		t.Errorf("after use: %v", err)
	}
}

// meshed is a graph in which every node has three children that it shares with
// others.
func meshed(count int) *Tree {
	t := &Tree{}
	for range count + 3 {
		t.Evaluate(t.Add(0), 0.5)
	}
	for n := range ID(count) {
		edges, err := t.Expand(n, []ID{n + 1, n + 2, n + 3}, uniform(3), true)
		if err != nil {
			panic(err)
		}
		t.Visit(edges[0])
		t.Refresh(n)
	}
	return t
}

func BenchmarkSnapshot(b *testing.B) {
	for _, bb := range []struct {
		name string
		tree *Tree
	}{
		{"moves", play(5, game{players: 2, breadth: 30, endless: true}, 60_000, Tree{}).t},
		{"graph", meshed(60_000)},
	} {
		data := saved(b, bb.tree)
		_, edges := bb.tree.Len()
		report := func(b *testing.B) {
			b.ReportMetric(float64(len(data))*float64(b.N)/b.Elapsed().Seconds()/1e6, "MB/s")
			b.ReportMetric(float64(len(data))/float64(edges), "B/edge")
			b.ReportMetric(float64(edges), "edges")
		}
		b.Run(bb.name+"/save", func(b *testing.B) {
			for b.Loop() {
				if err := bb.tree.Save(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			report(b)
		})
		b.Run(bb.name+"/load", func(b *testing.B) {
			for b.Loop() {
				if _, err := Load(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
			report(b)
		})
	}
}
