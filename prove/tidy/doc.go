// Package tidy is what is done with a proof after a search has found it: it is
// run again to be sure of it (Replay), made shorter and simpler (Minimise), and
// written down as people write proofs (Format, Flat, Braced, One).
//
// It knows proofs through env and env/proof alone, so that all proof assistants
// share it. What it knows of the texts of tactics is mostly Coq's syntax; what
// a prover does not understand is refused in a replay and changes nothing. It
// judges no proof: whether the file that has it compiles is the prover's word.
package tidy
