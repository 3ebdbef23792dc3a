package lean

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/env/child"
)

// run runs a program to its end, in a group of its own, and returns what it wrote
// to stdout and the end of what it wrote to stderr. The program must end within
// the limit. An exit code other than 0 is an *exec.ExitError.
func run(ctx context.Context, argv []string, dir string, limit time.Duration) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: no end within %v", child.ErrSlow, limit))
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	out, errs := &bounded{stop: cancel}, &child.Tail{}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, errs
	child.Own(cmd)
	cmd.Cancel = func() error { child.KillGroup(cmd.Process.Pid); return nil }
	// For what was written before the end to arrive, on a busy machine too. Who is
	// cancelled does not wait for it: the group is killed, and its pipes close.
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	if cmd.Process != nil {
		child.KillGroup(cmd.Process.Pid) // what it may have left behind
	}
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		err = &MissingError{Program: argv[0], Where: "PATH", Advice: adviceLean}
	case out.full():
		err = fmt.Errorf("%s wrote more than %d MB", argv[0], child.ReplyLimit>>20)
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return out.String(), errs.String(), err
}

// bounded keeps what is written to it and stops the writer when it is too much.
type bounded struct {
	mu   sync.Mutex
	buf  []byte
	over bool
	stop func()
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.buf)+len(p) > child.ReplyLimit {
		b.over = true
		b.stop()
		return 0, errors.New("too much output")
	}
	b.buf = append(b.buf, p...)
	return len(p), nil
}

func (b *bounded) full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.over
}

func (b *bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.buf)
}
