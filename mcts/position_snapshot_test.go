package mcts

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

// A search of positions that is saved and loaded goes on as if it had not been:
// wherever it was stopped, the tree at the end is the same.
func TestPositionSnapshotGoesOn(t *testing.T) {
	for seed := range uint64(300) {
		random := env.Rand(seed)
		sh := kinds[random.N(len(kinds))]
		g := deal(&random, sh)
		game := twins{
			position: &ground{g, []int{0}}, state: g.state(0), world: g, seed: seed, shared: random.N(2) == 0,
			liked: random.N(2) == 0, constant: random.N(4) == 0,
		}
		opt := dealOptions(&random, game.shared)
		opt.Puzzle, opt.Nodes, opt.Decide = !sh.two, 0, false
		opt.Simulations = 40 + random.N(100)
		whole, _ := game.fast(t, opt)
		want := mustRun(t, whole)

		part, _ := game.fast(t, opt)
		part.opt.Simulations = 1 + random.N(opt.Simulations)
		mustRun(t, part)
		var b bytes.Buffer
		if err := part.Save(&b); err != nil {
			t.Fatal(err)
		}
		loaded, err := LoadPosition(bytes.NewReader(b.Bytes()), part.pos, whole.opt)
		if err != nil {
			t.Fatalf("seed %d, %+v: %v", seed, opt, err)
		}
		if got := mustRun(t, loaded); got != want || loaded.Simulations() != whole.Simulations() || loaded.Depth() != whole.Depth() {
			t.Errorf("seed %d, %+v: %s after %d simulations of depth %g, want %s after %d of %g", seed, opt,
				got, loaded.Simulations(), loaded.Depth(), want, whole.Simulations(), whole.Depth())
		}
		if d := cmp.Diff(all(whole.Tree()), all(loaded.Tree())); d != "" {
			t.Fatalf("seed %d, %+v (-in one go +in two):\n%s", seed, opt, d)
		}
		if err := loaded.Tree().Check(true); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// halfway is the snapshot of a small search of positions.
func halfway(t testing.TB) (data []byte, s *PositionSearch) {
	t.Helper()
	random := env.Rand(7)
	g := deal(&random, kinds[0])
	game := twins{position: &ground{g, []int{0}}, seed: 7, shared: true}
	opt := PositionOptions{Simulations: 20, Transpositions: true, Puzzle: !kinds[0].two}
	opt.Judge = func(uint64) Judge { return func(p env.Position) float64 { return game.value(p.String()) } }
	s, err := NewPosition(game.position, opt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), s
}

func TestLoadPositionRefuses(t *testing.T) {
	data, s := halfway(t)
	for _, tt := range []struct{ name, from, to, want string }{
		{"another version", `"version":1`, `"version":9`, "version 1"},
		{"a snapshot of a Search", `"positions":true`, `"positions":false`, "search of positions"},
		{"another position", `"hash":`, `"hash":1`, "another position"},
		{"a root that is nowhere", `"root":0`, `"root":7777`, "node 7777"},
		{"a negative count", `"simulations":`, `"simulations":-`, "negative"},
		{"a hash too many", `"hashes":[`, `"hashes":[1,`, "hashes"},
		{"no JSON", `{"version"`, `{version`, "first line"},
		{"a damaged tree", "\x89tree", "\x89tred", "snapshot of a tree"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spoilt := strings.Replace(string(data), tt.from, tt.to, 1)
			if spoilt == string(data) {
				t.Fatalf("%q is not in the snapshot: %.200s", tt.from, data)
			}
			if _, err := LoadPosition(strings.NewReader(spoilt), s.pos, s.opt); !errors.Is(err, ErrSnapshot) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want ErrSnapshot with %q", err, tt.want)
			}
		})
	}
	other := s.opt
	other.Mix = 0.5
	if _, err := LoadPosition(bytes.NewReader(data), s.pos, other); !errors.Is(err, ErrSnapshot) {
		t.Errorf("with another mix: %v", err)
	}
	if _, err := LoadPosition(bytes.NewReader(data[:len(data)-9]), s.pos, s.opt); !errors.Is(err, ErrSnapshot) {
		t.Errorf("cut short: %v", err)
	}
	// The same numbers, but the moves of another game.
	wrong := *s
	for e := range wrong.tree.Edges(wrong.root) {
		wrong.tree.SetMove(e, 99)
		break
	}
	var b bytes.Buffer
	if err := wrong.Save(&b); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadPosition(&b, s.pos, s.opt); !errors.Is(err, ErrSnapshot) || !strings.Contains(err.Error(), "moves") {
		t.Errorf("with moves that there are not: %v", err)
	}
}

func FuzzLoadPosition(f *testing.F) {
	data, s := halfway(f)
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		loaded, err := LoadPosition(bytes.NewReader(data), s.pos, s.opt)
		if err != nil {
			return
		}
		loaded.opt.Simulations += 20
		if _, err := loaded.Run(); err != nil {
			t.Logf("it runs into %v", err)
		}
	})
}
