package lean

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// MissingError is a program that is not there.
type MissingError struct {
	Program string // what was looked for: "repl", "lean", "lake"
	Where   string // the places where it was looked for
	Advice  string // how to get it
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not there (looked for in %s); %s", e.Program, e.Where, e.Advice)
}

const (
	adviceLean = "install Lean with elan: https://github.com/leanprover/elan, then: elan default leanprover/lean4:stable"
	adviceRepl = "get it with: git clone https://github.com/leanprover-community/repl, check out the tag of your project's " +
		"lean-toolchain, run lake build repl in it, and set PONDER_LEAN_REPL to its .lake/build/bin/repl"
)

// projectOf is the folder of the Lake project that a path lies in, and whether
// there is one; else its own folder.
func projectOf(path string) (string, bool) {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return filepath.Dir(path), false
	}
	for at := dir; ; at = filepath.Dir(at) {
		if hasProject(at) {
			return at, true
		}
		if at == filepath.Dir(at) {
			return dir, false
		}
	}
}

func hasProject(dir string) bool {
	for _, name := range []string{"lakefile.lean", "lakefile.toml"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// inProject puts "lake env" before a command if the folder is a project's, so
// that its imports are found.
func inProject(dir string, argv ...string) ([]string, error) {
	if !hasProject(dir) {
		return argv, nil
	}
	lake, err := exec.LookPath("lake")
	if err != nil {
		return nil, &MissingError{Program: "lake", Where: "PATH", Advice: adviceLean}
	}
	return append([]string{lake, "env"}, argv...), nil
}

// replCommand is the command line of the REPL for a project.
func replCommand(dir string) ([]string, error) {
	program, err := findRepl(dir)
	if err != nil {
		return nil, err
	}
	return inProject(dir, program)
}

// findRepl looks for the REPL where it is usually built.
func findRepl(dir string) (string, error) {
	if program := os.Getenv("PONDER_LEAN_REPL"); program != "" {
		found, err := exec.LookPath(program)
		if err != nil {
			return "", &MissingError{Program: "repl", Where: "PONDER_LEAN_REPL=" + program, Advice: adviceRepl}
		}
		return filepath.Abs(found)
	}
	for _, name := range []string{".lake/packages/REPL", ".lake/packages/repl", "."} {
		if found, err := exec.LookPath(filepath.Join(dir, name, ".lake/build/bin/repl")); err == nil {
			return filepath.Abs(found)
		}
	}
	if found, err := exec.LookPath("repl"); err == nil {
		return filepath.Abs(found)
	}
	return "", &MissingError{Program: "repl", Where: "PONDER_LEAN_REPL, the project's .lake and PATH", Advice: adviceRepl}
}

// leanCommand is the command line that compiles a file, without the file.
func leanCommand(dir string) ([]string, error) {
	lean, err := exec.LookPath("lean")
	if err != nil {
		return nil, &MissingError{Program: "lean", Where: "PATH", Advice: adviceLean}
	}
	if hasProject(dir) {
		lean = "lean" // the project's own, by its lean-toolchain
	}
	return inProject(dir, lean)
}

// Installed reports whether Lean is there to judge a file.
func Installed() bool {
	_, err := exec.LookPath("lean")
	return err == nil
}
