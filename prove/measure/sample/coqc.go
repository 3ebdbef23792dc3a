package sample

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/ide"
)

// RefusedError is what coqc says against a text.
type RefusedError struct {
	Line int // from 1; 0 if it isn't told
	Text string
}

func (e *RefusedError) Error() string { return fmt.Sprintf("coqc refuses line %d: %s", e.Line, e.Text) }

var place = regexp.MustCompile(`(?m)^File "[^"]*", line ([0-9]+), characters [0-9-]+:\n(?s:Error:(.*))`)

// memory is the most address space of coqc, in bytes.
const memory = 4 << 30

// Compile has coqc read a text under the base name of a file, in a folder of its
// own, and tells what it prints. The error is a *RefusedError if coqc refuses
// the text, a *ide.MissingError without coqc.
func Compile(ctx context.Context, file, text string, flags ...string) (string, error) {
	coqc, err := ide.Find("coqc")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "ponder-measure-")
	if err != nil {
		return "", fmt.Errorf("making a folder for coqc: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, filepath.Base(file))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("writing a file for coqc: %w", err)
	}
	args := append([]string{"-q", "-noglob", "-w", "none", "-native-compiler", "no"}, flags...)
	cmd := exec.CommandContext(ctx, coqc, append(args, "-o", path+"o", path)...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err = cmd.Start(); err == nil {
		confine(cmd)
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("compiling %s: %w", file, ctx.Err())
	case errors.As(err, &exit):
		return "", refusal(out.String())
	case err != nil:
		return "", fmt.Errorf("running coqc on %s: %w", file, err)
	}
	return out.String(), nil
}

// refusal finds the place in what coqc printed.
func refusal(out string) *RefusedError {
	e := &RefusedError{Text: strings.TrimSpace(out)}
	if m := place.FindStringSubmatch(out); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Text = strings.TrimSpace(m[2])
	}
	return e
}
