package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// screen is a terminal, and what was written on it.
type screen struct {
	near, far *os.File
	text      bytes.Buffer
	read      chan struct{}
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	near, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close() })
	n, err := unix.IoctlGetInt(int(near.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(near.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	far, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	if err := unix.IoctlSetWinsize(int(far.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 110}); err != nil {
		t.Fatal(err)
	}
	s := &screen{near: near, far: far, read: make(chan struct{})}
	go func() {
		defer close(s.read)
		io.Copy(&s.text, near) // ends with an error when the far end is closed
	}()
	return s
}

func (s *screen) String() string {
	s.far.Close()
	<-s.read
	return s.text.String()
}

// On a terminal the holes that are searched stand in a table that is redrawn; what is
// decided stays above it.
func TestProveTable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "Three.v")
	const text = "Lemma square : forall n : nat, n * n = n.\nAdmitted.\nLemma plus_0 : forall n : nat, n + 0 = n.\nAdmitted.\nLemma no : 1 = 2.\nAdmitted.\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s := newScreen(t)
	if code := run(t.Context(), []string{"prove", "--all", "--jobs", "2", "--time", "4s", "--db", ":memory:", file}, out, s.far); code != exitUnsolved {
		t.Errorf("exit code %d, want %d", code, exitUnsolved)
	}
	got := s.String()
	for _, want := range []string{
		`square 2:1 +\d+ sims`, `left\r\n0 of 3 holes decided, 0 verified`, `\x1b\[\d+A\r\x1b\[J`,
		`ponder: square \(Admitted\) at 2:1 +no proof`, `ponder: plus_0 \(Admitted\) at 4:1 +verified`, `1 of 3 holes decided, 0 verified`, `search over, to be judged`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("no %q on the terminal", want)
		}
	}
	if !strings.Contains(got, "ponder: no (Admitted) at 6:1 ") {
		t.Error("nothing is said of the last")
	}
	last := got[strings.LastIndex(got, "\x1b[J")+len("\x1b[J"):]
	if !regexp.MustCompile(`^(ponder: .*\r\n)+$`).MatchString(last) {
		t.Errorf("the table is not gone in the end: %q", last)
	}
	if t.Failed() {
		t.Log(got)
	}
}
