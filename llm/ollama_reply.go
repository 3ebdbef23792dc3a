package llm

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ollama/ollama/api"
)

// errCut is a reply that ended before it said that it was done.
var errCut = errors.New("the answer was cut off")

// loopLimit is how many equal chunks in a row, counted as the server counts
// them, make it give a generation up. It then ends the reply with no word.
const loopLimit = 30

// reply gathers the stream of chunks that answers one request.
type reply struct {
	// model, if named, is who has to answer; most, if above 0, is how many
	// tokens it may take.
	model string
	most  int

	text, thinking strings.Builder
	tokens         []Token
	// ends has for each token the length of text after its chunk. The bytes of
	// the tokens can't tell that: the server may have mangled split characters.
	ends     []int
	logprobs int // tokens with log-probabilities seen, kept or not
	numbers  int // log-probabilities seen, those of alternatives included
	bare     int // chunks of text without log-probabilities, the last one aside

	chunks, repeats int
	last            string

	done    bool
	reason  StopReason
	metrics api.Metrics
}

// add takes one chunk. It stops at one that can't belong to the answer.
func (r *reply) add(c api.GenerateResponse) error {
	if c.Model != "" && r.model != "" && !sameModel(c.Model, r.model) {
		return wrong("model %q answers", c.Model)
	}
	r.text.WriteString(c.Response)
	r.thinking.WriteString(c.Thinking)
	if n := r.text.Len() + r.thinking.Len(); r.most > 0 && n > shortText && n-shortText > bytesPerToken*r.most {
		return wrong("there is more text than %d tokens can hold", r.most)
	}
	r.logprobs += len(c.Logprobs)
	for _, p := range c.Logprobs {
		r.numbers += 1 + len(p.TopLogprobs)
	}
	// A server may flush what it held back with the last chunk, with no numbers.
	if c.Response != "" && len(c.Logprobs) == 0 && !c.Done {
		r.bare++
	}
	// The tokens of a chunk with no answer in it belong to the thinking.
	if c.Response != "" {
		for _, p := range c.Logprobs {
			r.tokens = append(r.tokens, token(p))
			r.ends = append(r.ends, r.text.Len())
		}
	}
	if c.Done {
		r.done = true
		r.reason = StopReason(c.DoneReason)
		r.metrics = c.Metrics
		return nil
	}
	r.chunks++
	if s := strings.TrimSpace(c.Thinking + c.Response); s == r.last {
		r.repeats++
	} else {
		r.last, r.repeats = s, 0
	}
	return nil
}

func token(p api.Logprob) Token {
	t := Token{Alternative: alternative(p.TokenLogprob)}
	for _, top := range p.TopLogprobs {
		t.Top = append(t.Top, alternative(top))
	}
	return t
}

func alternative(p api.TokenLogprob) Alternative {
	a := Alternative{Text: p.Token, Logprob: p.Logprob}
	if len(p.Bytes) > 0 {
		raw := make([]byte, len(p.Bytes))
		for i, b := range p.Bytes {
			raw[i] = byte(b)
		}
		a.Text = string(raw)
	}
	return a
}

// finish says whether the stream, which ended without an error, was whole. A
// generation that the server gave up because it ran in a loop is whole, but
// counts as cut by length: trying again would end the same.
func (r *reply) finish() error {
	if !r.done && r.repeats >= loopLimit {
		r.reason = Length
		r.metrics.EvalCount = r.chunks
		return nil
	}
	if !r.done {
		return errCut
	}
	switch r.reason {
	case Stop, Length:
		return nil
	case "":
		return fmt.Errorf("%w: it gives no reason why it ended", errCut)
	}
	return fmt.Errorf("%w: it ended by %q", errCut, clean(string(r.reason)))
}

// completion is what the finished stream says.
func (r *reply) completion() Completion {
	text := r.text.String()
	inText, answer := CutThinking(text)
	from, cut := 0, len(text)-len(answer)
	for from < len(r.tokens) && r.ends[from] <= cut {
		from++
	}
	return Completion{
		Text:     answer,
		Thinking: r.thinking.String() + inText,
		Tokens:   r.tokens[from:],
		Stop:     r.reason,
		Usage: Usage{
			PromptTokens:     r.metrics.PromptEvalCount,
			CompletionTokens: r.metrics.EvalCount,
		},
	}
}
