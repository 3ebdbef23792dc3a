package view

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
	"unicode/utf16"
)

// The values of Result.Status and event.Ended.Status.
const (
	Solved     = "solved"     // a solution was found
	Unsolved   = "unsolved"   // the budget was used up, or the search interrupted
	Unsolvable = "unsolvable" // every state was explored: there is no solution
)

// Result is what a search comes to, as --json prints it: one object with
// exactly these members in this order, all of them always present. Members may
// be added at the end of stats and of the object, never renamed or removed.
//
//	run       string   identifies the search, for show, resume and export
//	env       string   name of the problem family, such as game24
//	problem   string   as it was given
//	status    string   solved, unsolved or unsolvable
//	verified  boolean  a checker that shares nothing with the search accepted the answer
//	answer    string   empty if there is none
//	path      array    the best line from the start, maybe empty, of objects:
//	  action  string   the step
//	  state   string   where it led
//	  prior   number   probability the policy gave the step, 0 to 1
//	  visits  integer  simulations that went through the step
//	  value   number   mean value of the state reached, 0 to 1, for the player
//	                   to move there; 0 if the state was never visited and
//	                   nothing is proven about it
//	stats     object   all integers:
//	  simulations, nodes, edges
//	  transpositions     edges to a state that was in the tree already
//	  calls              finished model calls
//	  prompt_tokens, completion_tokens
//	  cache_hits         results that cost no call
//	  illegal            proposals the rules refused
//	  elapsed_ms         time in milliseconds
//	  merged             proposals equal to another one
//	  unparsed           model replies nothing could be read from
//	  failed             jobs that failed
//	reason    string   why the search ended; empty if it was interrupted
//	ending    object   what is proven of the start, or null:
//	  value   number   1 won or solved, 0 lost or unsolvable, 0.5 a draw, for the
//	                   player to move
//	  moves   integer  to the end at most, where that is known, else 0
type Result struct {
	Run      string     `json:"run"`
	Env      string     `json:"env"`
	Problem  string     `json:"problem"`
	Status   string     `json:"status"`
	Verified bool       `json:"verified"`
	Answer   string     `json:"answer"`
	Path     []PathStep `json:"path"`
	Stats    Stats      `json:"stats"`
	Reason   string     `json:"reason"`
	Ending   *Ending    `json:"ending"`

	// Game says that two players move, who want different things.
	Game bool `json:"-"`
}

// PathStep is one step of the best line; see Result.
type PathStep struct {
	Action string  `json:"action"`
	State  string  `json:"state"`
	Prior  float64 `json:"prior"`
	Visits int32   `json:"visits"`
	Value  float64 `json:"value"`
}

// Stats are the totals of a search; see Result.
type Stats struct {
	Simulations      int   `json:"simulations"`
	Nodes            int   `json:"nodes"`
	Edges            int   `json:"edges"`
	Transpositions   int   `json:"transpositions"`
	Calls            int   `json:"calls"`
	PromptTokens     int   `json:"prompt_tokens"`
	CompletionTokens int   `json:"completion_tokens"`
	CacheHits        int   `json:"cache_hits"`
	Illegal          int   `json:"illegal"`
	ElapsedMS        int64 `json:"elapsed_ms"`
	Merged           int   `json:"merged"`
	Unparsed         int   `json:"unparsed"`
	Failed           int   `json:"failed"`
}

// NewResult sums up a tree. Of a search that has not ended, the status is
// unsolved and the path the best line so far. The answer and whether it was
// verified come from the environment, the time from the caller's clock.
func NewResult(t *Tree, verified bool, answer string, elapsed time.Duration) Result {
	r := Result{
		Run: t.Start.Run, Env: t.Start.Env, Problem: t.Start.Problem,
		Status: Unsolved, Verified: verified, Answer: answer, Path: []PathStep{},
		Stats: Stats{
			Simulations: t.Simulations, Nodes: len(t.Nodes), Edges: len(t.Edges), Transpositions: t.Transpositions,
			Calls: t.Usage.Calls, PromptTokens: t.Usage.PromptTokens, CompletionTokens: t.Usage.CompletionTokens,
			CacheHits: t.Usage.CacheHits, Illegal: t.Illegal, ElapsedMS: elapsed.Milliseconds(),
			Merged: t.Merged, Unparsed: t.Usage.Unparsed, Failed: t.Totals.Failed,
		},
	}
	r.Ending = t.Ending()
	if t.End != nil {
		r.Status, r.Reason = t.End.Status, t.End.Reason
	}
	for _, i := range t.Line() {
		e := &t.Edges[i]
		to := &t.Nodes[e.To]
		value := to.Lo // of a node without visits only what is proven counts
		if to.N > 0 {
			value = to.Q
		}
		r.Path = append(r.Path, PathStep{e.Action, to.State, e.P, e.N, value})
	}
	return r
}

// WriteJSON writes r as one indented object and a line end. Characters that a
// terminal might obey are escaped, so the bytes are safe to show and decode to
// the same value. A number that is not finite is an error, and nothing is
// written.
func (r Result) WriteJSON(w io.Writer) error {
	if r.Path == nil {
		r.Path = []PathStep{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return err
	}
	_, err := w.Write(escapeHidden(b.Bytes()))
	return err
}

// escapeHidden escapes what package json leaves as it is: DEL, the C1 controls
// and invisible format characters. They can only stand inside strings.
func escapeHidden(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r >= 0x7f }) {
		return text // as most are
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case r < ' ' || !hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			writeEscape(&b, high)
			writeEscape(&b, low)
		default:
			writeEscape(&b, r)
		}
	}
	return b.Bytes()
}

func writeEscape(b *bytes.Buffer, r rune) {
	const hex = "0123456789abcdef"
	b.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(hex[r>>shift&0xf])
	}
}
