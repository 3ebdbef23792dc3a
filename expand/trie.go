package expand

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// leastLog is the smallest log-probability that counts: about 1e-13. It keeps
// every action possible, whatever a model reports.
const leastLog = -30

// trie is what is known of the model's distribution over lines of text.
type trie struct {
	lines []line
	// next has, for each prefix looked into, the tokens that may follow.
	next map[string][]llm.Alternative
	// ends has the texts that may be complete. What follows them can be the
	// stop text, which servers leave out of the tokens they report.
	ends map[string]bool
}

// line is a text that the model may write, and the action it means: the
// actions themselves, then what else the model has said.
type line struct{ text, action string }

func newTrie(actions []string) *trie {
	t := &trie{next: map[string][]llm.Alternative{}, ends: map[string]bool{}}
	for _, a := range actions {
		t.add(line{a, a})
	}
	return t
}

func (t *trie) add(l line) {
	t.ends[l.text] = true
	if !slices.ContainsFunc(t.lines, func(other line) bool { return other.text == l.text }) {
		t.lines = append(t.lines, l)
	}
}

// learn records the alternatives at every position of a completion of prefix.
// It reports whether the completion made a step.
func (t *trie) learn(prefix string, c llm.Completion) bool {
	tokens := c.Tokens
	if len(tokens) == 0 && c.Stop == llm.Stop {
		// Without log-probabilities, what the model says gets half of the mass.
		tokens = []llm.Token{{Alternative: llm.Alternative{Text: c.Text + "\n", Logprob: math.Log(0.5)}}}
	}
	text, ended := prefix, false
	for _, tok := range tokens {
		if _, known := t.next[text]; !known {
			t.next[text] = alternatives(tok)
		}
		if text, _, ended = strings.Cut(text+tok.Text, "\n"); ended {
			break // the rest belongs to no step
		}
	}
	if _, known := t.next[prefix]; !known {
		t.next[prefix] = nil // looked into, and nothing seen: do not ask again
	}
	step := prompt.ReadStep(prefix + c.Text)
	if c.Stop != llm.Stop || step == "" {
		return false
	}
	t.add(line{text, step})
	return true
}

// alternatives lists what may stand at the place of a token, as far as the
// line it is in. A token without text ends the generation, and so the line.
func alternatives(tok llm.Token) []llm.Alternative {
	out := slices.Clone(tok.Top)
	if !slices.ContainsFunc(out, func(a llm.Alternative) bool { return a.Text == tok.Text }) {
		out = append(out, tok.Alternative)
	}
	for i, a := range out {
		if before, _, ends := strings.Cut(a.Text, "\n"); ends || a.Text == "" {
			out[i].Text = before + "\n"
		}
		if !(a.Logprob > leastLog) { // NaN too
			out[i].Logprob = leastLog
		}
	}
	return out
}

// unlisted bounds the log-probability of a token that is not among the
// alternatives: it is no larger than the smallest of them, nor than what they
// leave over.
func unlisted(alts []llm.Alternative) float64 {
	left, least := 1.0, 1.0
	for _, a := range alts {
		p := math.Exp(a.Logprob)
		left, least = left-p, min(least, p)
	}
	return max(leastLog, math.Log(max(0, min(left, least))))
}

// group is a prefix at which the known part of the trie ends, and the lines
// that go on from there.
type group struct {
	prefix  string
	logMass float64 // of what goes on unknown
	open    bool    // nobody has looked into it; else the members leave what was reported
	members []int   // lines
}

// groups lists the groups in the order of their first line. A line may be in
// several of them, as a text may be cut into tokens in several ways.
func (t *trie) groups() []*group {
	var order []*group
	at := map[string]*group{}
	for i, l := range t.lines {
		text := l.text + "\n"
		mass := make([]float64, len(text)+1) // logarithm, of each prefix of text
		for n := range mass[1:] {
			mass[n+1] = math.Inf(-1)
		}
		for n, logMass := range mass {
			prefix := text[:n]
			alts, known := t.next[prefix]
			if math.IsInf(logMass, -1) || known && follow(alts, text[n:], mass[n:]) {
				continue
			}
			if known {
				logMass += unlisted(alts)
			}
			if at[prefix] == nil {
				at[prefix] = &group{prefix: prefix, logMass: logMass, open: !known}
				order = append(order, at[prefix])
			}
			at[prefix].members = append(at[prefix].members, i)
		}
	}
	return order
}

// follow passes the mass of the place where rest begins, mass[0], on to the
// places after each alternative that rest begins with. It reports whether
// there is one.
func follow(alts []llm.Alternative, rest string, mass []float64) bool {
	found := false
	for _, a := range alts {
		if n := len(a.Text); strings.HasPrefix(rest, a.Text) {
			mass[n] = logAdd(mass[n], mass[0]+a.Logprob)
			found = true
		}
	}
	return found
}

// logAdd is the logarithm of a sum of which b, at least, is not zero.
func logAdd(a, b float64) float64 {
	high := max(a, b)
	return high + math.Log(math.Exp(a-high)+math.Exp(b-high))
}

// darkest returns the prefix with the most mass that several lines share and
// nobody has looked into. One that ends within a character is no prompt.
func (t *trie) darkest() (prefix string, mass float64) {
	for _, g := range t.groups() {
		m := math.Exp(g.logMass)
		if g.open && len(g.members) > 1 && m > mass && utf8.ValidString(g.prefix) {
			prefix, mass = g.prefix, m
		}
	}
	return prefix, mass
}

// candidates gives every line its share of the mass of its prefixes. Words of
// the model that are none of the actions' texts come too: the environment may
// know another spelling, or refuse them.
func (t *trie) candidates() []env.Candidate {
	logMass := make([]float64, len(t.lines))
	for i := range logMass {
		logMass[i] = math.Inf(-1)
	}
	for _, g := range t.groups() {
		share := g.logMass - math.Log(float64(len(g.members)))
		for _, i := range g.members {
			logMass[i] = logAdd(logMass[i], share)
		}
	}
	var out []env.Candidate
	place := map[string]int{}
	for i, l := range t.lines {
		at, listed := place[l.action]
		if !listed {
			place[l.action] = len(out)
			out = append(out, env.Candidate{Action: l.action, LogPrior: logMass[i]})
			continue
		}
		out[at].LogPrior = logAdd(out[at].LogPrior, logMass[i])
	}
	return out
}
