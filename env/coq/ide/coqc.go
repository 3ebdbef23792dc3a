package ide

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env/child"
)

// Compiler says how coqc is run.
type Compiler struct {
	Flags  []string
	Dir    string // where it runs; empty means the folder of the file that it reads
	Memory uint64 // the most address space in bytes; 0 means no bound
}

// mostOutput is how much of the end of what coqc says is kept.
const mostOutput = 1 << 20

// Compile has coqc read a text under the base name of a file, in a folder of its
// own, and returns what it says. What coqc does not accept is a *Refusal with all
// that it said, coqc not being there a *MissingError. Else the error is that of
// ctx, or says why coqc could not be run.
func (c Compiler) Compile(ctx context.Context, file, text string) (string, error) {
	coqc, err := Find("coqc")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "ponder-coqc-")
	if err != nil {
		return "", fmt.Errorf("making a folder for coqc: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, filepath.Base(file))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("writing a file for coqc: %w", err)
	}
	args := append([]string{"-q", "-noglob", "-w", "none", "-native-compiler", "no"}, c.Flags...)
	cmd := exec.CommandContext(ctx, coqc, append(args, "-o", path+"o", path)...)
	out := &child.Tail{Most: mostOutput}
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.Dir, out, out
	if cmd.Dir == "" {
		cmd.Dir = dir
	}
	cmd.Cancel = func() error { child.KillGroup(cmd.Process.Pid); return nil }
	cmd.WaitDelay = time.Second
	if err = child.Begin(cmd); err == nil {
		if c.Memory > 0 {
			confine(cmd.Process.Pid, c.Memory)
		}
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("compiling %s: %w", file, ctx.Err())
	case errors.As(err, &exit):
		return "", &Refusal{Text: strings.ReplaceAll(out.String(), path, filepath.Base(file))}
	case err != nil:
		return "", fmt.Errorf("running coqc on %s: %w", file, err)
	}
	return out.String(), nil
}
