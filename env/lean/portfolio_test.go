package lean

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env/proof"
)

func TestShape(t *testing.T) {
	for text, want := range map[string]shape{
		"p": other, "True": truth, "False": falsity, "p ∧ q → r": implies, "p ↔ q → r": iff, "(p ↔ q) → r": implies,
		"∀ x, p x ∧ q": forAll, "∃ x, x = 1": exists, "¬p ∧ q": and, "¬p": not, "p ∨ q ∧ r": or, "a + b = c": equal,
		"a ≠ b": unequal, "a ≤ b": less, "a > b": less, "a ∣ b": divides, "x ∈ s": member, "s ⊆ t": subset,
		"p ∧ ∀ x, q → r": and, "f (a = b)": other, "{x | x = 1} ⊆ s": subset, "¬a = b": not, "": other,
		"(fun x => x = y) z": other, "∑ i, f i = 0": other, "∃! x, p": exists,
	} {
		if got := shapeOf(text); got != want {
			t.Errorf("%q has the shape %q, want %q", text, got, want)
		}
	}
}

func TestPortfolio(t *testing.T) {
	var b strings.Builder
	for _, text := range []string{
		"⊢ 1 + 1 = 2",
		"p q : Prop\n⊢ p ∧ q → q ∧ p",
		"p q : Prop\nh : p ∧ q\n⊢ q ∧ p",
		"⊢ ∀ (n m : Nat) {k : Nat}, n < m → ∀ x ∈ s, x + k = n",
		"n m : ℕ\nh : n ≤ m\nhp : ∀ k, k ≤ n\n⊢ n < m + 1",
		"α : Type\nxs : List α\ninst✝ : BEq α\na✝ : xs = []\n⊢ xs ++ [] = xs",
		"p q : Prop\nh : p ∨ q\ng : p → q\n⊢ q",
		"p : Nat → Prop\nh : ∃ n, p n\n⊢ ¬∀ n, ¬p n",
		"h : False\n⊢ a = b",
		"h : a = b\nx : Bool\nf : Nat → Nat\n⊢ b = a",
	} {
		list := Portfolio(readGoal(text).goal(""))
		fmt.Fprintf(&b, "== %s\n%s\n", text, strings.Join(list, "\n"))
		if !slices.Equal(list, Portfolio(readGoal(text).goal("another"))) {
			t.Errorf("the portfolio of\n%s\nis not always the same", text)
		}
		if len(list) < 20 || len(list) > portfolioLimit {
			t.Errorf("%d tactics for\n%s", len(list), text)
		}
		seen := map[string]bool{}
		for _, tactic := range list {
			if err := Guard(tactic); err != nil || seen[tactic] || strings.ContainsRune(tactic, '✝') {
				t.Errorf("%q is in the portfolio of\n%s\n: %v", tactic, text, err)
			}
			seen[tactic] = true
		}
	}
	golden(t, "portfolio.golden", b.String())
}

// The tactic that fits stands early.
func TestPortfolioOrder(t *testing.T) {
	for text, want := range map[string]string{
		"⊢ 1 + 1 = 2":                     "rfl",
		"p q : Prop\n⊢ p ∧ q → q":         "intro h",
		"⊢ ∀ x y, x = y":                  "intro x y",
		"h : p\n⊢ p":                      "exact h",
		"⊢ p ∧ q":                         "constructor",
		"⊢ True":                          "trivial",
		"h : p\nx : q\n⊢ ∀ h, p h → p":    "intro h' h''",
		"p q : Prop\nh : p ∨ q\n⊢ r":      "rcases h with h | h",
		"p q : Prop\nh : p ∧ q\n⊢ r":      "obtain ⟨hl, hr⟩ := h",
		"p : Prop\nh : ∃ x, p\n⊢ r":       "obtain ⟨x, hx⟩ := h",
		"n : Nat\nh : n = 0\n⊢ n + 1 = 1": "rw [h]",
	} {
		list := Portfolio(readGoal(text).goal(""))
		if i := slices.Index(list, want); i < 0 || i > 20 {
			t.Errorf("%q is number %d of\n%s\n%q", want, i, text, list)
		}
	}
	many := proof.Goal{Concl: "p"}
	for i := range 200 {
		many.Hyps = append(many.Hyps, proof.Hyp{Name: fmt.Sprint("h", i), Type: "a = b"})
	}
	if n := len(Portfolio(many)); n > portfolioLimit {
		t.Errorf("%d tactics", n)
	}
}
