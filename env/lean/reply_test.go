package lean

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/proof"
)

// The files under testdata/replies have the REPL's own layout.
func TestDecode(t *testing.T) {
	one, seven, zero := 1, 7, 0
	goals := func(g ...string) *[]string { return &g }
	text := "Lean error:\ntactic 'rfl' failed, the left-hand side\n  2\nis not definitionally equal to the right-hand side\n  3\n⊢ 2 = 3"
	for name, want := range map[string]*reply{
		"load.json": {
			Env:     &zero,
			Sorries: []sorry{{Pos: linecol{3, 41}, Goal: "α : Type\nxs : List α\n⊢ xs ++ [] = xs", ProofState: &zero}},
			Messages: []message{
				{Severity: "warning", Pos: linecol{3, 8}, Data: "declaration uses `sorry`"},
				{Severity: "info", Pos: linecol{1, 0}, Data: "α : Type"},
			},
		},
		"goals.json": {
			ProofState: &seven, Status: "Incomplete: open goals remain",
			Goals: goals("case nil\nα : Type\n⊢ [] ++ [] = []", "case cons\nα : Type\nhead✝ : α\ntail✝ : List α\ntail_ih✝ : tail✝ ++ [] = tail✝\n⊢ head✝ :: tail✝ ++ [] = head✝ :: tail✝"),
		},
		"done.json":  {ProofState: &one, Status: "Completed", Goals: goals()},
		"error.json": {Message: &text},
		"recovered.json": {
			ProofState: &one, Status: "Incomplete: contains sorry", Goals: goals(),
			Messages: []message{{Severity: "error", Data: "Unknown identifier `no_such_lemma`"}},
		},
		"have.json": {
			ProofState: &seven, Status: "Incomplete: open goals remain", Goals: goals("n : Nat\nh : n = n\n⊢ True"),
			Sorries: []sorry{{Goal: "n : Nat\n⊢ n = n", ProofState: &one}},
		},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", "replies", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Goals != nil && len(*got.Goals) == 0 {
			*got.Goals = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                      "no reply",
		"PANIC":                                 "no reply",
		"[1]":                                   "no reply",
		"null":                                  "neither",
		"{}":                                    "neither",
		`{"proofState": "1", "goals": []}`:      "no reply",
		`{"proofState": 1}`:                     "neither",
		`{"proofState": 1, "goals": null}`:      "neither",
		`{"proofState": 1.5, "goals": []}`:      "no reply",
		`{"proofState": -1, "goals": []}`:       "neither",
		`{"goals": []}`:                         "neither",
		`{"env": -1}`:                           "neither",
		`{"env": 1, "message": "x"}`:            "neither",
		`{"proofState":1,"goals":[],"env":2}`:   "neither",
		`{"env": 1} {"env": 2}`:                 "more than one",
		`{"env": 1} x`:                          "more than one",
		`{"env": 1`:                             "no reply",
		`{"env":1,"messages":[{"data":"x"}]}`:   "severity",
		`{"env":1,"messages":[{"severity":5}]}`: "no reply",
	} {
		if r, err := decode([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("decode(%s) is %v, %v; want %q", raw, r, err, want)
		}
	}
}

func TestClassify(t *testing.T) {
	for text, want := range map[string]proof.Class{
		"Lean error:\n<input>:1:6: expected end of input":                              proof.Syntax,
		"Lean error:\n<input>:1:1: unknown tactic":                                     proof.UnknownName,
		"Lean error:\n<input>:2:0: unexpected identifier; expected command":            proof.Syntax,
		"unknown identifier 'foo'":                                                     proof.UnknownName,
		"Unknown identifier `foo`":                                                     proof.UnknownName,
		"unknown constant 'Nat.foo'":                                                   proof.UnknownName,
		"Invalid field `foo`: The environment does not contain `Nat.foo`":              proof.UnknownName,
		"type mismatch\n  h\nhas type\n  p : Prop\nbut is expected to have type\n  q":  proof.Mismatch,
		"Application type mismatch: The argument\n  h":                                 proof.Mismatch,
		"failed to synthesize\n  Decidable p":                                          proof.Mismatch,
		"tactic 'apply' failed, could not unify the conclusion of `@foo`":              proof.NoUnify,
		"Lean error:\ntactic 'rewrite' failed, did not find instance of the pattern":   proof.NoUnify,
		"Tactic `rewrite` failed: Did not find an occurrence of the pattern":           proof.NoUnify,
		"The rfl tactic failed. Possible reasons:":                                     proof.NoUnify,
		"simp made no progress":                                                        proof.NoProgress,
		"`simp` made no progress":                                                      proof.NoProgress,
		"no goals to be solved":                                                        proof.WrongCount,
		"unsolved goals\n⊢ p":                                                          proof.WrongCount,
		"Incomplete: contains metavariable(s)":                                         proof.WrongCount,
		"(deterministic) timeout at `whnf`, maximum number of heartbeats (200000) has": proof.Timeout,
		"maximum recursion depth has been reached":                                     proof.Memory,
		"omega could not prove the goal":                                               proof.Other,
		"linarith failed to find a contradiction":                                      proof.Other,
	} {
		if got := classify(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
