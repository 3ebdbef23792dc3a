package expand_test

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// free is a state with no list of actions.
type free string

func (s free) String() string               { return string(s) }
func (s free) Key() string                  { return string(s) }
func (s free) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

// listed is a state with a list of actions.
type listed struct {
	free
	actions []string
}

func (s listed) Actions() []string { return s.actions }

func among(actions ...string) listed { return listed{"s", actions} }

// near forgives the rounding of sums of logarithms, and no more.
var near = cmpopts.EquateApprox(0, 1e-9)

// script gives its replies in order and keeps the requests. Completions are
// returned, errors too.
type script struct {
	replies []any
	asked   []llm.Request
}

func (m *script) Generate(_ context.Context, req llm.Request) (llm.Completion, error) {
	m.asked = append(m.asked, req)
	if len(m.asked) > len(m.replies) {
		return llm.Completion{}, errors.New("one call too many")
	}
	switch r := m.replies[len(m.asked)-1].(type) {
	case llm.Completion:
		return r, nil
	case error:
		return llm.Completion{}, r
	}
	panic("the script holds neither a completion nor an error")
}

// say is a finished reply of which each token has one of the log-probabilities.
func say(text string, logprobs ...float64) llm.Completion {
	c := llm.Completion{Text: text, Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 5, CompletionTokens: 2}}
	for i, p := range logprobs {
		tok := llm.Token{Alternative: llm.Alternative{Text: text, Logprob: p}}
		if i > 0 {
			tok.Text = "\n"
		}
		c.Tokens = append(c.Tokens, tok)
	}
	return c
}

// cut is the same reply, ended by its length.
func cut(c llm.Completion) llm.Completion {
	c.Stop = llm.Length
	return c
}

// top makes alternatives of texts and probabilities.
func top(pairs ...any) []llm.Alternative {
	var out []llm.Alternative
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, llm.Alternative{Text: pairs[i].(string), Logprob: math.Log(pairs[i+1].(float64))})
	}
	return out
}

// first is a reply of one token, the first of the alternatives.
func first(alts ...llm.Alternative) llm.Completion {
	c := say(alts[0].Text)
	c.Tokens = []llm.Token{{Alternative: alts[0], Top: alts}}
	return cut(c)
}

// byByte and whole are tokenizers.
func byByte(line string) []string {
	var out []string
	for i := range len(line) {
		out = append(out, line[i:i+1])
	}
	return out
}

func whole(line string) []string { return []string{line} }

// author is a model that knows with which probability it writes each line. Its
// tokens are those that its tokenizer cuts each line into, so every prior that
// can be read off it is known exactly.
type author struct {
	lines    map[string]float64
	tokens   func(line string) []string
	hideStop bool   // leave the stop text out of the tokens, as servers do
	start    string // what stands in the prompt before the line

	asked []string // the prefixes that it was asked to continue
}

func (m *author) Generate(_ context.Context, req llm.Request) (llm.Completion, error) {
	at, ok := strings.CutPrefix(req.Prompt, m.start)
	if !ok {
		return llm.Completion{}, errors.New("the prompt does not begin with the state")
	}
	m.asked = append(m.asked, at)
	c := llm.Completion{Stop: llm.Length}
	for range cmp.Or(req.MaxTokens, 128) {
		alts := m.after(at)
		if len(alts) == 0 {
			c.Stop = llm.Stop
			break
		}
		tok := llm.Token{Alternative: alts[0], Top: alts[:min(len(alts), req.TopLogprobs)]}
		at += tok.Text
		c.Usage.CompletionTokens++
		if before, _, found := strings.Cut(tok.Text, "\n"); found && slices.Contains(req.Stop, "\n") {
			c.Text += before
			if before != "" || !m.hideStop {
				c.Tokens = append(c.Tokens, tok)
			}
			c.Stop = llm.Stop
			break
		}
		c.Text += tok.Text
		c.Tokens = append(c.Tokens, tok)
	}
	return c, nil
}

// after is the distribution over the next token, most probable first, among
// the lines that have the end of a token at the end of prefix.
func (m *author) after(prefix string) []llm.Alternative {
	weight, total := map[string]float64{}, 0.0
	for line, p := range m.lines {
		at := ""
		for _, tok := range m.tokens(line + "\n") {
			if at == prefix {
				weight[tok] += p
				total += p
			}
			at += tok
		}
	}
	var out []llm.Alternative
	for tok, w := range weight {
		out = append(out, llm.Alternative{Text: tok, Logprob: math.Log(w / total)})
	}
	slices.SortFunc(out, func(a, b llm.Alternative) int {
		return cmp.Or(cmp.Compare(b.Logprob, a.Logprob), cmp.Compare(a.Text, b.Text))
	})
	return out
}

// mass is the probability that a line has the end of a token at the end of prefix.
func (m *author) mass(prefix string) float64 {
	in, all := 0.0, 0.0
	for line, p := range m.lines {
		all += p
		at := ""
		for _, tok := range m.tokens(line + "\n") {
			if at == prefix {
				in += p
			}
			at += tok
		}
	}
	return in / all
}

// chatLine asks in the words of Line, but through a template.
type chatLine struct{ prompt.Line }

func (c chatLine) Step(s env.State) llm.Request {
	req := c.Line.Step(s)
	req.Raw = false
	return req
}

// share is the normalised prior of each candidate.
func share(cands []env.Candidate) map[string]float64 {
	out := map[string]float64{}
	for i, p := range env.Softmax(cands) {
		out[cands[i].Action] = p
	}
	return out
}
