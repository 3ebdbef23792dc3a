// Package child runs programs that are asked and answer on their standard streams:
// provers and plug-ins. Each is in a process group of its own, is killed with all that
// it has started, and may take so much time, memory and output and no more.
package child

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	// ReplyLimit is how many bytes a reply may have if Options say nothing.
	ReplyLimit = 16 << 20
	tailLimit  = 4 << 10 // bytes of stderr that are kept
	// memoryEvery is how often the memory of a working process is looked at.
	memoryEvery = 250 * time.Millisecond
)

// A process ends in one of these ways; the errors around them carry its words.
var (
	ErrSlow    = errors.New("it took too long")
	ErrMemory  = errors.New("it took too much memory")
	ErrDied    = errors.New("the program died")
	ErrGarbled = errors.New("the program is out of step")
)

// Options say what runs, and within which bounds.
type Options struct {
	Argv []string // the program and its arguments
	Dir  string   // where it runs; empty means the current folder
	// Lines says that a reply is a line; else it is a block that ends with an empty one.
	Lines  bool
	Reply  int       // bytes of a reply at most; 0 means ReplyLimit
	Memory int64     // bytes that it and what it starts may hold while asked; 0 means no bound
	Stderr io.Writer // gets what it writes there; may be nil
}

// Process is a running program in a group of its own. One goroutine at a time may
// ask it.
type Process struct {
	opt     Options
	pid     int
	in      *os.File
	replies chan []byte   // closed when there will be no more
	gone    chan struct{} // closed when the program has ended and its group is gone
	errs    *Tail

	mu    sync.Mutex
	ended bool  // the program has been waited for: its pid is no longer ours
	cause error // why no more replies come, if not just because it ended
}

// Start runs a program. The caller must Kill it, whatever happens. The error wraps
// exec.ErrNotFound or os.ErrNotExist if there is no such program or folder.
func Start(o Options) (*Process, error) {
	if o.Reply == 0 {
		o.Reply = ReplyLimit
	}
	argv := o.Argv
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
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Dir, inR, outW, errW
	if err := Begin(cmd); err != nil {
		closeAll()
		return nil, fmt.Errorf("%s can't be started: %w", argv[0], err)
	}
	for _, f := range []*os.File{inR, outW, errW} {
		f.Close()
	}
	p := &Process{
		opt: o, pid: cmd.Process.Pid, in: inW,
		replies: make(chan []byte, 1), gone: make(chan struct{}), errs: &Tail{},
	}
	var readers sync.WaitGroup
	readers.Go(func() { p.read(outR) })
	readers.Go(func() {
		defer errR.Close()
		var words io.Writer = p.errs
		if o.Stderr != nil {
			words = io.MultiWriter(p.errs, o.Stderr)
		}
		_, _ = io.Copy(words, errR) // ends with the program
	})
	go p.reap(cmd, &readers)
	return p, nil
}

// reap waits for the program and takes what it has started with it.
func (p *Process) reap(cmd *exec.Cmd, readers *sync.WaitGroup) {
	_ = cmd.Wait() // how it ended is of no use to anybody
	KillGroup(p.pid)
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.in.Close()
	readers.Wait()
	close(p.gone)
}

// Kill ends the program and its group. It does not wait.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		KillGroup(p.pid)
	}
}

// fail kills the process for a reason that later calls will be told.
func (p *Process) fail(cause error) {
	p.mu.Lock()
	if p.cause == nil {
		p.cause = cause
	}
	p.mu.Unlock()
	p.Kill()
}

// read passes on the blocks of the program's output.
func (p *Process) read(out *os.File) {
	defer close(p.replies)
	defer out.Close()
	r := bufio.NewReaderSize(out, 64<<10)
	var block []byte
	for {
		line, err := r.ReadSlice('\n')
		whole := err == nil && len(block) > 0
		if len(bytes.TrimSpace(line)) > 0 || len(block) > 0 && block[len(block)-1] != '\n' {
			block = append(block, line...)
			whole = p.opt.Lines && err == nil
		}
		if whole {
			select {
			case p.replies <- block:
			default: // nobody has taken the one before
				p.fail(fmt.Errorf("%w: it spoke without being asked: %s", ErrGarbled, Excerpt(block)))
				return
			}
			block = nil
		}
		if len(block) > p.opt.Reply {
			p.fail(fmt.Errorf("%w: a reply of more than %d MB", ErrGarbled, p.opt.Reply>>20))
			return
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if len(block) > 0 {
				p.fail(fmt.Errorf("%w in the middle of a reply: %s", ErrDied, Excerpt(block)))
			}
			return
		}
	}
}

// Pid is the number of the process, which is another's once it is Gone.
func (p *Process) Pid() int { return p.pid }

// Gone is closed when the program has ended and its group is gone.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Memory is how many bytes it and what it has started hold; 0 if that can't be told.
func (p *Process) Memory() int64 { return Memory(p.pid) }

// Alive reports whether the program can be asked something.
func (p *Process) Alive() bool {
	select {
	case <-p.gone:
		return false
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.ended && p.cause == nil
}

// Ask sends one request and waits for the reply. After any error the process is
// of no more use: it has been killed.
func (p *Process) Ask(ctx context.Context, request []byte, limit time.Duration) ([]byte, error) {
	select {
	case block, ok := <-p.replies:
		if ok {
			p.fail(fmt.Errorf("%w: it spoke without being asked: %s", ErrGarbled, Excerpt(block)))
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
				p.Kill()
				return nil, p.died()
			}
			return block, nil
		case <-ctx.Done():
			p.Kill()
			return nil, ctx.Err()
		case <-clock.C:
			p.fail(ErrSlow)
			return nil, fmt.Errorf("%w: no answer within %v", ErrSlow, limit)
		case <-look.C:
			if used := Memory(p.pid); p.opt.Memory > 0 && used > p.opt.Memory {
				p.fail(ErrMemory)
				return nil, fmt.Errorf("%w: %d MB", ErrMemory, used>>20)
			}
		case err := <-sent:
			sent = nil
			if err != nil {
				p.Kill()
				<-p.gone
				return nil, p.died()
			}
		}
	}
}

// DeathError is the end of a program.
type DeathError struct {
	Cause  error
	Name   string // of the program
	Stderr string // the last of what it wrote there
}

func (e *DeathError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("%v; %s wrote nothing to stderr", e.Cause, e.Name)
	}
	return fmt.Sprintf("%v; %s wrote to stderr: %s", e.Cause, e.Name, e.Stderr)
}

func (e *DeathError) Unwrap() error { return e.Cause }

// died says how the program ended, with the last of what it wrote to stderr.
func (p *Process) died() error {
	select {
	case <-p.gone: // so that all of stderr is there
	case <-time.After(50 * time.Millisecond):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &DeathError{Cause: p.cause, Name: p.opt.Argv[0], Stderr: Shorten(p.errs.String(), tailLimit)}
	if e.Cause == nil {
		e.Cause = ErrDied
	}
	return e
}

// Tail keeps the end of what is written to it.
type Tail struct {
	Most int // bytes; 0 means 4 KB

	mu   sync.Mutex
	text []byte // up to twice as many, so that not every write moves them
}

func (t *Tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if most := t.most(); len(t.text) > 2*most {
		t.text = append(t.text[:0], t.text[len(t.text)-most:]...)
	}
	return len(b), nil
}

func (t *Tail) most() int { return cmp.Or(t.Most, tailLimit) }

// String is the end, without bytes that are no text.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.ToValidUTF8(t.text[max(0, len(t.text)-t.most()):], nil))
}

// Excerpt is the beginning of what was received, in quotes on one line.
func Excerpt(raw []byte) string {
	return fmt.Sprintf("%q", Shorten(string(raw), 120))
}

// Shorten is s on one line, without control characters, cut to n characters.
func Shorten(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return string(runes)
}
