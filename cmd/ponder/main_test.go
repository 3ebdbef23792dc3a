package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(aside{m}, map[string]func(){"ponder": main, "repl": simulatedRepl, "lean": simulatedLean, "plug": plugged, "gone": goneProgram})
}

// aside keeps what a test does not say to keep elsewhere in a folder of its own.
type aside struct{ *testing.M }

func (a aside) Run() int {
	dir, err := os.MkdirTemp("", "ponder-test")
	if err == nil {
		err = os.Setenv("XDG_DATA_HOME", dir)
	}
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	return a.M.Run()
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			// Nothing listens there: tests that want a server name theirs.
			e.Setenv("OLLAMA_HOST", "127.0.0.1:9")
			e.Setenv("XDG_DATA_HOME", filepath.Join(e.WorkDir, "data"))
			return nil
		},
	})
}
