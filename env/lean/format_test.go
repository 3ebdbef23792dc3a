package lean

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env/proof"
)

// proved is a tree of one tactic after the other, then branches.
func proved(tactic string, next ...*proof.Tree) *proof.Tree {
	return &proof.Tree{Tactic: tactic, Next: next}
}

func TestFormat(t *testing.T) {
	tree := proved("intro h -- a comment", proved("induction n with | zero => ?_ | succ n ih => ?_",
		proved("simp"),
		proved("have g : p := by\n  simp\n  omega", proved("constructor", proved("exact g"), proved("rcases h with h | h", proved("left", proved("exact h")), proved("simp")))),
	))
	want := `intro h
induction n with | zero => ?_ | succ n ih => ?_
· simp
· have g : p := by
    simp
    omega
  constructor
  · exact g
  · rcases h with h | h
    · left
      exact h
    · simp`
	if diff := cmp.Diff(want, Format(tree)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	together := &proof.Tree{Tactic: "refine ⟨?w, ?_⟩", Together: true, Next: []*proof.Tree{proved("exact h", proved("exact 0"))}}
	if got, want := Format(together), "refine ⟨?w, ?_⟩\nexact h\nexact 0"; got != want {
		t.Errorf("goals that belong together are written as %q", got)
	}
	if Format(nil) != "" {
		t.Error("no proof is an empty text")
	}
	deep := proved("last")
	for range 100_000 {
		deep = proved("simp", deep)
	}
	if got := Format(deep); strings.Count(got, "\n") != 100_000 || strings.Contains(got, " ") {
		t.Errorf("a long proof is written in %d lines", strings.Count(got, "\n"))
	}
}

// A formatted proof can be read back: the bullets give the tree.
func TestFormatKeepsTheTree(t *testing.T) {
	var tree func(t *rapid.T, depth int) *proof.Tree
	tree = func(t *rapid.T, depth int) *proof.Tree {
		n := 0
		if depth > 0 {
			n = rapid.IntRange(0, 3).Draw(t, "goals")
		}
		at := proved(rapid.SampledFrom([]string{"simp", "intro h", "have h : p := by\n  simp\n  omega", "cases h"}).Draw(t, "tactic"))
		for range n {
			at.Next = append(at.Next, tree(t, depth-1))
		}
		return at
	}
	rapid.Check(t, func(t *rapid.T) {
		want := tree(t, 5)
		text := Format(want)
		got, rest := unformat(strings.Split(text, "\n"))
		if diff := cmp.Diff(want, got); diff != "" || len(rest) > 0 {
			t.Fatalf("%s\n(-want +got):\n%s\nrest %q", text, diff, rest)
		}
		f, err := Parse("T.lean", "theorem a : p := by\n  constructor\n  · sorry\n  · foo\n")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Fill(f.Holes()[0], text); err != nil {
			t.Fatal(err)
		}
	})
}

// unformat reads lines without indentation.
func unformat(lines []string) (*proof.Tree, []string) {
	n := 1
	for n < len(lines) && strings.HasPrefix(lines[n], " ") {
		n++
	}
	at := proved(strings.Join(lines[:n], "\n"))
	lines = lines[n:]
	if len(lines) > 0 && !strings.HasPrefix(lines[0], "·") {
		next, rest := unformat(lines)
		at.Next = append(at.Next, next)
		return at, rest
	}
	for len(lines) > 0 && strings.HasPrefix(lines[0], "· ") {
		block := []string{strings.TrimPrefix(lines[0], "· ")}
		for lines = lines[1:]; len(lines) > 0 && strings.HasPrefix(lines[0], "  "); lines = lines[1:] {
			block = append(block, lines[0][2:])
		}
		next, _ := unformat(block)
		at.Next = append(at.Next, next)
	}
	return at, lines
}
