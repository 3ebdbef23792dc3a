package mcts

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	noughts "github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// twins are one game for both searches, with one judge and one taste.
type twins struct {
	position env.Position
	state    env.State
	world    env.Environment
	seed     uint64 // of values and priors
	shared   bool   // equal positions are one node; else both are unrolled
	liked    bool   // priors differ
	constant bool   // the judge says 1/2 of everything
}

func (g twins) value(text string) float64 {
	if g.constant {
		return 0.5
	}
	return worth(g.seed, text)
}

// fast starts a PositionSearch. judged are the positions it will value, in order.
func (g twins) fast(t *testing.T, opt PositionOptions) (s *PositionSearch, judged *[]string) {
	t.Helper()
	judged = new([]string)
	opt.Judge = func(uint64) Judge {
		return func(p env.Position) float64 {
			*judged = append(*judged, p.String())
			return g.value(p.String())
		}
	}
	if g.liked {
		opt.Priors = func(p env.Position, _ []env.Move, out []float64) {
			if len(out) > 0 {
				shares(g.seed, p.String(), out)
			}
		}
	}
	p := g.position.Clone()
	if !g.shared {
		p = &tracked{Position: p}
	}
	s, err := NewPosition(p, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s, judged
}

// plain starts a Search with the same settings.
func (g twins) plain(t *testing.T, opt PositionOptions) *Search {
	t.Helper()
	root := g.state
	if !g.shared {
		root = unroll(root)
	}
	s, err := New(root, event.Started{}, Options{
		Rule: opt.Rule, Simulations: opt.Simulations, Nodes: opt.Nodes, Mix: opt.Mix, Discount: opt.Discount,
		Decide: opt.Decide, Noise: opt.Noise, Seed: opt.Seed,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drive runs a Search to its end. judged are the states valued, in order.
func (g twins) drive(t *testing.T, s *Search) (judged []string) {
	t.Helper()
	for {
		job, status := s.Next()
		if status != Work {
			break
		}
		x := Expansion{Closed: true}
		if job.Kind == Expand {
			x.Children = g.children(t, job.State)
		} else {
			judged = append(judged, job.State.String())
			x.Value.Mean = g.value(job.State.String())
		}
		if err := s.Complete(job, x); err != nil {
			t.Fatal(err)
		}
	}
	return judged
}

func (g twins) children(t *testing.T, s env.State) []Child {
	t.Helper()
	from, way := s, []string(nil)
	switch u := s.(type) {
	case unrolled:
		from, way = u.State, u.way
	case unrolledTurn:
		from, way = u.State, u.way
	}
	actions := from.(env.Finite).Actions()
	priors := make([]float64, len(actions))
	for i := range priors {
		priors[i] = 1
	}
	if g.liked && len(priors) > 0 {
		shares(g.seed, s.String(), priors)
	}
	var out []Child
	for i, a := range actions {
		next, err := g.world.Step(t.Context(), from, a)
		if err != nil {
			t.Fatal(err)
		}
		if !g.shared {
			next = unroll(next, append(way[:len(way):len(way)], a)...)
		}
		out = append(out, Child{Action: a, Prior: priors[i], State: next})
	}
	return out
}

// nodeFacts and edgeFacts are all that a tree tells of a node and an edge.
type nodeFacts struct {
	N, Player          int
	Q, V, Dev, Lo, Hi  float64
	Terminal, Expanded bool
	Closed             bool
	Edges              []edgeFacts
}

type edgeFacts struct {
	Child         nodes.ID // where nodes are shared
	N, O          int
	P, Q, Lo, Hi  float64
	Settled, Leaf bool
}

func factsOf(t *nodes.Tree, n nodes.ID, ids bool) nodeFacts {
	t.Sync(n) // as the next visit would do
	f := nodeFacts{
		N: t.N(n), Player: t.Player(n), Q: t.Q(n), V: t.V(n), Dev: t.Deviation(n),
		Terminal: t.Terminal(n), Expanded: t.Expanded(n), Closed: t.Closed(n),
	}
	f.Lo, f.Hi = t.Bounds(n)
	for e := range t.Edges(n) {
		c := t.Child(e)
		ef := edgeFacts{
			N: t.EdgeN(e), O: t.O(e), P: t.P(e), Settled: t.Settled(e),
			Leaf: c == nodes.None || !t.Expanded(c),
		}
		if ids {
			ef.Child = c
		}
		ef.Lo, ef.Hi = t.EdgeBounds(e)
		if ef.N > 0 || ef.Lo == ef.Hi {
			ef.Q = t.EdgeQ(e) // else it means nothing
		}
		if f.Lo == f.Hi && ef.Lo == 0 && ef.Hi == 1 {
			ef.Settled = true // by a proof beside it, after which nobody comes here
		}
		f.Edges = append(f.Edges, ef)
	}
	return f
}

// listed are the facts of all nodes that have edges or could have none, from n
// down. A leaf may lack a node of its own: its edge tells of it.
func listed(t *nodes.Tree, n nodes.ID) []nodeFacts {
	list := []nodeFacts{factsOf(t, n, false)}
	for e := range t.Edges(n) {
		if c := t.Child(e); c != nodes.None && t.Expanded(c) {
			list = append(list, listed(t, c)...)
		}
	}
	return list
}

// all are the facts of every node, by number.
func all(t *nodes.Tree) (list []nodeFacts) {
	count, _ := t.Len()
	for n := range nodes.ID(count) {
		list = append(list, factsOf(t, n, true))
	}
	return list
}

// account is what both searches say in the end.
type account struct {
	Reason      string
	Simulations int
	Judged      []string
	Nodes       []nodeFacts
}

// compare runs both searches of a game and fails unless they are the same in all
// that they tell: every value asked for in the same order, every number of the
// trees.
func (g twins) compare(t *testing.T, opt PositionOptions) {
	t.Helper()
	fast, judged := g.fast(t, opt)
	plain := g.plain(t, opt)
	mustRun(t, fast)
	want := account{Judged: g.drive(t, plain), Reason: plain.Reason(), Simulations: plain.Simulations()}
	if err := plain.Tree().Check(true); err != nil {
		t.Fatalf("seed %d: %v", g.seed, err)
	}
	got := account{Judged: *judged, Reason: fast.Reason(), Simulations: fast.Simulations()}
	if opt.Transpositions {
		want.Nodes, got.Nodes = all(plain.Tree()), all(fast.Tree())
	} else {
		want.Nodes, got.Nodes = listed(plain.Tree(), plain.Root()), listed(fast.Tree(), fast.Root())
	}
	if !reflect.DeepEqual(want, got) { // cmp takes its time
		t.Fatalf("seed %d, %+v (-Search +PositionSearch):\n%s", g.seed, opt, cmp.Diff(want, got))
	}
}

// dealOptions draws how to search.
func dealOptions(random *env.Rand, shared bool) PositionOptions {
	opt := PositionOptions{Simulations: 1 + random.N(200), Seed: random.Next(), Transpositions: shared}
	rules := []Rule{
		PUCT{}, PUCT{Spread: true}, PUCT{Init: 3, Base: 40, FPU: 0.7}, UCT{}, UCT{C: 0.1},
		Gumbel{Seed: opt.Seed}, Gumbel{Seed: opt.Seed, Budget: opt.Simulations}, Gumbel{Calm: true, Actions: 2, Budget: 40},
		Scored(PUCT{}.Score),
	}
	if shared {
		rules = append(rules, Thompson{}) // whose draws depend on the numbers of nodes
	}
	opt.Rule = rules[random.N(len(rules))]
	opt.Mix = []float64{0, 0, 0.5, 1}[random.N(4)]
	opt.Decide = random.N(4) == 0
	if shared { // a Discount implies it
		opt.Discount = []float64{0, 0.5}[random.N(2)]
	}
	if shared && random.N(4) == 0 {
		opt.Nodes = 2 + random.N(30)
	}
	if random.N(3) == 0 {
		opt.Noise = Noise{Weight: 0.25, Alpha: []float64{0, 0.3}[random.N(2)]}
	}
	return opt
}

var kinds = []shape{
	{size: 30}, {size: 12, circles: true}, {size: 30, partial: true}, {size: 12, circles: true, partial: true, two: true},
	{size: 30, two: true}, {size: 30, two: true, partial: true}, {size: 5, circles: true, hopeless: true, two: true},
}

// Both searches do the same in the same order and come to the same numbers,
// whatever the game, the rule and the settings.
func TestPositionSearchIsTheSearch(t *testing.T) {
	for _, tt := range []struct {
		name                   string
		shared, transpositions bool
		games                  uint64
	}{
		{"tree of moves", false, false, 300},
		{"graph: equal positions are one node", true, true, 400},
		{"graph in which no two positions are equal", false, true, 80},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range tt.games {
				random := env.Rand(seed)
				sh := kinds[random.N(len(kinds))]
				g := deal(&random, sh)
				game := twins{
					position: &ground{g, []int{0}}, state: g.state(0), world: g, seed: seed,
					shared: tt.shared, liked: random.N(2) == 0, constant: random.N(4) == 0,
				}
				opt := dealOptions(&random, tt.transpositions)
				opt.Puzzle = !sh.two
				game.compare(t, opt)
			}
		})
	}
}

// The games of package env, by way of env.Board on the plain side.
func TestPositionSearchOfBoards(t *testing.T) {
	for _, tt := range []struct {
		name  string
		board *env.Board
		most  int // moves before the search begins
	}{{"tic-tac-toe", noughts.Environment(), 6}, {"connect four", connectfour.Environment(), 36}} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(60) {
				random := env.Rand(seed)
				p, err := tt.board.Parse("start")
				if err != nil {
					t.Fatal(err)
				}
				for range random.N(tt.most + 1) {
					if moves := p.Moves(nil); len(moves) > 0 {
						p.Play(moves[random.N(len(moves))])
					}
				}
				state, err := tt.board.Start(t.Context(), p.String())
				if err != nil {
					t.Fatal(err)
				}
				game := twins{
					position: p, state: state, world: tt.board, seed: seed, shared: seed%2 == 0,
					constant: random.N(2) == 0, liked: random.N(2) == 0,
				}
				game.compare(t, dealOptions(&random, game.shared))
			}
		})
	}
}

// A node has more edges than a ranking can tell apart, just as many, and one
// less.
func TestPositionSearchOfWideGames(t *testing.T) {
	for _, width := range []int{maxRanked - 1, maxRanked, maxRanked + 1} {
		g := &graph{moves: true, vertices: make([]vertex, 2*width+1)}
		for i := 1; i <= width; i++ {
			g.vertices[0].to = append(g.vertices[0].to, i)
			g.vertices[i] = vertex{player: 1, to: []int{width + i, 0}}
			g.vertices[width+i] = vertex{over: i%7 == 0, reward: 0.5, to: []int{0}}
		}
		for seed, rule := range []Rule{PUCT{}, UCT{}, PUCT{}} {
			game := twins{position: &ground{g, []int{0}}, state: g.state(0), world: g, seed: uint64(seed), constant: seed == 2}
			game.compare(t, PositionOptions{Rule: rule, Simulations: width + 150})
		}
	}
}

// A move for good leaves both searches with the same tree below it, and they go
// on alike. In a graph a PositionSearch drops nodes that others waited for, and
// what a Search keeps it knows anew.
func TestPositionSearchAdvances(t *testing.T) {
	for seed := range uint64(300) {
		random := env.Rand(seed)
		sh := kinds[random.N(len(kinds))]
		g := deal(&random, sh)
		game := twins{
			position: &ground{g, []int{0}}, state: g.state(0), world: g, seed: seed,
			liked: random.N(2) == 0, constant: random.N(4) == 0,
		}
		opt := dealOptions(&random, game.shared)
		opt.Puzzle = !sh.two
		// A PositionSearch drops nodes when it moves on, and stirs noise into
		// priors that were rounded.
		opt.Nodes, opt.Noise = 0, Noise{}
		fast, _ := game.fast(t, opt)
		plain := game.plain(t, opt)
		for range 4 {
			mustRun(t, fast)
			game.drive(t, plain)
			if d := cmp.Diff(sumBelow(plain.Tree(), plain.Root()), sumBelow(fast.Tree(), fast.Root())); d != "" {
				t.Fatalf("seed %d, %+v (-Search +PositionSearch):\n%s", seed, opt, d)
			}
			var open []nodes.Edge
			for e := range fast.Tree().Edges(fast.Root()) {
				open = append(open, e)
			}
			if len(open) == 0 {
				break
			}
			i := random.N(len(open))
			m := env.Move(fast.Tree().Move(open[i]))
			if err := plain.Advance(plain.Tree().At(plain.Root(), i)); err != nil {
				t.Fatal(err)
			}
			if err := fast.Advance(m); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// sumBelow are the facts of a node and of all that it leads to, breadth first, with
// children by their place in that order. Leaves are left to their edges.
func sumBelow(t *nodes.Tree, root nodes.ID) (list []nodeFacts) {
	order, place := []nodes.ID{root}, map[nodes.ID]nodes.ID{root: 0}
	for i := 0; i < len(order); i++ {
		f := factsOf(t, order[i], false)
		for j := range f.Edges {
			c := t.Child(t.At(order[i], j))
			if c == nodes.None || !t.Expanded(c) {
				continue
			}
			if _, seen := place[c]; !seen {
				place[c] = nodes.ID(len(order))
				order = append(order, c)
			}
			f.Edges[j].Child = place[c]
		}
		list = append(list, f)
	}
	return list
}

// Reset leaves nothing of the search before.
func TestPositionSearchReset(t *testing.T) {
	for seed := range uint64(200) {
		random := env.Rand(seed)
		sh := kinds[random.N(len(kinds))]
		opt := dealOptions(&random, random.N(2) == 0)
		opt.Puzzle = !sh.two
		opt.Judge = func(uint64) Judge { return func(p env.Position) float64 { return worth(seed, p.String()) } }
		g := deal(&random, sh)
		g.vertices = append(g.vertices, deal(&random, sh).vertices...)
		var trees [2][]nodeFacts
		for i, first := range []int{random.N(len(g.vertices)), 0} {
			s, err := NewPosition(&ground{g, []int{first}}, opt)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				mustRun(t, s)
				s.Reset(&ground{g, []int{0}})
			}
			mustRun(t, s)
			trees[i] = all(s.Tree())
		}
		if d := cmp.Diff(trees[1], trees[0]); d != "" {
			t.Fatalf("seed %d, %+v (-new +reset):\n%s", seed, opt, d)
		}
	}
}

// mustRun runs a search and checks its tree.
func mustRun(t testingT, s *PositionSearch) (reason string) {
	t.Helper()
	reason, err := s.Run()
	if err == nil {
		err = s.Tree().Check(true)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return reason
}
