package lean

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

const (
	replyLimit = 16 << 20 // bytes of one reply
	tailLimit  = 4 << 10  // bytes of stderr that are kept
	// memoryEvery is how often the memory of a working process is looked at.
	memoryEvery = 250 * time.Millisecond
)

// A process ends in one of these ways; the errors around them carry its words.
var (
	errSlow    = errors.New("it took too long")
	errMemory  = errors.New("it took too much memory")
	errDied    = errors.New("the prover died")
	errGarbled = errors.New("the prover is out of step")
)

// process is a running program in a group of its own, that is asked in lines and
// answers in blocks that end with an empty line.
type process struct {
	name    string
	pid     int
	in      *os.File
	replies chan []byte   // closed when there will be no more
	gone    chan struct{} // closed when the program has ended and its group is gone
	errs    *tail

	mu    sync.Mutex
	ended bool  // the program has been waited for: its pid is no longer ours
	cause error // why no more replies come, if not just because it ended
}

// start runs a program. The caller must kill it, whatever happens.
func start(argv []string, dir string) (*process, error) {
	var ends []*os.File
	closeAll := func() {
		for _, f := range ends {
			f.Close()
		}
	}
	pipe := func() (r, w *os.File, err error) {
		if r, w, err = os.Pipe(); err == nil {
			ends = append(ends, r, w)
		}
		return r, w, err
	}
	inR, inW, err1 := pipe()
	outR, outW, err2 := pipe()
	errR, errW, err3 := pipe()
	if err := errors.Join(err1, err2, err3); err != nil {
		closeAll()
		return nil, fmt.Errorf("pipes for %s: %w", argv[0], err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, inR, outW, errW
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		closeAll()
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			return nil, &MissingError{Program: argv[0], Where: "the configured command, run in " + dir, Advice: adviceRepl}
		}
		return nil, fmt.Errorf("%s can't be started: %w", argv[0], err)
	}
	for _, f := range []*os.File{inR, outW, errW} {
		f.Close()
	}
	p := &process{
		name: argv[0], pid: cmd.Process.Pid, in: inW,
		replies: make(chan []byte, 1), gone: make(chan struct{}), errs: &tail{},
	}
	var readers sync.WaitGroup
	readers.Go(func() { p.read(outR) })
	readers.Go(func() { io.Copy(p.errs, errR); errR.Close() })
	go p.reap(cmd, &readers)
	return p, nil
}

// reap waits for the program and takes what it has started with it.
func (p *process) reap(cmd *exec.Cmd, readers *sync.WaitGroup) {
	cmd.Wait()
	killGroup(p.pid)
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.in.Close()
	readers.Wait()
	close(p.gone)
}

// kill ends the program and its group. It does not wait.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		killGroup(p.pid)
	}
}

// fail kills the process for a reason that later calls will be told.
func (p *process) fail(cause error) {
	p.mu.Lock()
	if p.cause == nil {
		p.cause = cause
	}
	p.mu.Unlock()
	p.kill()
}

// read passes on the blocks of the program's output.
func (p *process) read(out *os.File) {
	defer close(p.replies)
	defer out.Close()
	r := bufio.NewReaderSize(out, 64<<10)
	var block []byte
	for {
		line, err := r.ReadSlice('\n')
		switch {
		case len(bytes.TrimSpace(line)) > 0 || len(block) > 0 && block[len(block)-1] != '\n':
			block = append(block, line...)
		case len(block) > 0 && err == nil:
			select {
			case p.replies <- block:
			default:
				p.fail(fmt.Errorf("%w: it spoke without being asked: %s", errGarbled, excerpt(block)))
				return
			}
			block = nil
		}
		if len(block) > replyLimit {
			p.fail(fmt.Errorf("%w: a reply of more than %d MB", errGarbled, replyLimit>>20))
			return
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if len(block) > 0 {
				p.fail(fmt.Errorf("%w in the middle of a reply: %s", errDied, excerpt(block)))
			}
			return
		}
	}
}

// alive reports whether the program can be asked something.
func (p *process) alive() bool {
	select {
	case <-p.gone:
		return false
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.ended && p.cause == nil
}

// ask sends one request and waits for the reply. After any error the process is
// of no more use: it has been killed.
func (p *process) ask(ctx context.Context, request []byte, limit time.Duration, memory int64) ([]byte, error) {
	select {
	case block, ok := <-p.replies:
		if ok {
			p.fail(fmt.Errorf("%w: it spoke without being asked: %s", errGarbled, excerpt(block)))
		}
		return nil, p.died()
	default:
	}
	sent := make(chan error, 1)
	go func() {
		_, err := p.in.Write(request)
		sent <- err
	}()
	clock := time.NewTimer(limit)
	defer clock.Stop()
	look := time.NewTicker(memoryEvery)
	defer look.Stop()
	for {
		select {
		case block, ok := <-p.replies:
			if !ok {
				p.kill()
				return nil, p.died()
			}
			return block, nil
		case <-ctx.Done():
			p.kill()
			return nil, ctx.Err()
		case <-clock.C:
			p.fail(errSlow)
			return nil, fmt.Errorf("%w: no answer within %v", errSlow, limit)
		case <-look.C:
			if used := memoryOf(p.pid); memory > 0 && used > memory {
				p.fail(errMemory)
				return nil, fmt.Errorf("%w: %d MB", errMemory, used>>20)
			}
		case err := <-sent:
			sent = nil
			if err != nil {
				p.kill()
				<-p.gone
				return nil, p.died()
			}
		}
	}
}

// deathError is the end of a program.
type deathError struct {
	cause  error
	name   string
	stderr string // the last of what it wrote there
}

func (e *deathError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("%v; %s wrote nothing to stderr", e.cause, e.name)
	}
	return fmt.Sprintf("%v; %s wrote to stderr: %s", e.cause, e.name, e.stderr)
}

func (e *deathError) Unwrap() error { return e.cause }

// died says how the program ended, with the last of what it wrote to stderr.
func (p *process) died() error {
	select {
	case <-p.gone: // so that all of stderr is there
	case <-time.After(50 * time.Millisecond):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &deathError{cause: p.cause, name: p.name, stderr: shorten(p.errs.String(), tailLimit)}
	if e.cause == nil {
		e.cause = errDied
	}
	return e
}

// tail keeps the last of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if len(t.buf) > tailLimit {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-tailLimit:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.ToValidUTF8(t.buf, nil))
}
