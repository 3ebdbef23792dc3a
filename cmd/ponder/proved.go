package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/prove"
	"github.com/ponder-mcts/ponder/view"
)

// verdict is one line on what came of a hole.
func verdict(r prove.Result) string {
	state := "no proof"
	switch {
	case r.Verified:
		state = "verified"
	case r.Reason == prove.OtherHoles:
		state = "waits"
	case r.Solved:
		state = "not accepted"
	}
	line := fmt.Sprintf("%-24s %-12s %6.1fs %7d tactics tried", r.Place, state, (r.Searched + r.Checked).Seconds(), r.Tried)
	if !r.Verified {
		line += "  (" + r.Reason + ")"
	}
	return line
}

// proofsJSON is what --json says.
type proofsJSON struct {
	File   string      `json:"file"`
	Backup string      `json:"backup,omitempty"`
	Edit   *edit       `json:"edit,omitempty"` // what --write does, or would do
	Holes  []proofJSON `json:"holes"`
}

// proofJSON is what --json says of a hole.
type proofJSON struct {
	Theorem  string   `json:"theorem"`
	Kind     string   `json:"kind"`
	Line     int      `json:"line"`
	Col      int      `json:"col"`
	Status   string   `json:"status"` // solved or unsolved
	Verified bool     `json:"verified"`
	Proof    string   `json:"proof,omitempty"`
	Axioms   []string `json:"axioms,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Run      string   `json:"run,omitempty"`
	Stats    struct {
		Tactics   int   `json:"tactics"`
		Nodes     int   `json:"nodes"`
		ElapsedMS int64 `json:"elapsed_ms"`
		CheckMS   int64 `json:"check_ms"`
	} `json:"stats"`
}

func newProofJSON(r prove.Result, run string) proofJSON {
	j := proofJSON{
		Theorem: r.Place.Name, Kind: r.Place.Kind, Line: r.Place.Line, Col: r.Place.Col, Status: "unsolved",
		Verified: r.Verified, Proof: r.Script, Axioms: r.Axioms, Run: run,
	}
	if r.Verified {
		j.Status = "solved"
	} else {
		j.Reason = r.Reason
	}
	j.Stats.Tactics, j.Stats.Nodes = r.Tried, r.Nodes
	j.Stats.ElapsedMS, j.Stats.CheckMS = r.Searched.Milliseconds(), r.Checked.Milliseconds()
	return j
}

func (f *proveFlags) print(t terminal, results []prove.Result, out proofsJSON) error {
	if f.json {
		enc := json.NewEncoder(t.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(out)
	}
	for _, r := range results {
		if !r.Solved {
			continue
		}
		name, mark := r.Place.Name, ""
		if len(results) > 1 {
			name = r.Place.String() // a theorem may have several holes
		}
		if !r.Verified {
			mark = " (not verified: " + r.Reason + ")"
		}
		if _, err := fmt.Fprintf(t.out, "%s\n", cleanLines(fmt.Sprintf("(* %s%s *)\n%s", name, mark, r.Script))); err != nil {
			return err
		}
	}
	return nil
}

// place is a place in a text: the byte from 0, the line and the character in it from 1.
type place struct {
	Byte int `json:"byte"`
	Line int `json:"line"`
	Col  int `json:"col"`
}

// edit replaces what stands between two places of a text.
type edit struct {
	Start place  `json:"start"`
	End   place  `json:"end"`
	Text  string `json:"text"`
}

// changed is the shortest edit of whole words that makes one text another; nil if they
// are the same.
func changed(from, to string) *edit {
	if from == to {
		return nil
	}
	start := 0
	for start < min(len(from), len(to)) && from[start] == to[start] {
		start++
	}
	end, stop := len(from), len(to)
	for end > start && stop > start && from[end-1] == to[stop-1] {
		end--
		stop--
	}
	for start > 0 && !blank(from[start-1]) {
		start--
	}
	for end < len(from) && !blank(from[end]) {
		end++
		stop++
	}
	return &edit{placeIn(from, start), placeIn(from, end), to[start:stop]}
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func placeIn(text string, at int) place {
	line := text[:at]
	begin := strings.LastIndexByte(line, '\n') + 1
	return place{Byte: at, Line: 1 + strings.Count(line, "\n"), Col: 1 + utf8.RuneCountInString(line[begin:])}
}

// cleanLines makes every line of a script safe to print.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = view.Clean(l)
	}
	return strings.Join(lines, "\n")
}
