// Package lean is a yardstick: the plainest fast Monte Carlo tree search for one
// game, by which to read the speed of the general one.
//
// All of it is in the tests. It is a flat array of edges and a loop that is
// written for its game: no interface, no undo, no transpositions, no proofs, one
// thread, and nothing kept that the next simulation does not need. Run
//
//	go test -bench Lean ./mcts/lean
//
// on the same machine and in the same minute as the benchmark to compare with:
// only the ratio says something.
package lean
