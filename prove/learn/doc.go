// Package learn remembers what worked in proofs: which tactics lead to a proof
// at which goals (Table), and which goals get proved (Goals). Both are small,
// learn as they go, are safe for concurrent use, and are kept as JSON.
//
// They know goals by features and tactics by shapes, which Features and Shape
// take from what proof assistants print. They are guesses from text: nothing
// that is proved depends on them.
package learn
