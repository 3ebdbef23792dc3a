package lean

import (
	"path/filepath"
	"time"
)

// Config says how Lean is run. The zero Config finds everything by itself.
type Config struct {
	// Repl is the command line of the REPL. By default the program is
	// $PONDER_LEAN_REPL, or the one built in the project, or repl on PATH; in a Lake
	// project it is run by "lake env".
	Repl []string
	// Lean is the command line that compiles a file for the judge; --json and the
	// file are appended. By default "lake env lean" in a project, else "lean".
	Lean []string
	// Dir is where both run. By default the Lake project around the file, else the
	// file's folder.
	Dir string
	// Workers is how many REPLs run at most (default 1). With Mathlib each needs
	// some GB.
	Workers int
	// StepTime is how long a tactic may take (default 10 s; replayed ones three
	// times that), LoadTime how long a REPL may take to read the file (default 5
	// minutes), JudgeTime how long the judge may take (default 10 minutes).
	StepTime, LoadTime, JudgeTime time.Duration
	// Memory is how many bytes of its own a REPL may hold (default 4 GiB; Linux
	// only). Above it a tactic is stopped; a REPL that holds three quarters of it
	// between tactics is started anew.
	Memory int64
	// States is after how many proof states a REPL is started anew, since it frees
	// none (default 20000).
	States int
	// Axioms may be used besides propext, Classical.choice and Quot.sound.
	Axioms []string
}

func (c Config) withDefaults(path string) Config {
	if c.Dir == "" {
		c.Dir, _ = projectOf(path)
	}
	if abs, err := filepath.Abs(c.Dir); err == nil {
		c.Dir = abs
	}
	c.Workers = positive(c.Workers, 1)
	c.StepTime = positive(c.StepTime, 10*time.Second)
	c.LoadTime = positive(c.LoadTime, 5*time.Minute)
	c.JudgeTime = positive(c.JudgeTime, 10*time.Minute)
	c.Memory = positive(c.Memory, 4<<30)
	c.States = positive(c.States, 20000)
	return c
}

// positive is v, or the default in place of nothing.
func positive[T int | int64 | time.Duration](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}
