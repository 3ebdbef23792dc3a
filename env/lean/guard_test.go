package lean

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env/child"
)

// hostile are texts that must not reach Lean, with a word of the reason.
var hostile = map[string]string{
	"":                                       "no tactic",
	"   ":                                    "no tactic",
	"sorry":                                  "open",
	"exact sorry":                            "open",
	"simp; sorry":                            "open",
	"(sorry)":                                "open",
	"exact (by sorry)":                       "open",
	"admit":                                  "open",
	"exact sorryAx _":                        "open",
	"exact «sorry»":                          "open",
	"exact Foo.sorryAx":                      "open",
	"exact @sorryAx (1 = 2) false":           "open",
	"stop":                                   "open",
	"plausible":                              "open",
	"native_decide":                          "compiled",
	"decide +native":                         "compiled",
	"decide (config := { native := true })":  "compiled",
	"exact Lean.ofReduceBool a b rfl":        "compiled",
	"bv_decide":                              "compiled",
	"#eval 1":                                "command",
	"simp\n  #eval IO.println 1":             "command",
	"#print axioms foo":                      "command",
	"#exit":                                  "command",
	"run_tac Lean.Elab.Tactic.evalTactic":    "runs a program",
	"run_tac do logInfo \"x\"":               "runs a program",
	"exact (by run_tac pure ())":             "runs a program",
	"exact by_elab return .const ``True []":  "runs a program",
	"exact unsafe foo":                       "runs a program",
	"have := IO.FS.readFile \"/etc/passwd\"": "runs a program",
	"have := (unsafeIO foo : Except _ _)":    "runs a program",
	"exact (IO.Process.output { cmd := \"sh\" })": "runs a program",
	"have : BaseIO Unit := pure ()":               "runs a program",
	"have := include_str \"/etc/passwd\"":         "runs a program",
	"exact dbgTrace \"x\" fun _ => h":             "runs a program",
	"sleep 100000":                                "runs a program",
	"polyrith":                                    "runs a program",
	"set_option maxHeartbeats 0 in simp":          "changes Lean",
	"set_option debug.skipKernelTC true in rfl":   "changes Lean",
	"simp\n  set_option warn.sorry false":         "changes Lean",
	"macro \"x\" : tactic => `(tactic| skip)":     "changes Lean",
	"attribute [simp] foo in simp":                "changes Lean",
	"local notation \"x\" => y":                   "changes Lean",
	"scoped instance : Foo := bar":                "changes Lean",
	"elab \"x\" : tactic => pure ()":              "runs a program",
	"simp\ntheorem evil : False := foo":           "command",
	"simp\n\n\naxiom evil : False":                "command",
	"exact foo\n  end Foo":                        "command",
	"exact foo\n  namespace Bar":                  "command",
	"simp\n  instance : Foo := bar":               "command",
	"simp\n  open Foo":                            "command",
	"simp\n  alias foo := bar":                    "command",
	"simp\n  where aux := 1":                      "command",
	"simp\n  termination_by n":                    "command",
	"import Mathlib":                              "command",
	"exact?":                                      "stand alone",
	"apply?":                                      "stand alone",
	"rw?":                                         "stand alone",
	"simp?":                                       "stand alone",
	"aesop?":                                      "stand alone",
	"hint":                                        "stand alone",
	"show_term simp":                              "stand alone",
	"@[simp] exact foo":                           "attribute",
	"exact `(x)":                                  "quotes syntax",
	"exact foo)":                                  "closes a bracket",
	"exact (foo":                                  "does not close",
	"exact (foo]":                                 "closes",
	"exact ⟨foo)":                                 "closes",
	"simp /- sorry":                               "no end",
	"exact \"foo":                                 "no end",
	"exact «foo":                                  "no »",
	"exact 'x' ++ \"":                             "no end",
	"simp -- now":                                 "comment",
	"simp /- x -/":                                "comment",
	"simp\nomega":                                 "indented",
	" simp":                                       "start of its first line",
	"simp\nsimp":                                  "indented",
	"have := \"a\n  b\"":                          "several lines",
	"throw s!\"{sorry}\"":                         "open",
	"simp\tomega":                                 "tab",
	"simp\x00":                                    "invisible",
	"simp\x1b[31m":                                "invisible",
	"simp\r":                                      "invisible",
	"exact \u202efoo":                             "invisible",
	"exact fo\u200bo":                             "invisible",
	"exact\u00a0foo":                              "invisible",
	"simp\u2028omega":                             "invisible",
	"\xff\xfe":                                    "UTF-8",
	"exact " + strings.Repeat("x", 5000):          "bytes long",
	"exact " + strings.Repeat("(", 2000) + "x":    "does not close",
	"case h => sorry":                             "open",
	"first | simp | sorry":                        "open",
	"any_goals admit":                             "open",
	"refine ⟨?_, by\n  sorry⟩":                    "open",
	"simp [show 1 = 2 from sorry]":                "open",
	"open Lean Elab in run_tac pure ()":           "runs a program",
	"exact (Lean.Elab.Tactic.evalTactic foo)":     "runs a program",
	"initialize foo : Unit ← pure ()":             "runs a program",
	"deriving instance Repr for Foo":              "changes Lean",
	"let rec f := 1\n  partial def g := 2":        "command",
	"exact (foo : Nat) -- \" sorry":               "comment",
	"exact «a.sorry»":                             "open",
}

func TestGuardRefuses(t *testing.T) {
	if len(hostile) < 60 {
		t.Fatalf("only %d texts", len(hostile))
	}
	for text, want := range hostile {
		err := Guard(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Guard(%q) is %v, want %q", child.Shorten(text, 80), err, want)
		}
	}
}

func TestGuardAllows(t *testing.T) {
	for _, text := range []string{
		"simp", "rfl", "omega", "decide", "norm_num", "ring", "exact ⟨h.2, h.1⟩", "intro x hx", "rintro ⟨a, b⟩ | c",
		"simp [foo, ← bar] at h ⊢", "rw [Nat.add_comm, ← h]", "induction n with | zero => ?_ | succ n ih => ?_",
		"induction n with\n  | zero => simp\n  | succ n ih => rw [ih]", "have h : 1 = 1 := by\n  rfl",
		"obtain ⟨x, hx⟩ := h", "refine ⟨?_, fun x => ?_⟩", "case h => simp", "constructor <;> simp", "(simp; omega)",
		"calc a = b := h\n  _ = c := g", "open Nat in simp", "exact fun x ↦ x", "use 1, 2", "nlinarith [sq_nonneg (a - b)]",
		"exact List.getElem?_eq_none h", "simp only [Option.some.injEq]", "exact h ▸ rfl", "by_contra! h", "· simp",
		"have : s = \"a -- b\" := rfl", "have : c = '\"' := rfl", "exact Matrix.trace_add _ _", "simp [trace]",
		"exact Fin.init_def", "conv => lhs; rw [h]", "exact f '' s", "exact (· + 1)", "apply Set.prefix_foo",
		"exact absurd h (by decide)", "exact h.ofNat", "let x := 5", "show p ∧ q", "change _ = _", "congr! 1", "ext ⟨x, y⟩",
		"simpa using h", "exact_mod_cast h", "push_neg at h", "rcases h with h | h", "exact hIO", "unfold foo",
		"fin_cases x <;> rfl", "exact «my lemma» h", "next x => exact h", "rename_i a b", "match h with\n  | .inl h => exact h",
		"gcongr ?_ + 1", "refine' foo _ _", "set x := y with hx", "exact ‹p›", "norm_cast",
	} {
		if err := Guard(text); err != nil {
			t.Errorf("Guard(%q) is %v", text, err)
		}
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"simp":                               "simp",
		"  simp  \n":                         "simp",
		"simp -- because\n":                  "simp",
		"/- a -/ simp /- b /- c -/ -/ [foo]": "simp   [foo]",
		"have := \"--\" -- x":                "have := \"--\"",
		"have h : p := by\n\n  -- why\n  simp\r\n  omega  ": "have h : p := by\n  simp\n  omega",
		"simp /- open": "simp /- open",
		"-- only":      "",
	} {
		if got := Clean(text); got != want {
			t.Errorf("Clean(%q) is %q, want %q", text, got, want)
		}
	}
}

// A harmless tactic stays refused with a forbidden word anywhere outside of
// strings and comments.
func TestGuardFindsBuriedWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SampledFrom([]string{"", "simp [", "exact (", "have h : p := by\n  ", "refine ⟨?_, ", "constructor <;> ", "first | simp | ", "exact f \"sorry\" ", "exact 'x' "}).Draw(t, "before")
		w := rapid.SampledFrom([]string{"sorry", "admit", "native_decide", "run_tac", "#eval", "unsafe", "set_option", "IO.println", "exact?", "theorem"}).Draw(t, "word")
		if before == "" || strings.HasSuffix(before, "\n  ") {
			w += " x"
		}
		if err := Guard(before + w + map[byte]string{'[': "]", '(': ")", ' ': ""}[lastBracket(before)]); err == nil {
			t.Fatalf("%q is allowed", before+w)
		}
	})
}

func lastBracket(s string) byte {
	if strings.HasSuffix(s, "[") || strings.HasSuffix(s, "(") {
		return s[len(s)-1]
	}
	return ' '
}
