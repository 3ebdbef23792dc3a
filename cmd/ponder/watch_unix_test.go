//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// watcher is ponder watch on a terminal of its own.
type watcher struct {
	t        *testing.T
	cmd      *exec.Cmd
	pty, tty *os.File
	before   *term.State

	mu  sync.Mutex // guards out
	out strings.Builder
}

func watchOn(t *testing.T, bin, db string, args ...string) *watcher {
	t.Helper()
	w := &watcher{t: t, cmd: exec.Command(bin, append([]string{"watch", "--db", db}, args...)...)}
	var err error
	if w.pty, w.tty, err = pty.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.pty.Close(); w.tty.Close() })
	if err := pty.Setsize(w.pty, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	if w.before, err = term.GetState(int(w.tty.Fd())); err != nil {
		t.Fatal(err)
	}
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = w.tty, w.tty, w.tty
	w.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=1")
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := w.pty.Read(buf)
			w.mu.Lock()
			w.out.Write(buf[:n])
			w.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return w
}

// see waits until a text is written, and forgets what came before.
func (w *watcher) see(text string) {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		w.mu.Lock()
		all := w.out.String()
		i := strings.Index(all, text)
		if i >= 0 {
			w.out.Reset()
			w.out.WriteString(all[i+len(text):])
		}
		w.mu.Unlock()
		if i >= 0 {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("no %q on the screen: %q", text, all)
		}
	}
}

func (w *watcher) press(keys string) {
	w.t.Helper()
	if _, err := io.WriteString(w.pty, keys); err != nil {
		w.t.Fatal(err)
	}
}

// ends waits for the end, and checks that the terminal is as it was before.
func (w *watcher) ends(code int) {
	w.t.Helper()
	w.see("\x1b[?1049l") // back from the screen of its own
	done := make(chan error, 1)
	go func() { done <- w.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		w.t.Fatal("it does not end")
	}
	if got := w.cmd.ProcessState.ExitCode(); got != code {
		w.t.Errorf("exit code %d, not %d", got, code)
	}
	after, err := term.GetState(int(w.tty.Fd()))
	if err != nil {
		w.t.Fatal(err)
	}
	if !reflect.DeepEqual(w.before, after) {
		w.t.Errorf("the terminal was %+v and is %+v", w.before, after)
	}
}

func TestWatch(t *testing.T) {
	bin, db := program(t), filepath.Join(t.TempDir(), "ponder.db")
	solve := func(args ...string) {
		t.Helper()
		out, err := exec.Command(bin, append([]string{"solve", "--db", db, "--quiet"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("solve %v: %v: %s", args, err, out)
		}
	}

	t.Run("a run with a model", func(t *testing.T) {
		solve("game24", "4 9 10 13")
		w := watchOn(t, bin, db)
		w.see("game24")
		w.see("ended: solved")
		w.press("\r")
		w.see("call 1 of")
		w.see("Esc back")
		w.press("\x1b")
		w.see("? keys")
		w.press(" ")
		w.press("?")
		w.see("sort by N, Q or P")
		w.press("\x1b")
		w.see("? keys")
		w.press("Q")
		w.ends(exitSolved)
	})
	t.Run("a run kept as a snapshot", func(t *testing.T) {
		solve("--model", "none", "--simulations", "5000", "game24", "3 3 8 8")
		w := watchOn(t, bin, db, "last")
		w.see("3 3 8 8")
		w.see("ended: solved")
		w.press("\x03") // Ctrl-C
		w.ends(exitSolved)
	})
	t.Run("a run that is worked on", func(t *testing.T) {
		run := exec.Command(bin, "solve", "--db", db, "--quiet", "--max-calls", "100000", "--no-cache", "--critic", "yesno", "countdown", "2 3 5 7 11 13 17 = 999983")
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- run.Wait() }()
		t.Cleanup(func() { _ = run.Process.Kill(); <-ended })
		for begun := false; !begun; time.Sleep(10 * time.Millisecond) {
			list, err := exec.Command(bin, "runs", "--db", db).Output()
			if err != nil {
				t.Fatal(err)
			}
			begun = strings.Contains(string(list), "999983")
		}
		w := watchOn(t, bin, db)
		w.see("999983")
		w.see("running")
		if err := run.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		w.see("ended: unsolved")
		w.press("\x1b")
		w.ends(exitSolved)
	})
	t.Run("a signal", func(t *testing.T) {
		w := watchOn(t, bin, db)
		w.see("? keys")
		if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		w.ends(exitInterrupted)
	})
	t.Run("no such run", func(t *testing.T) {
		w := watchOn(t, bin, db, "none-such")
		w.see("ponder: there is no such run")
	})
}
