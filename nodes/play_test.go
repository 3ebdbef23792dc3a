package nodes

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// roll is a source of choices that can be copied, so that two runs go the same
// way from some point on.
type roll struct{ rand.PCG }

func newRoll(seed uint64) roll { return roll{*rand.NewPCG(seed, 1)} }

func (r *roll) n(k int) int { return int(r.Uint64() % uint64(k)) }

// eighth is a value that fixed-point numbers hold exactly, mirrored or not.
func (r *roll) eighth() float64 { return float64(r.n(9)) / 8 }

// explorer grows a graph as a search does that knows states by their keys: with
// ways that meet, circles, terminals and nodes that are asked for more children.
// All it remembers is in the tree and the roll.
type explorer struct {
	t       *Tree
	roll    roll
	players int
}

// explore makes a graph by so many steps.
func explore(seed uint64, players, steps int, set Tree) explorer {
	x := explorer{t: &Tree{Mix: set.Mix, Fade: set.Fade, Neutral: set.Neutral}, roll: newRoll(seed), players: players}
	x.t.Add(0)
	x.t.Evaluate(0, 0.5)
	x.explore(steps)
	return x
}

func (x *explorer) explore(steps int) {
	for range steps {
		x.simulate()
	}
}

// simulate is one simulation or one expansion.
func (x *explorer) simulate() {
	t, n := x.t, ID(0)
	if t.Proven(n) {
		return
	}
	var path []Edge
	passed := map[ID]bool{0: true}
	for t.Expanded(n) && (t.Closed(n) || x.roll.n(8) > 0) {
		t.Sync(n)
		var open []Edge
		for e := range t.Edges(n) {
			if !t.Settled(e) && !passed[t.Child(e)] {
				open = append(open, e)
			}
		}
		if len(open) == 0 {
			break
		}
		path = append(path, open[x.roll.n(len(open))])
		n = t.Child(path[len(path)-1])
		passed[n] = true
	}
	switch {
	case !t.Evaluated(n):
		t.Evaluate(n, x.roll.eighth())
	case !t.Closed(n):
		x.widen(n, path)
		return
	}
	if len(path) > 0 {
		x.visit(n, path)
	}
}

// visit counts a simulation as mcts does.
func (x *explorer) visit(end ID, path []Edge) {
	t := x.t
	for _, e := range path {
		t.Visit(e)
	}
	x.refresh(t.Prove(end), path)
	v, below := t.Q(end), end
	for _, e := range slices.Backward(path) {
		n := t.From(e)
		if t.Player(n) != t.Player(below) {
			v = 1 - v
		}
		t.Record(n, v)
		below = n
	}
}

func (x *explorer) refresh(changed []ID, path []Edge) {
	for _, e := range slices.Backward(path) {
		changed = append(changed, x.t.From(e))
	}
	for _, n := range changed {
		x.t.Refresh(n)
	}
}

// widen gives a node some children, old and new ones.
func (x *explorer) widen(n ID, path []Edge) {
	t := x.t
	var children []ID
	for e := range t.Edges(n) {
		children = append(children, t.Child(e))
	}
	had := len(children)
	for range 1 + x.roll.n(5) - x.roll.n(2) {
		c := x.child()
		if !slices.Contains(children, c) {
			children = append(children, c)
		}
	}
	edges, err := t.Expand(n, children[had:], make([]float64, len(children)-had), x.roll.n(2) == 0)
	if err != nil {
		panic(err)
	}
	for _, e := range edges {
		t.SetMove(e, uint16(x.roll.n(1000)))
	}
	for e := range t.Edges(n) {
		t.SetP(e, 1/float64(len(children)))
	}
	if changed := t.Prove(n); len(changed) > 0 {
		x.refresh(changed, path)
	}
}

func (x *explorer) child() ID {
	count, _ := x.t.Len()
	if x.roll.n(4) == 0 {
		return ID(x.roll.n(count))
	}
	n := x.t.Add(x.roll.n(x.players))
	if x.roll.n(4) == 0 {
		x.t.End(n, []float64{0, 0, 0, 0.5, 1}[x.roll.n(5)])
	}
	return n
}

// game is a game of which all follows from the hash of the way to a position.
type game struct {
	players, breadth int
	endless          bool
}

type place uint64

func (h place) after(move int) place {
	x := uint64(h)*0x9e3779b97f4a7c15 + uint64(move) + 1
	x ^= x >> 29
	return place(x * 0xbf58476d1ce4e5b9)
}

func (g game) moves(h place) int {
	least := place(0)
	if g.endless {
		least = 1
	}
	return int(least + h>>10%(place(g.breadth)+1-least))
}

func (g game) player(h place) int    { return int(h >> 20 % place(g.players)) }
func (g game) over(h place) bool     { return h>>30%5 == 0 && !g.endless }
func (g game) value(h place) float64 { return float64(h>>40%9) / 8 }

// mover plays a game in a tree of moves: as mcts does it, with leaves that are
// edges.
type mover struct {
	t    *Tree
	game game
	root place
	roll roll
	path []Step

	values map[ID][]float64 // what simulations said of nodes, if wanted
}

// play makes a tree of moves by so many simulations.
func play(seed uint64, g game, steps int, set Tree) mover {
	m := mover{t: &Tree{Mix: set.Mix, Fade: set.Fade, Neutral: set.Neutral}, game: g, root: place(seed).after(0), roll: newRoll(seed)}
	m.begin()
	m.play(steps)
	return m
}

func (m *mover) begin() { m.t.Evaluate(m.t.Add(m.game.player(m.root)), 0.5) }

func (m *mover) play(steps int) {
	for range steps {
		m.simulate()
	}
}

func (m *mover) simulate() {
	t, n, h := m.t, ID(0), m.root
	m.path = m.path[:0]
	if t.Proven(n) || !t.Expanded(n) && m.grow(n, h) {
		return
	}
	for {
		edges, first, _, _ := t.Look(n)
		i := pick(&m.roll, edges)
		if i < 0 {
			if len(m.path) > 0 {
				panic("a node that is not proven has nothing to find out")
			}
			return
		}
		d := &edges[i]
		d.O++
		m.path = append(m.path, Step{n, first + Edge(i)})
		h = h.after(int(d.Move()))
		if n = t.child(d); n != None {
			continue
		}
		if d.N == 0 {
			m.backup(h)
			return
		}
		n = t.Adopt(first+Edge(i), m.game.player(h))
		if m.grow(n, h) {
			t.Deliver(m.path, 1, 0, 0, 0)
			return
		}
	}
}

// backup counts a simulation, in two parts.
func (m *mover) backup(h place) {
	t := m.t
	last := m.path[len(m.path)-1].Node
	v := m.game.value(h)
	if m.game.player(h) != t.Player(last) {
		v = 1 - v
	}
	cut := m.roll.n(len(m.path) + 1)
	t.Backup(m.path[:cut], t.Backup(m.path[cut:], t.Ascent(m.path, v)))
	if m.values == nil {
		return
	}
	for _, s := range slices.Backward(m.path) {
		if t.Player(s.Node) != t.Player(last) {
			m.values[s.Node] = append(m.values[s.Node], 1-v)
		} else {
			m.values[s.Node] = append(m.values[s.Node], v)
		}
	}
}

// pick chooses an edge that is not settled, or -1.
func pick(r *roll, edges []EdgeData) int {
	open := 0
	for i := range edges {
		if !edges[i].Settled() {
			open++
		}
	}
	if open == 0 {
		return -1
	}
	k := r.n(open)
	for i := range edges {
		if edges[i].Settled() {
			continue
		}
		if k--; k < 0 {
			return i
		}
	}
	return -1
}

// grow gives a node its edges and reports whether that proved something.
func (m *mover) grow(n ID, h place) (proof bool) {
	edges, err := m.t.Branch(n, m.game.moves(h), true)
	if err != nil {
		panic(err)
	}
	for i := range edges {
		edges[i].SetMove(uint16(i))
		edges[i].P = float32(1 / float64(len(edges)))
		if after := h.after(i); m.game.over(after) {
			v := m.game.value(after)
			if m.game.player(after) != m.t.Player(n) {
				v = 1 - v
			}
			edges[i].Settle(v)
			proof = true
		}
	}
	return (proof || len(edges) == 0) && m.t.Settle(n)
}

// drawn is a random tree of either kind; further makes it grow by more steps,
// from the same roll for each tree.
type drawn struct {
	*Tree
	further func(t *Tree, steps int)
}

func drawTree(t *rapid.T) drawn {
	set := Tree{
		Mix:     rapid.SampledFrom([]float64{0, 0.25, 1}).Draw(t, "mix"),
		Fade:    rapid.SampledFrom([]float64{0, 0.125}).Draw(t, "fade"),
		Neutral: rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "neutral"),
	}
	seed := rapid.Uint64().Draw(t, "seed")
	players := rapid.IntRange(1, 2).Draw(t, "players")
	steps := rapid.IntRange(0, 60).Draw(t, "steps")
	if rapid.Bool().Draw(t, "moves") {
		m := play(seed, game{players: players, breadth: 5}, steps, set)
		return drawn{m.t, func(t *Tree, steps int) {
			m := m
			m.t = t
			m.play(steps)
		}}
	}
	x := explore(seed, players, steps, set)
	return drawn{x.t, func(t *Tree, steps int) {
		x := x
		x.t = t
		x.explore(steps)
	}}
}

// failer is a *testing.T, *testing.B or *rapid.T.
type failer interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
	Cleanup(func())
}

func saved(tb failer, t *Tree) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := t.Save(&b); err != nil {
		tb.Fatalf("Save: %v", err)
	}
	return b.Bytes()
}

// Whatever way a tree grew, it is sound between any two steps.
func TestRandomTreesAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTree(t)
		checked(t, d.Tree)
		if err := d.Check(true); err != nil {
			t.Fatalf("as it grew: %v", err)
		}
		d.further(d.Tree, rapid.IntRange(0, 10).Draw(t, "more"))
		if err := d.Check(true); err != nil {
			t.Fatalf("as it grew on: %v", err)
		}
	})
}
