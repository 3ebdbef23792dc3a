// Command measure says how many lemmas of Coq's standard library a search proves.
//
//	go run ./prove/measure -time 60s -json a.jsonl
//	go run ./prove/measure -time 60s -json b.jsonl -without premises
//	go run ./prove/measure -compare a.jsonl b.jsonl
//
// The lemmas are drawn by hash: 25 each whose proofs have 1 to 2, 3 to 5, 6 to 10
// and 11 to 25 sentences, at most six of a folder and stratum. The context of
// each is the text of its file before it. A lemma counts as proved if a fresh
// coqc accepts the whole file with the new proof in place of the old one, all
// that follows included. -skip 25 draws other lemmas, to develop with.
//
// With -rename all that a file defines gets another name first, as far as Coq
// then still takes the file: nobody can know a lemma by its name. Which names
// that are is kept in ${PONDER_CACHE:-~/.cache/ponder}/measure, for it takes
// coqc up to 40 runs a file to find out.
//
// -set false has 100 false statements searched, none of which may be proved, and
// -set abuse 50 theorems in files that loop, flood and take all memory, for
// -time each and the harmless theorem behind each.
//
// The exit code is 0, or 1 if -set false or abuse goes wrong, 2 for bad flags, 3
// without Coq, 130 when interrupted: what is done by then is in the file of
// -json, and -resume with it goes on.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/ponder-mcts/ponder/env/coq/ide"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, errHelp) {
		fmt.Fprintln(os.Stderr, "measure:", err)
	}
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	var missing *ide.MissingError
	var usage *usageError
	switch {
	case err == nil || errors.Is(err, errHelp):
		return 0
	case errors.As(err, &usage):
		return 2
	case errors.As(err, &missing):
		return 3
	case errors.Is(err, context.Canceled):
		return 130
	}
	return 1
}

// run is the program; out gets the table and err what happens meanwhile.
func run(ctx context.Context, args []string, out, err io.Writer) error {
	s, problem := parse(args, err)
	if problem != nil {
		return problem
	}
	if s.compare {
		return compareFiles(out, s.files[0], s.files[1])
	}
	m := &measurement{settings: s, out: out, err: err, search: search}
	return m.run(ctx)
}
