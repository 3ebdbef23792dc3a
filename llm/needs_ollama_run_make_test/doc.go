// Package needsollama holds the tests against a real Ollama server. They have
// the build tag ollama; "make test" starts a server and runs them.
//
// The folder's name is the message: go test hides whatever a passing package
// prints, but it does name a package without test files, so a plain
// "go test ./..." says in a line of its own what it left out and how to run it.
package needsollama
