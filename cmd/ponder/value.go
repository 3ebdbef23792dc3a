package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/view"
)

// valueFlags are those of a search for the proven value of a position.
type valueFlags struct {
	on     bool
	memory int
	file   string
}

func (f *valueFlags) check() error {
	switch {
	case !f.on && f.file != "":
		return badInput("--proof %s without --prove: give both, or ponder export RUN --proof for the proof of a run", f.file)
	case f.on && (f.memory < 1 || f.memory > 1<<20):
		return badInput("--memory %d is not a number of megabytes up to %d, for example --memory 2048", f.memory, 1<<20)
	}
	return nil
}

// Bounds of what is told of the tree of a proof.
const (
	mostProof = 200_000 // nodes in the file
	mostShown = 2_000   // nodes behind the printed result
)

// errTime ends a search whose time is up.
var errTime = errors.New("the time is up")

// proveValue searches a position at engine speed until its value is proven, or the
// memory, the time or a budget is used up.
func proveValue(ctx context.Context, t terminal, f *searchFlags, name, text string) error {
	p, closer, err := f.problem(ctx, t, name, text)
	defer closer()
	if err != nil {
		return err
	}
	positional, ok := p.Env.(env.Positional)
	if !ok {
		return badInput("--prove needs an environment of positions, and %s is none: leave it out, or give for example connect4", p.EnvName)
	}
	pos, err := positional.Position(text)
	if err != nil {
		return err
	}
	root, err := p.Env.Start(ctx, text)
	if err != nil {
		return err
	}
	_, game := root.(env.Mover)
	s, err := mcts.NewPosition(pos, mcts.PositionOptions{
		Judge:          func(seed uint64) mcts.Judge { return evaluate.Estimated(evaluate.Playout(seed)) },
		Transpositions: true, Puzzle: !game, Simulations: f.simulations, Nodes: f.nodes, Memory: int64(f.prove.memory) << 20, Seed: f.seed,
	})
	if err != nil {
		return err
	}
	began := time.Now()
	timed := ctx
	if f.time > 0 {
		var cancel context.CancelFunc
		timed, cancel = context.WithTimeoutCause(ctx, f.time, errTime)
		defer cancel()
	}
	reason, err := runProof(timed, t, f.quiet, s)
	if err != nil {
		return fmt.Errorf("searching: %w", err)
	}
	return f.printValue(ctx, t, p, s, ended{reason, game, time.Since(began)})
}

// runProof runs a search in pieces, and says now and then how far it is.
func runProof(ctx context.Context, t terminal, quiet bool, s *mcts.PositionSearch) (reason string, err error) {
	const piece = 2000 // simulations between two looks at the clock
	told := time.Now()
	for {
		if reason, err = s.RunFor(piece); err != nil || reason != "" {
			return reason, err
		}
		switch {
		case errors.Is(context.Cause(ctx), errTime):
			return mcts.Time, nil
		case ctx.Err() != nil:
			return mcts.Interrupted, nil
		}
		if !quiet && time.Since(told) > time.Second {
			told = time.Now()
			count, _ := s.Tree().Len()
			fmt.Fprintf(t.err, "ponder: %d simulations, %d positions, %d MB\n", s.Simulations(), count, s.Tree().Bytes()>>20)
		}
	}
}

// ended is how a search for a proof ended.
type ended struct {
	reason  string
	game    bool
	elapsed time.Duration
}

// printValue prints what came of it, and writes the proof.
func (f *searchFlags) printValue(ctx context.Context, t terminal, p ponder.Problem, s *mcts.PositionSearch, end ended) error {
	info := event.Started{Env: p.EnvName, Problem: p.Text, Model: none, Strategy: "puct", Seed: f.seed}
	low, high := s.Tree().Bounds(s.Root())
	describe := s.Describe
	if low == high {
		describe = s.DescribeProof
	}
	tree, err := toldBy(func(emit func(event.Event)) { describe(info, mostShown, emit) })
	if err != nil {
		return fmt.Errorf("drawing the search: %w", err)
	}
	last := event.Ended{Reason: end.reason, Status: view.Unsolved, Line: []int32{}}
	switch {
	case low == 1:
		last.Status = view.Solved
	case high == 0:
		last.Status = view.Unsolvable
	}
	line := tree.Play()
	if low != high {
		line = tree.Line() // the most visited
	}
	for _, e := range line {
		last.Line = append(last.Line, tree.Edges[e].ID)
	}
	tree.End = &last
	out := ponder.Solution{Status: last.Status, Game: end.game}
	if out.Status == view.Solved && !end.game {
		path, err := pathOf(p, s.Line())
		if err != nil {
			return err
		}
		if out, err = ponder.Check(context.WithoutCancel(ctx), p, path); err != nil {
			return err
		}
	}
	if f.prove.file != "" && low == high {
		whole, err := toldBy(func(emit func(event.Event)) { s.DescribeProof(info, mostProof, emit) })
		if err == nil {
			whole.End = &last
			err = writeFile(f.prove.file, func(w io.Writer) error { return whole.Record().Write(w) })
		}
		if err != nil {
			return fmt.Errorf("writing the proof: %w", err)
		}
	}
	result := view.NewResult(tree, out.Verified, out.Answer, end.elapsed)
	result.Game = end.game
	result.Stats.Nodes, result.Stats.Edges = s.Tree().Len()
	if moves, known := s.Distance(); known && result.Ending != nil {
		result.Ending.Moves = moves
	}
	err = printResult(t, f, tree, result, nil)
	switch {
	case err != nil:
		return fmt.Errorf("writing the result: %w", err)
	case ctx.Err() != nil:
		return ctx.Err()
	case out.Status != view.Solved:
		return errUnsolved
	}
	return nil
}

// toldBy folds what a search tells of itself.
func toldBy(describe func(emit func(event.Event))) (*view.Tree, error) {
	var tree view.Tree
	var err error
	describe(func(e event.Event) {
		if err == nil {
			err = tree.Apply(e)
		}
	})
	return &tree, err
}

// pathOf are moves from the start as steps.
func pathOf(p ponder.Problem, line []env.Move) (path env.Path, err error) {
	pos, err := p.Env.(env.Positional).Position(p.Text)
	if err != nil {
		return nil, err
	}
	for _, m := range line {
		path = append(path, env.Step{Action: pos.MoveText(m)})
		pos.Play(m)
	}
	return path, nil
}
