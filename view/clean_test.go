package view

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, reason, in, want string }{
		{"empty", "nothing stays nothing", "", ""},
		{"ASCII", "most texts stay as they are", "(13-9)*(10-4) = 24", "(13-9)*(10-4) = 24"},
		{"mathematics", "provers speak Unicode", "∀ n : ℕ, n ≤ n² → ⊤", "∀ n : ℕ, n ≤ n² → ⊤"},
		{"joined emoji", "a joiner is part of the text", "👩‍💻", "👩‍💻"},
		{"Arabic number sign", "a format character that is seen", "\u0600123", "\u0600123"},
		{"line breaks", "one line stays one line", "a\nb\r\nc\rd\u2028e\u0085f", "a⏎b⏎c⏎d⏎e⏎f"},
		{"tab", "a blank separates as well", "a\tb", "a b"},
		{"bell and backspace", "controls act on the terminal", "a\ab\bc\x00d\x7f", "abcd"},
		{"colour", "the text would choose its own", "\x1b[31mred\x1b[0m", "red"},
		{"cursor and screen", "the text would overwrite others", "\x1b[2J\x1b[1;1Hx", "x"},
		{"colour in one byte", "C1 controls do the same", "\u009b31mred", "red"},
		{"title", "the text would rename the window", "\x1b]0;owned\aok", "ok"},
		{"link", "the target hides behind the text", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"},
		{"string in one byte", "C1 strings do the same", "\u0090q#0\u009cok", "ok"},
		{"open title", "what never ends must not swallow the rest", "\x1b]0;title and text", "0;title and text"},
		{"open sequence", "a sequence may be cut off", "a\x1b[12", "a"},
		{"lone escape", "the last byte may be one", "a\x1b", "a"},
		{"character set", "sequences with one letter more", "\x1b(0qqq", "qqq"},
		{"reset", "two bytes reset a terminal", "\x1bcok", "ok"},
		{"escape before other script", "only the escape goes", "\x1bé", "é"},
		{"escape from parts", "what is left must not join", "\x1b\x1b[m[31mx", "[31mx"},
		{"direction override", "it would show another order", "a\u202egnp.exe", "agnp.exe"},
		{"direction isolates and marks", "as above", "\u2066a\u2069\u200e\u061cb", "ab"},
		{"invisible", "it would hide words", "a\u200bb\ufeffc\U000e0041d", "abcd"},
		{"invalid bytes", "each is shown", "a\xff\xfeb", "a\ufffd\ufffdb"},
		{"half a rune", "the end may be cut off", "é"[:1], "\ufffd"},
		{"pile of marks", "it would spill over other lines", "e" + strings.Repeat("\u0301", 50), "e" + strings.Repeat("\u0301", maxMarks)},
	} {
		if got := Clean(tt.in); got != tt.want {
			t.Errorf("%s: Clean(%q) = %q, want %q: %s", tt.name, tt.in, got, tt.want, tt.reason)
		}
	}
}

// TestCleanIsLinear has texts that make careless searches for an end run from
// each beginning to the end of the text.
func TestCleanIsLinear(t *testing.T) {
	for _, part := range []string{"\x1b]", "\x1b]\a", "\u009d", "\x1b[", "\u0301"} {
		begin := time.Now()
		Clean(strings.Repeat(part, 1<<20))
		if took := time.Since(begin); took > patience {
			t.Errorf("%q a million times took %v", part, took)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		width    int
		want     string
	}{
		{"fits", "abc", 3, "abc"},
		{"too long", "abcd", 3, "ab…"},
		{"wide runes", "数独数独", 5, "数独…"},
		{"wide rune does not fit", "数独数独", 4, "数…"},
		{"marks stay with their letter", "e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"only room for the tail", "abc", 1, "…"},
		{"no room", "abc", 0, ""},
		{"less than none", "abc", -5, ""},
	} {
		if got := cut(tt.in, tt.width, "…"); got != tt.want {
			t.Errorf("%s: cut(%q, %d) = %q, want %q", tt.name, tt.in, tt.width, got, tt.want)
		}
	}
	if got := cut("abcdef", 2, "..."); got != ".." {
		t.Errorf("a tail wider than the room is cut itself, got %q", got)
	}
}

// dangerous reports a rune that clean text never holds.
func dangerous(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
		r == 0x200e || r == 0x200f || r == 0x061c || r == 0x2028 || r == 0x2029
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31m\x1b]0;t\a\x1b\\", "\u009b1m\u202e\u2066", "\xff\x1b\xc2\x9b", "e\u0301\u200d\r\n\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("Clean(%q) = %q is not UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, dangerous); i >= 0 {
			t.Errorf("Clean(%q) = %q has a control at %d", s, got, i)
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean(%q) = %q, and again %q", s, got, again)
		}
		for w := range 8 {
			if c := cells(cut(got, w, "…")); c > w {
				t.Errorf("cut to %d cells %q takes %d", w, got, c)
			}
		}
	})
}
