// Package lean makes an environment of Lean 4 proofs: one sorry of a file is
// the problem, a tactic is a step.
//
// Parse finds the holes of a file, New starts the REPL of
// github.com/leanprover-community/repl for one of them, and Env.Step plays
// tactics in its tactic mode. Judge compiles a copy of the file with the finished
// proof put in: only what it accepts is proved.
//
// The package was written from the REPL's documentation, its published tests and
// its source, and it is tested against a simulator of that protocol. It was not
// run against a real Lean. It needs a REPL that reports proofStatus (2025 or
// later).
//
// # States
//
// A state is a value: the tactics that lead to it, the goals and a key. What the
// REPL knows it by, a number, is kept by the process that made it, and whoever
// asks another process, or one that was started anew, has the tactics played
// again and the goals compared.
//
// Several goals without metavariables are proved apart (an AND state). The
// REPL's tactics work on the first of several goals and can see the others, so a
// goal is isolated by closing the others with sorry: (sorry; rotate_left 1;
// sorry). The status of a finished branch then reads "Incomplete: contains
// sorry" where that of a whole proof reads "Completed"; both say that the kernel
// has accepted the term and that no metavariable is left in it. Tactics with a
// sorry of their own are refused before they are sent and again when the reply
// reports one, and the judge sees the whole proof without any.
//
// Goals with metavariables (?w, ?m.12) stay together, and a tactic is then sent
// as it is, so that "case w => exact 2" or "swap" are possible.
//
// # Limits
//
// A proof by recursion on the theorem itself is refused by the REPL's status. A
// file that begins with the keyword module can't be judged: Lean refuses #print
// axioms there. On systems other than Linux memory is not watched.
package lean
