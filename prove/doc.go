// Package prove searches proofs: which tactics are worth a try in a state, how
// promising a state is, and what is made of a proof once there is one.
package prove
