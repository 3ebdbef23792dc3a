package coq

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// Judge decides whether a file with a proof put in holds: a fresh coqc reads all
// of it, and the axioms that the theorem rests on are looked at. It shares
// nothing with the search.
type Judge struct {
	Flags []string
	Dir   string        // where coqc runs; empty means the current directory
	Time  time.Duration // for the whole file; 0 means ten minutes
	Allow []string      // axioms that a proof may rest on, beside those of its statement
}

// Verdict is what a Judge found.
type Verdict struct {
	Axioms  []string // that the theorem rests on
	Elapsed time.Duration
}

// RefusedError says why a proof does not count.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "coqc does not accept the file: " + e.Reason }

// Check has coqc read text, which stands for the file f with the proof of its
// theorem t put in. The error is a *RefusedError if the proof does not count, a
// *ide.MissingError without coqc.
func (j Judge) Check(ctx context.Context, f *vernac.File, t vernac.Theorem, text string) (Verdict, error) {
	began := time.Now()
	name := t.Name
	if t.Module != "" && name != "" {
		name = t.Module + "." + name
	}
	asked := text
	if name != "" {
		asked += "\n(**)\nPrint Assumptions " + name + ".\n"
	}
	out, err := j.compile(ctx, f.Path, asked)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Elapsed: time.Since(began)}
	if name == "" {
		return v, nil
	}
	axioms, err := assumptions(out)
	if err != nil {
		return v, err
	}
	v.Axioms = axioms
	if left := without(axioms, j.Allow); len(left) > 0 {
		given, err := j.given(ctx, f, t)
		if err != nil {
			return v, err
		}
		if left = without(left, given); len(left) > 0 {
			return v, &RefusedError{fmt.Sprintf(
				"the proof rests on %s, which the statement does not; --allow-axiom %s accepts that", strings.Join(left, ", "), left[0])}
		}
	}
	v.Elapsed = time.Since(began)
	return v, nil
}

// given are the axioms that the statement itself rests on.
func (j Judge) given(ctx context.Context, f *vernac.File, t vernac.Theorem) ([]string, error) {
	binders, typ, ok := splitStatement(t.Statement)
	if !ok {
		return nil, nil
	}
	st := "Definition ponder_statement : Type := "
	if binders != "" {
		st += "forall " + binders + ", "
	}
	st += "(" + typ + ")."
	begin := f.Sentences[t.Stated].Start
	out, err := j.compile(ctx, f.Path, f.Text[:begin]+st+"\nPrint Assumptions ponder_statement.\n")
	var refused *RefusedError
	if errors.As(err, &refused) {
		return nil, nil // it can't be stated alone: then nothing is given
	}
	if err != nil {
		return nil, err
	}
	return assumptions(out)
}

// splitStatement cuts "(n : nat) : n = n" at the colon between its parts.
func splitStatement(s string) (binders, typ string, ok bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			depth--
		case ':':
			if depth == 0 && !strings.HasPrefix(s[i:], ":=") {
				return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:]), true
			}
		}
	}
	return "", "", false
}

func without(all, but []string) []string {
	var out []string
	for _, a := range all {
		if !slices.ContainsFunc(but, func(b string) bool { return a == b || strings.HasSuffix(a, "."+b) }) {
			out = append(out, a)
		}
	}
	return out
}

// assumptions reads the last answer to Print Assumptions.
func assumptions(out string) ([]string, error) {
	const closed, begin = "Closed under the global context", "Axioms:"
	at, end := strings.LastIndex(out, begin), strings.LastIndex(out, closed)
	switch {
	case at < 0 && end < 0:
		return nil, &RefusedError{"it does not tell the axioms of the proof: " + canonical(out)}
	case end > at:
		return nil, nil
	}
	var axioms []string
	for _, line := range strings.Split(out[at+len(begin):], "\n") {
		if strings.Contains(line, "is assumed to be") || strings.Contains(line, "relies on") {
			return nil, &RefusedError{strings.TrimSpace(line)}
		}
		if line == "" || line[0] == ' ' || line[0] == '\t' {
			continue // a type goes on
		}
		name, _, _ := strings.Cut(line, ":")
		axioms = append(axioms, strings.TrimSpace(name))
	}
	return axioms, nil
}

const mostOutput = 1 << 20

// compile runs coqc on a text under the name of a file, in a folder of its own.
func (j Judge) compile(ctx context.Context, path, text string) (string, error) {
	coqc, err := ide.Find("coqc")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "ponder-coq-")
	if err != nil {
		return "", fmt.Errorf("making a folder to check a proof in: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("writing a file to check: %w", err)
	}
	limit := j.Time
	if limit == 0 {
		limit = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	args := append([]string{"-q", "-noglob", "-w", "none", "-native-compiler", "no"}, j.Flags...)
	cmd := exec.CommandContext(ctx, coqc, append(args, "-o", file+"o", file)...)
	var out bounded
	cmd.Dir, cmd.Stdout, cmd.Stderr = j.Dir, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("checking %s with coqc: %w", path, ctx.Err())
	case errors.As(err, &exit):
		return "", &RefusedError{canonical(strings.ReplaceAll(out.String(), file, filepath.Base(path)))}
	case err != nil:
		return "", fmt.Errorf("running coqc: %w", err)
	}
	return out.String(), nil
}

// bounded keeps the end of what is written to it.
type bounded struct{ b bytes.Buffer }

func (w *bounded) Write(p []byte) (int, error) {
	if w.b.Len() > mostOutput {
		w.b.Next(w.b.Len() - mostOutput/2)
	}
	return w.b.Write(p)
}

func (w *bounded) String() string { return w.b.String() }
