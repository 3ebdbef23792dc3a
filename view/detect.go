package view

import (
	"os"

	"golang.org/x/term"
)

// Terminal reports whether f is a terminal, and its width in cells: 80 where
// the terminal does not say, 0 where there is none. f may be nil.
func Terminal(f *os.File) (isTerminal bool, width int) {
	if f == nil || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	return true, width
}

// Color reports whether f should get colours: it is a terminal, NO_COLOR is
// unset or empty (no-color.org), and TERM is not dumb.
func Color(f *os.File) bool {
	isTerminal, _ := Terminal(f)
	return isTerminal && wantsColor(os.Getenv)
}

func wantsColor(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
