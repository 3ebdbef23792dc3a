package tiny

import (
	_ "embed"
	"sync"
)

// Name is what the embedded model is called, also as a model of Ollama.
const Name = "ponder-tiny"

//go:embed ponder-tiny.gguf
var embeddedFile []byte

// Embedded returns the model that comes with the package. It is opened once and
// shared by all callers.
//
// It knows one game, reaching a target from numbers: "4 9 10 13 > 24\n" it
// continues with a step such as "13-9=4\n", and "4 4 10 > 24 ?\n" with "yes\n"
// or "no\n", whether all the numbers can still make the target.
func Embedded() (*Model, error) { return embedded() }

var embedded = sync.OnceValues(func() (*Model, error) { return Open(embeddedFile) })
