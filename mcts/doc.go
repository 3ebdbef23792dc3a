// Package mcts is Monte Carlo tree search as a deterministic state machine.
//
// A Search owns a tree. Next walks down by the selection rule and hands out a
// Job: a leaf that wants a value, or one that wants children. Complete takes
// the result, grows the tree and backs up; Abandon takes the job back. None of
// them does I/O, reads a clock or starts a goroutine, so a search can be
// tested, recorded, resumed and driven from anywhere. A Worker does the work of
// a job with an environment, a policy and a critic, and a Driver runs a Search
// with several jobs in flight.
//
// # Threads
//
// A Search belongs to one goroutine: its Driver's. Workers get Jobs, which
// hold only immutable values, and give back Expansions.
//
// # Lazy expansion
//
// A leaf gets a value when a simulation first reaches it, and children only
// when one reaches it again: most leaves never do, and their policy call is
// never paid for.
package mcts
