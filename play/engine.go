package play

import (
	"context"
	"fmt"
	"slices"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/nodes"
)

// engine plays positions at full speed. Its tree follows the game from move to
// move; where moves were taken back it begins anew.
type engine struct {
	from   env.Positional
	budget Budget

	problem string
	puzzle  bool
	line    []string     // the moves that led to pos
	pos     env.Position // where the search stands
	search  *mcts.PositionSearch
	thought *Thought // of pos, if there was time to think
}

// Name implements Player.
func (e *engine) Name() string { return engineName }

// slice is how many simulations are made between two looks at the context: few
// enough that nobody notices the wait.
const slice = 256

// Think implements Player.
func (e *engine) Think(ctx context.Context, g *Game, ply int) (*Thought, error) {
	if err := e.follow(g, ply); err != nil {
		return nil, err
	}
	if e.thought != nil {
		return e.thought, nil
	}
	reason, err := e.run(ctx)
	if err != nil {
		return nil, err
	}
	t := e.report(ply, g.Seat(ply))
	t.Reason = reason
	if e.budget.Tree > 0 {
		t.Events = describe(e.search, started(g, ply, "none", e.budget.Seed), t, e.budget.Tree)
	}
	e.thought = t
	return t, nil
}

// run searches until the budget is spent or there is nothing left to find out.
func (e *engine) run(ctx context.Context) (reason string, err error) {
	limit := ctx
	if e.budget.Time > 0 {
		var cancel context.CancelFunc
		limit, cancel = context.WithTimeout(ctx, e.budget.Time)
		defer cancel()
	}
	for left := e.budget.Simulations; ; left -= slice {
		n := slice
		if e.budget.Simulations > 0 {
			n = min(n, left)
		}
		if n <= 0 {
			return mcts.Simulations, nil
		}
		if reason, err = e.search.RunFor(n); err != nil {
			return reason, fmt.Errorf("searching position %s: %w", e.pos, err)
		}
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case reason != "":
			return reason, nil
		case limit.Err() != nil:
			return mcts.Time, nil
		}
	}
}

// follow brings the search to the position after so many moves of a game.
func (e *engine) follow(g *Game, ply int) error {
	if e.search == nil || e.problem != g.problem.Text || !continues(e.line, g, ply) {
		return e.begin(g, ply)
	}
	for _, text := range g.moves[len(e.line):ply] {
		if err := e.advance(text); err != nil {
			return err
		}
	}
	return nil
}

// begin starts a search at a position of a game.
func (e *engine) begin(g *Game, ply int) error {
	e.search, e.thought, e.problem, e.line = nil, nil, g.problem.Text, nil
	p, err := e.from.Position(g.problem.Text)
	if err != nil {
		return err
	}
	for _, text := range g.moves[:ply] {
		m, err := moveOf(p, text)
		if err != nil {
			return err
		}
		p.Play(m)
		e.line = append(e.line, text)
	}
	e.pos, e.puzzle = p, g.Players() == 1
	return e.restart()
}

// restart begins a tree at where the game stands.
func (e *engine) restart() (err error) {
	e.search, err = mcts.NewPosition(e.pos, mcts.PositionOptions{
		Judge: func(seed uint64) mcts.Judge {
			return evaluate.Estimated(evaluate.Playout(seed))
		},
		Rule: mcts.PUCT{Spread: true}, Transpositions: true, Puzzle: e.puzzle, Memory: e.budget.Memory, Seed: e.budget.Seed,
	})
	if err != nil {
		return fmt.Errorf("starting the engine: %w", err)
	}
	return nil
}

// advance follows one move of the game.
func (e *engine) advance(text string) error {
	m, err := moveOf(e.pos, text)
	if err != nil {
		return err
	}
	if err := e.search.Advance(e.standFor(m)); err != nil {
		return fmt.Errorf("following move %s: %w", text, err)
	}
	e.pos.Play(m)
	e.line, e.thought = append(e.line, text), nil
	if e.search.Tree().Bytes() > e.budget.Memory/2 {
		return e.restart() // or there would be no room to think on
	}
	return nil
}

// standFor is the move that stands in the tree for all that lead to the same
// position.
func (e *engine) standFor(m env.Move) env.Move {
	tree, root := e.search.Tree(), e.search.Root()
	goal := e.after(m)
	for at := range tree.Edges(root) {
		if other := env.Move(tree.Move(at)); other == m || e.after(other) == goal {
			return other
		}
	}
	return m
}

// after is the hash of the position after a move.
func (e *engine) after(m env.Move) uint64 {
	e.pos.Play(m)
	defer e.pos.Undo()
	return e.pos.Hash()
}

// moveOf finds a move by its name.
func moveOf(p env.Position, text string) (env.Move, error) {
	for _, m := range p.Moves(nil) {
		if p.MoveText(m) == text {
			return m, nil
		}
	}
	return 0, fmt.Errorf("%w: position %s does not know the move %q of the game", env.ErrBroken, p, text)
}

// report says what is known of where the search stands.
func (e *engine) report(ply, seat int) *Thought {
	tree, root := e.search.Tree(), e.search.Root()
	ends := e.search.Ends()
	t := &Thought{By: engineName, Ply: ply, Seat: seat, Simulations: tree.N(root) - 1, Value: tree.Q(root)}
	if low, high := tree.Bounds(root); low == high {
		t.Value, t.Proof = low, Proof{Known: true, Value: low}
		t.Proof.Plies, _ = ends(root)
	}
	edges := map[uint64]nodes.Edge{}
	for at := range tree.Edges(root) {
		edges[e.after(env.Move(tree.Move(at)))] = at
	}
	legal := e.pos.Moves(nil)
	ways := map[uint64]int{} // moves that lead to a position
	for _, m := range legal {
		ways[e.after(m)]++
	}
	for _, m := range legal {
		r := Rated{Action: e.pos.MoveText(m), P: 1 / float64(len(legal))}
		hash := e.after(m)
		if at, known := edges[hash]; known {
			r.N, r.P, r.Proof = tree.EdgeN(at), tree.P(at)/float64(ways[hash]), proofOf(tree, at, ends)
			if r.N > 0 {
				r.Q = tree.EdgeQ(at)
			}
		}
		t.Moves = append(t.Moves, r)
	}
	e.choose(t, ends)
	return t
}

// proofOf is what is proven of an edge.
func proofOf(tree *nodes.Tree, at nodes.Edge, ends func(nodes.ID) (int, bool)) Proof {
	low, high := tree.EdgeBounds(at)
	if low != high {
		return Proof{}
	}
	p := Proof{Known: true, Value: low}
	child := tree.Child(at)
	if child == nodes.None {
		p.Plies = 1 // it ends the game
	} else if plies, known := ends(child); known {
		p.Plies = plies + 1
	}
	return p
}

// choose finds the best move and the line that follows.
func (e *engine) choose(t *Thought, ends func(nodes.ID) (int, bool)) {
	if action, ok := t.hurry(); ok {
		t.Best = action
		t.sort()
		t.Line = e.proven(ends)
		if len(t.Line) == 0 || t.Line[0] != action {
			t.Line = []string{action}
		}
		return
	}
	t.Line = texts(e.pos, e.search.Line())
	if m, ok := e.search.Best(); ok {
		t.Best = e.pos.MoveText(m)
	} else if len(t.Moves) > 0 {
		t.Best = t.Moves[0].Action
	}
	if len(t.Line) == 0 || t.Line[0] != t.Best {
		t.Line = []string{t.Best}
	}
	t.sort()
}

// proven is the line from a position whose value is proven to the end: who wins
// hurries, who loses does not.
func (e *engine) proven(ends func(nodes.ID) (int, bool)) []string {
	tree := e.search.Tree()
	var line []env.Move
	passed := map[nodes.ID]bool{}
	for n := e.search.Root(); n != nodes.None && !passed[n]; {
		passed[n] = true
		low, high := tree.Bounds(n)
		if low != high || low != 0 && low != 1 {
			break
		}
		best, most := nodes.NoEdge, 0
		for at := range tree.Edges(n) {
			p := proofOf(tree, at, ends)
			plies := p.Plies
			if plies == 0 {
				plies = unknownEnd
			}
			if p.Known && p.Value == low && (best == nodes.NoEdge || low == 1 && plies < most || low == 0 && plies > most) {
				best, most = at, plies
			}
		}
		if best == nodes.NoEdge {
			break
		}
		line = append(line, env.Move(tree.Move(best)))
		n = tree.Child(best)
	}
	return texts(e.pos, line)
}

// texts are the names of moves that follow each other from a position.
func texts(p env.Position, line []env.Move) []string {
	p = p.Clone()
	var out []string
	for _, m := range line {
		if !slices.Contains(p.Moves(nil), m) {
			break // two positions shared a number by accident
		}
		out = append(out, p.MoveText(m))
		p.Play(m)
	}
	return out
}
