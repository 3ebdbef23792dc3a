// Package ide talks to coqidetop, the server behind Coq's editors: sentences
// are added one by one, goals come back as data, and any earlier state can be
// gone back to. The protocol is that of Coq 8.16 (20220205) to 8.20.
package ide

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/env/child"
)

// Options say how a process is started.
type Options struct {
	Program string   // empty means coqidetop.opt, or coqidetop
	Flags   []string // such as -Q and -R of a project
	Dir     string   // working directory; empty means the current one
	// Memory is the most address space in bytes; 0 means 3 GB. Coq dies of its
	// own when it gets no more.
	Memory uint64
}

// Process is one running coqidetop. It belongs to one goroutine at a time.
type Process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	replies chan reply
	gone    chan struct{} // closed when the process has ended
	words   *child.Tail
	mu      sync.Mutex // guards ended
	ended   bool       // the number of the process may be another's by now
	// unanswered are the messages of the call that it died in, once it is gone.
	unanswered []string
	silence    time.Duration // of the last query
	// stale says that an interrupt may have come too late and would fail the
	// next call.
	stale bool
}

// MissingError says that a program of Coq can't be found.
type MissingError struct{ Program string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not installed; get it with: apt-get install coq (Debian, Ubuntu), brew install coq (macOS) or opam install rocq-prover", e.Program)
}

// Errors of calls that say something about the process, not about the sentence.
var (
	// ErrDied says that the process ended, or had to be killed.
	ErrDied = errors.New("coqidetop ended")
	// ErrTimeout says that a call took longer than allowed and was interrupted.
	ErrTimeout = errors.New("interrupted for want of time")
)

// Refusal is Coq's own error.
type Refusal struct {
	Text string
	At   StateID // the last state that holds; 0 where that is not told
}

func (e *Refusal) Error() string { return e.Text }

// Find returns the path of the first of some programs that is installed.
func Find(programs ...string) (string, error) {
	for _, p := range programs {
		if path, err := exec.LookPath(p); err == nil {
			return path, nil
		}
	}
	return "", &MissingError{programs[0]}
}

// Start starts a process, which is killed when Close is called or this program
// ends, however that comes about.
func Start(o Options) (*Process, error) {
	program := o.Program
	if program == "" {
		path, err := Find("coqidetop", "coqidetop.opt")
		if err != nil {
			return nil, err
		}
		program = path
	}
	// Resilience would pass over what fails and go on.
	args := []string{"-main-channel", "stdfds", "-async-proofs", "off", "-async-proofs-command-error-resilience", "off",
		"-async-proofs-tactic-error-resilience", "off", "-q", "-w", "none", "-native-compiler", "no"}
	p := &Process{
		cmd: exec.Command(program, append(args, o.Flags...)...), replies: make(chan reply, 1),
		gone: make(chan struct{}), words: &child.Tail{},
	}
	p.cmd.Dir, p.cmd.Stderr = o.Dir, p.words
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	p.in = in
	if err := child.Begin(p.cmd); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, &MissingError{program}
		}
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	memory := o.Memory
	if memory == 0 {
		memory = 3 << 30
	}
	confine(p.cmd.Process.Pid, memory)
	go p.read(out)
	return p, nil
}

// read hands out replies until the process ends.
func (p *Process) read(out io.Reader) {
	d := newDecoder(out)
	for {
		r, err := d.next()
		if err != nil {
			p.unanswered = r.messages
			break
		}
		p.replies <- r
	}
	close(p.replies)
	p.kill()
	p.wait()
	close(p.gone)
}

// wait ends when the process has. Its number is free only then, so that none but this
// process, or its children, can be killed by it.
func (p *Process) wait() {
	_ = p.cmd.Wait() // how it ended is of no use to anybody
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}

// Close kills the process and waits until it is gone.
func (p *Process) Close() {
	p.kill()
	for {
		select {
		case _, open := <-p.replies:
			if !open {
				<-p.gone
				return
			}
		case <-p.gone:
			return
		}
	}
}

func (p *Process) kill() {
	_ = p.in.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		child.KillGroup(p.cmd.Process.Pid)
	}
}

// Silence is how long nothing was said before the last query ended.
func (p *Process) Silence() time.Duration { return p.silence }

// Words are the last words of the process on its error output.
func (p *Process) Words() string { return strings.TrimSpace(p.words.String()) }

// Resident is the memory that the process occupies, in bytes; 0 if that can't be
// told.
func (p *Process) Resident() int64 {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// patience is how long an interrupted process may take to obey.
const patience = 3 * time.Second

// call sends requests in one go and waits for the reply of each. After the limit
// (0 means none) the process is interrupted, and killed if that does not help. A
// cancelled ctx kills at once: a state can be made again. The error is that of the
// process; what Coq refused is told by the replies.
func (p *Process) call(ctx context.Context, limit time.Duration, requests ...string) ([]reply, error) {
	if p.stale {
		p.stale = false
		if _, err := p.exchange(ctx, patience, []string{goalCall}); err != nil {
			return nil, err
		}
	}
	return p.exchange(ctx, limit, requests)
}

// one is call for a single request: what Coq refuses is an error, too. Where the
// process died of it, the reply has what it said before.
func (p *Process) one(ctx context.Context, limit time.Duration, request string) (reply, error) {
	rs, err := p.call(ctx, limit, request)
	if errors.Is(err, ErrDied) {
		p.Close()
		return reply{messages: p.unanswered}, err
	}
	if err != nil {
		return reply{}, err
	}
	return rs[0], rs[0].err
}

func (p *Process) exchange(ctx context.Context, limit time.Duration, requests []string) ([]reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(p.in, strings.Join(requests, "")); err != nil {
		return nil, p.died()
	}
	var over <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	var replies []reply
	interrupted, struck := false, false
	for len(replies) < len(requests) {
		select {
		case r, open := <-p.replies:
			if !open {
				return nil, p.died()
			}
			if interrupted && r.err != nil && !struck && isInterrupt(r.err.Error()) {
				struck, r.err = true, fmt.Errorf("%w after %v", ErrTimeout, limit)
			}
			replies = append(replies, r)
		case <-over:
			if interrupted {
				p.kill()
				return nil, fmt.Errorf("%w: it did not obey an interrupt after %v", p.died(), limit)
			}
			interrupted = true
			_ = p.cmd.Process.Signal(os.Interrupt)
			timer := time.NewTimer(patience)
			defer timer.Stop()
			over = timer.C
		case <-ctx.Done():
			p.kill()
			return nil, fmt.Errorf("%w: %w", ErrDied, ctx.Err())
		}
	}
	p.stale = interrupted && !struck // the signal may still wait for somebody
	return replies, nil
}

func isInterrupt(text string) bool {
	return strings.Contains(text, "nterrupt") || strings.Contains(text, "Timeout")
}

func (p *Process) died() error {
	if words := p.Words(); words != "" {
		return fmt.Errorf("%w; its last words: %s", ErrDied, words)
	}
	return ErrDied
}

// escaper knows what coqidetop reads: it takes numeric entities for text.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escape(s string) string { return escaper.Replace(s) }
