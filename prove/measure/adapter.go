package main

import (
	"context"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/prove"
)

// options are what a measurement may say to a search.
type options struct {
	method    string
	limit     time.Duration
	workers   int
	seed      uint64
	cache     bool // and so on: what is not left out
	premises  bool
	apart     bool
	merge     bool
	flags     []string // of Coq
	directory string   // where Coq runs
}

// found is what came of a search, as a record keeps it.
type found struct {
	Solved   bool     `json:"solved"`   // the search found a proof
	Verified bool     `json:"verified"` // and coqc accepts the whole file with it
	Script   string   `json:"script,omitempty"`
	Axioms   []string `json:"axioms,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Tried    int      `json:"tried"`
	Nodes    int      `json:"nodes"`
	SearchMS int64    `json:"search_ms"`
	CheckMS  int64    `json:"check_ms"`
}

// searcher searches a proof for a hole and has coqc judge it.
type searcher func(ctx context.Context, f *vernac.File, h vernac.Hole, o options) (found, error)

// search is all that is known here of package prove.
func search(ctx context.Context, f *vernac.File, h vernac.Hole, o options) (found, error) {
	r, err := prove.Prove(ctx, f, h, prove.Options{
		Time: o.limit, Workers: o.workers, Method: o.method, Seed: o.seed, Flags: o.flags, Dir: o.directory,
		NoCache: !o.cache, NoPremises: !o.premises, NoApart: !o.apart, NoMerge: !o.merge,
	})
	return found{
		Solved: r.Solved, Verified: r.Verified, Script: r.Script, Axioms: r.Axioms, Reason: r.Reason,
		Tried: r.Tried, Nodes: r.Nodes, SearchMS: r.Searched.Milliseconds(), CheckMS: r.Checked.Milliseconds(),
	}, err
}

// methods are the ways to search.
func methods() []string { return prove.Methods }
