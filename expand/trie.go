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
	actions []string
	// next has, for each prefix looked into, the tokens that may follow.
	next map[string][]llm.Alternative
	// ends has the texts that may be complete. What follows them can be the
	// stop text, which servers leave out of the tokens they report.
	ends map[string]bool
	said []env.Candidate // complete steps in the model's own words
}

func newTrie(actions []string) *trie {
	t := &trie{actions: actions, next: map[string][]llm.Alternative{}, ends: map[string]bool{}}
	for _, a := range actions {
		t.ends[a] = true
	}
	return t
}

// learn records the alternatives at every position of a completion of prefix,
// which has the given mass. It reports whether the completion made a step.
func (t *trie) learn(prefix string, mass float64, c llm.Completion) bool {
	text, logMass, tokens := prefix, math.Log(mass), c.Tokens
	if len(tokens) == 0 && c.Stop == llm.Stop {
		// Without log-probabilities, what the model says gets half of the mass.
		tokens = []llm.Token{{Alternative: llm.Alternative{Text: c.Text + "\n", Logprob: math.Log(0.5)}}}
	}
	for _, tok := range tokens {
		if _, known := t.next[text]; !known && !strings.Contains(text, "\n") {
			t.next[text] = alternatives(tok)
		}
		text += tok.Text
		logMass += tok.Logprob
	}
	if _, known := t.next[prefix]; !known {
		t.next[prefix] = nil // looked into, and nothing seen: do not ask again
	}
	step := prompt.ReadStep(prefix + c.Text)
	if c.Stop != llm.Stop || step == "" {
		return false
	}
	t.ends[prefix+c.Text] = true
	t.said = append(t.said, env.Candidate{Action: step, LogPrior: logMass})
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
		if line, _, ends := strings.Cut(a.Text, "\n"); ends || a.Text == "" {
			out[i].Text = line + "\n"
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

// group is a prefix at which the known part of the trie ends, and the actions
// that go on from there.
type group struct {
	prefix  string
	logMass float64 // of what goes on unknown
	open    bool    // nobody has looked into it; else the members leave what was reported
	members []int
}

// groups lists the groups in the order of their first action. An action may be
// in several of them, as a text may be cut into tokens in several ways.
func (t *trie) groups() []*group {
	var order []*group
	at := map[string]*group{}
	for i, action := range t.actions {
		text := action + "\n"
		mass := make([]float64, len(text)+1) // logarithm, of each prefix of text
		for n := range mass[1:] {
			mass[n+1] = math.Inf(-1)
		}
		for n, logMass := range mass {
			prefix, rest := text[:n], text[n:]
			alts, known := t.next[prefix]
			if math.IsInf(logMass, -1) || known && t.follow(alts, rest, logMass, mass[n:]) {
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

// follow passes the mass of a place in a text on to the places after each
// alternative that the text goes on with, and reports whether there is one.
func (t *trie) follow(alts []llm.Alternative, rest string, logMass float64, mass []float64) bool {
	found := false
	for _, a := range alts {
		if strings.HasPrefix(rest, a.Text) {
			mass[len(a.Text)] = logAdd(mass[len(a.Text)], logMass+a.Logprob)
			found = true
		}
	}
	return found
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a)) // a is finite here
}

// darkest returns the prefix with the most mass that several actions share and
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

// candidates gives every action its share of the mass of its prefixes. Words of
// the model that are none of the actions' texts come too: the environment may
// know another spelling, or refuse them.
func (t *trie) candidates() []env.Candidate {
	out := make([]env.Candidate, len(t.actions))
	place := map[string]int{}
	for i, a := range t.actions {
		out[i] = env.Candidate{Action: a, LogPrior: math.Inf(-1)}
		place[a] = i
	}
	for _, g := range t.groups() {
		share := g.logMass - math.Log(float64(len(g.members)))
		for _, i := range g.members {
			out[i].LogPrior = logAdd(out[i].LogPrior, share)
		}
	}
	for _, c := range t.said {
		i, listed := place[c.Action]
		if !listed {
			place[c.Action] = len(out)
			out = append(out, c)
			continue
		}
		// The model may have said an action with decoration around it.
		out[i].LogPrior = max(out[i].LogPrior, c.LogPrior)
	}
	return out
}
