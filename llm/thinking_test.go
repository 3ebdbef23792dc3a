package llm

import (
	"strings"
	"testing"
)

func TestCutThinking(t *testing.T) {
	tests := []struct {
		name, reason           string
		text, thinking, answer string
	}{
		{"plain", "most texts have no thinking", "7 * 6 = 42", "", "7 * 6 = 42"},
		{"empty", "an empty text stays empty", "", "", ""},
		{"blanks kept", "a leading blank of a plain answer is part of its first token", " yes\n", "", " yes\n"},
		{"closed", "the common form", "<think>6 or 7?</think>yes", "6 or 7?", "yes"},
		{"blank lines", "templates put blank lines around", "\n<think>\n6 or 7?\n</think>\n\nyes\n", "6 or 7?", "yes\n"},
		{"nothing thought", "models told not to think leave an empty pair", "<think>\n\n</think>\n\nno", "", "no"},
		{"unclosed", "cut by length while thinking: there is no answer", "<think>the first integer is 9", "the first integer is 9", ""},
		{"unopened", "some templates put the opening tag into the prompt", "so 9.\n</think>\nyes", "so 9.", "yes"},
		{"no answer", "thinking used the budget up", "<think>x</think>", "x", ""},
		{"second pair", "only what is before the answer is thinking", "<think>a</think>b <think>c</think>", "a", "b <think>c</think>"},
		{"tag in the middle", "an answer may speak of the tag", "write <think> first", "", "write <think> first"},
		{"other tag", "a longer name is another tag", "<thinking>a", "", "<thinking>a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			thinking, answer := CutThinking(tt.text)
			if thinking != tt.thinking || answer != tt.answer {
				t.Errorf("CutThinking(%q) = %q, %q; want %q, %q: %s",
					tt.text, thinking, answer, tt.thinking, tt.answer, tt.reason)
			}
		})
	}
}

func FuzzCutThinking(f *testing.F) {
	for _, s := range []string{"", "yes", "<think>a</think>b", " <think>", "</think>", "<think></think></think>", "<think><think>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		thinking, answer := CutThinking(text)
		// Tokens are cut by the length of the answer: it must be an end of the text.
		if !strings.HasSuffix(text, answer) {
			t.Fatalf("answer %q is no end of %q", answer, text)
		}
		if !strings.Contains(text, thinking) || strings.Contains(thinking, "</think>") {
			t.Fatalf("thinking %q of %q", thinking, text)
		}
		opened := strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "<think>")
		switch {
		case !opened && !strings.Contains(text, "</think>") && (thinking != "" || answer != text):
			t.Fatalf("a text without tags was cut into %q and %q", thinking, answer)
		case opened && strings.HasPrefix(answer, "<think>") && !strings.Contains(text, "</think>"):
			t.Fatalf("unclosed thinking became the answer %q", answer)
		}
	})
}
