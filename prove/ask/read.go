package ask

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
)

// found is a tactic in a reply, with its prior if the model tells one.
type found struct {
	tactic   string
	logPrior float64
	known    bool
}

// tacticsIn reads the tactics of a reply. An array is looked for only in that
// form; a model that writes something else is read as text all the same.
func (l Language) tacticsIn(c llm.Completion, form Form, length float64) []found {
	cut := c.Stop == llm.Length
	var pieces []piece
	if form == Array {
		pieces = l.elements(c.Text)
	}
	if len(pieces) == 0 {
		pieces = l.pieces(c.Text, cut)
	}
	if form == Samples {
		pieces = pieces[:min(1, len(pieces))]
	}
	starts := align(c)
	var out []found
	for _, p := range pieces {
		f := found{tactic: p.text}
		f.logPrior, f.known = logPrior(c.Tokens, starts, p, length)
		out = append(out, f)
	}
	return out
}

// elements are the strings of the first JSON array of strings in a reply. One
// that is not closed has those that are.
func (l Language) elements(reply string) []piece {
	reply = reply[:min(len(reply), maxReply)]
	for open := 0; ; open++ {
		n := strings.IndexByte(reply[open:], '[')
		if n < 0 {
			return nil
		}
		open += n
		var out []piece
		for at := open + 1; ; {
			at += len(reply[at:]) - len(strings.TrimLeft(reply[at:], " \t\r\n,"))
			text, end, ok := literal(reply, at)
			if !ok {
				break
			}
			if inner := l.pieces(text, false); len(inner) > 0 {
				out = append(out, piece{inner[0].text, at + 1, end - 1, true})
			}
			at = end
		}
		if len(out) > 0 {
			return out
		}
	}
}

// literal reads the JSON string that begins at i.
func literal(s string, i int) (text string, end int, ok bool) {
	if i >= len(s) || s[i] != '"' {
		return "", i, false
	}
	for end = i + 1; end < len(s); end++ {
		switch s[end] {
		case '\\':
			end++
		case '"':
			end++
			return text, end, json.Unmarshal([]byte(s[i:end]), &text) == nil
		}
	}
	return "", len(s), false
}

// align tells where in the text each token begins. It is nil if the tokens do
// not make up the text.
func align(c llm.Completion) []int {
	var all strings.Builder
	var starts []int
	for _, t := range c.Tokens {
		starts = append(starts, all.Len())
		all.WriteString(t.Text)
	}
	shift := strings.Index(all.String(), c.Text)
	if shift < 0 || len(starts) == 0 {
		return nil
	}
	for i := range starts {
		starts[i] -= shift
	}
	return starts
}

// logPrior is the log-probability of the tokens of a piece, divided by their
// number to the power of length.
func logPrior(tokens []llm.Token, starts []int, p piece, length float64) (sum float64, known bool) {
	n := 0
	for i, from := range starts {
		if from < p.to && from+len(tokens[i].Text) > p.from {
			sum += tokens[i].Logprob
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	sum /= math.Pow(float64(n), length)
	return sum, !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// candidates merges equal tactics, whose masses add up. Where not all priors are
// known none is used: the mass is then what other says of a place in the list.
func candidates(list []found, other func(place int) float64) []env.Candidate {
	known := !slices.ContainsFunc(list, func(f found) bool { return !f.known })
	var out []env.Candidate
	at := map[string]int{}
	for i, f := range list {
		prior := f.logPrior
		if !known {
			prior = other(i)
		}
		if j, seen := at[f.tactic]; seen {
			out[j].LogPrior = addLogs(out[j].LogPrior, prior)
			continue
		}
		at[f.tactic] = len(out)
		out = append(out, env.Candidate{Action: f.tactic, LogPrior: prior})
	}
	return out
}

// byRank gives the first of a list twice the mass of the second, three times
// that of the third, and so on.
func byRank(place int) float64 { return -math.Log(float64(place + 1)) }

// byCount gives each the same.
func byCount(int) float64 { return 0 }

// addLogs is the logarithm of the sum of what a and b are the logarithms of.
func addLogs(a, b float64) float64 {
	high, low := max(a, b), min(a, b)
	return high + math.Log1p(math.Exp(low-high))
}
