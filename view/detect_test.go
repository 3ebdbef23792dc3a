package view

import (
	"os"
	"testing"
)

func TestNoTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for name, f := range map[string]*os.File{"pipe": w, "nothing": nil} {
		if is, width := Terminal(f); is || width != 0 || Color(f) {
			t.Errorf("%s: terminal %v, width %d, colour %v", name, is, width, Color(f))
		}
	}
}

func TestWantsColor(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		env          map[string]string
		want         bool
	}{
		{"plain terminal", "colours help there", map[string]string{"TERM": "xterm-256color"}, true},
		{"nothing set", "as on Windows", nil, true},
		{"NO_COLOR", "any value asks for none", map[string]string{"TERM": "xterm", "NO_COLOR": "0"}, false},
		{"empty NO_COLOR", "its definition asks for a value", map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true},
		{"dumb", "it would print the codes", map[string]string{"TERM": "dumb"}, false},
	} {
		if got := wantsColor(func(key string) string { return tt.env[key] }); got != tt.want {
			t.Errorf("%s: %v, want %v: %s", tt.name, got, tt.want, tt.reason)
		}
	}
}
