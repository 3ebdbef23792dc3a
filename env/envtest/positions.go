package envtest

import (
	"fmt"
	"math"
	"slices"

	"github.com/ponder-mcts/ponder/env"
)

// facts are all that a position tells.
type facts struct {
	text   string
	hash   uint64
	toMove int
	value  float32
	over   bool
	moves  []env.Move
	names  []string
}

func factsOf(p env.Position) facts {
	f := facts{text: p.String(), hash: p.Hash(), toMove: p.ToMove(), moves: p.Moves(nil)}
	if f.value, f.over = p.Result(); !f.over {
		f.value = 0
	}
	for _, m := range f.moves {
		f.names = append(f.names, p.MoveText(m))
	}
	return f
}

// differ says in what two positions that should be the same differ; it is empty if
// they don't.
func (f facts) differ(g facts) string {
	switch {
	case f.text != g.text:
		return fmt.Sprintf("the texts %q and %q", f.text, g.text)
	case f.hash != g.hash:
		return fmt.Sprintf("the hashes %#x and %#x", f.hash, g.hash)
	case f.toMove != g.toMove:
		return fmt.Sprintf("players %d and %d to move", f.toMove, g.toMove)
	case f.over != g.over, f.value != g.value:
		return fmt.Sprintf("the results %v %v and %v %v", f.value, f.over, g.value, g.over)
	case !slices.Equal(f.names, g.names):
		return fmt.Sprintf("the moves %q and %q", f.names, g.names)
	}
	return ""
}

// positions plays walks as positions.
func (c *checker) positions(from env.Positional) {
	byHash := map[uint64]string{}
	c.steps = c.opt.Steps
	for walk := range c.opt.Walks {
		c.way = nil
		p, err := from.Position(c.problem)
		if err != nil {
			c.fail("the problem is no position: %v", err)
			return
		}
		spare := p.Clone()
		var line []facts
		for range c.opt.Plies {
			f := factsOf(p)
			c.steps--
			c.position(from, p, f)
			if was, seen := byHash[f.hash]; seen && was != f.text {
				c.fail("the hash %#x is that of %q and of %q", f.hash, was, f.text)
			}
			byHash[f.hash] = f.text
			spare.CopyFrom(p)
			if d := f.differ(factsOf(spare)); d != "" {
				c.fail("CopyFrom makes another position: %s", d)
			}
			line = append(line, f)
			if f.over || c.enough() {
				break
			}
			clone := p.Clone()
			m := f.moves[c.random.N(len(f.moves))]
			p.Play(m)
			c.way = append(c.way, f.names[slices.Index(f.moves, m)])
			if d := f.differ(factsOf(clone)); d != "" {
				c.fail("a clone changes with its original: %s", d)
			}
			clone.Play(m)
			if d := factsOf(p).differ(factsOf(clone)); d != "" {
				c.fail("the move leads elsewhere in a clone: %s", d)
			}
			if walk%3 == 2 && len(line)%4 == 0 {
				p, line = clone, nil // goes on from there, and not behind it
			}
		}
		for i := len(line) - 2; i >= 0 && !c.enough(); i-- {
			p.Undo()
			c.way = c.way[:len(c.way)-1]
			if d := line[i].differ(factsOf(p)); d != "" {
				c.fail("Undo does not lead back: %s", d)
			}
		}
		if c.enough() {
			return
		}
	}
	c.way = nil
	c.allocations(from)
}

// position checks one position by itself.
func (c *checker) position(from env.Positional, p env.Position, f facts) {
	if f.over != (len(f.moves) == 0) {
		c.fail("over is %v, with the moves %q", f.over, f.names)
	}
	if f.over && !(f.value >= 0 && f.value <= 1) {
		c.fail("the result %v is outside [0,1]", f.value)
	}
	if slices.ContainsFunc(f.moves, func(m env.Move) bool { return m >= 1<<15 }) {
		c.fail("a move of %v is not below 32768", f.moves)
	}
	names := slices.Sorted(slices.Values(f.names))
	if len(slices.Compact(names)) != len(f.names) {
		c.fail("two of the moves %q have the same name", f.names)
	}
	room := make([]env.Move, 2, 2+len(f.moves))
	room[0], room[1] = 998, 999
	if got := p.Moves(room); !slices.Equal(got, append([]env.Move{998, 999}, f.moves...)) {
		c.fail("Moves is to append: behind 998, 999 it made %v", got)
	}
	again, err := from.Position(f.text)
	if err != nil {
		c.fail("its own text is not read: %v", err)
	} else if d := f.differ(factsOf(again)); d != "" {
		c.fail("as read from its text it is another position: %s", d)
	}
	if r, ok := p.(env.Roller); ok && !f.over {
		if v := r.Roll(&c.random); !(v >= 0 && v <= 1) {
			c.fail("a roll-out is worth %v, which is outside [0,1]", v)
		}
		if d := f.differ(factsOf(p)); d != "" {
			c.fail("a roll-out changes the position: %s", d)
		}
	}
	if e, ok := p.(env.Estimator); ok && !f.over {
		if v, known := e.Estimate(); known && !(v >= 0 && v <= 1) {
			c.fail("the estimate %v is outside [0,1]", v)
		}
	}
}

// allocations plays games and takes them back, which may allocate in the first ones
// only.
func (c *checker) allocations(from env.Positional) {
	p, err := from.Position(c.problem)
	if err != nil {
		return
	}
	spare := p.Clone()
	buf := make([]env.Move, 0, 1<<12)
	random := env.Rand(c.opt.Seed)
	sum := uint64(0) // so that no result goes unused
	game := func() {
		plies := 0
		for ; plies < c.opt.Plies; plies++ {
			value, over := p.Result()
			sum += p.Hash() + uint64(p.ToMove()) + uint64(math.Float32bits(value))
			if over {
				break
			}
			if e, ok := p.(env.Estimator); ok {
				v, _ := e.Estimate()
				sum += math.Float64bits(v)
			}
			spare.CopyFrom(p)
			moves := p.Moves(buf)
			m := moves[random.N(len(moves))]
			sum += uint64(len(p.MoveText(m)))
			p.Play(m)
		}
		for range plies {
			p.Undo()
		}
	}
	if n := allocsPerRun(game); n > 0 && sum != 1 {
		c.fail("playing and undoing a game allocates %v times, and must not at all", n)
	}
}
