package view

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTerminal asks the near end of a pseudo-terminal.
func TestTerminal(t *testing.T) {
	pty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	if is, width := Terminal(pty); !is || width != 80 {
		t.Errorf("a terminal that does not tell its width: %v, %d, want true, 80", is, width)
	}
	if err := unix.IoctlSetWinsize(int(pty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 132}); err != nil {
		t.Fatal(err)
	}
	if is, width := Terminal(pty); !is || width != 132 {
		t.Errorf("terminal %v, width %d, want true, 132", is, width)
	}
	if !Color(pty) {
		t.Error("a terminal gets colours")
	}
	t.Setenv("NO_COLOR", "1")
	if Color(pty) {
		t.Error("NO_COLOR is ignored")
	}
}
