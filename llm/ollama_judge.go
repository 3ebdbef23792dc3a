package llm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/ollama/ollama/types/model"
)

// wrongReply is a whole reply that no sound server gives.
type wrongReply struct{ what string }

func (w *wrongReply) Error() string { return w.what }

func wrong(format string, args ...any) error {
	return &wrongReply{clean(fmt.Sprintf(format, args...))}
}

// doubt is a whole reply that looks wrong, but that a sound server could give.
type doubt struct{ kind doubtKind }

type doubtKind int

const (
	emptyText doubtKind = iota
	controlText
	noLogprobs
	lostText
	doubtKinds int = iota
)

// doubtLimits are how often a doubtful reply is asked for again, by kind. That
// tokens are counted of which nothing came is almost never true: a model may
// have said half a character.
var doubtLimits = [doubtKinds]int{emptyText: 2, controlText: 2, noLogprobs: 2, lostText: 5}

func (d *doubt) Error() string {
	return [doubtKinds]string{"empty text", "control characters in the text", "no log-probabilities", "tokens without text"}[d.kind]
}

// believe takes a doubtful reply as it is.
func (o *Ollama) believe(ctx context.Context, d *doubt) {
	if d.kind == noLogprobs {
		o.goWithout(ctx)
	}
}

// logprobsState is what is known of a server's log-probabilities.
type logprobsState struct{ atomic.Int32 }

const (
	logprobsUnknown int32 = iota
	logprobsSeen          // it has given some: a reply without is wrong
	logprobsNever         // it has not given any when asked again and again
)

// goWithout remembers that the server gives no log-probabilities.
func (o *Ollama) goWithout(ctx context.Context) {
	if o.logprobs.CompareAndSwap(logprobsUnknown, logprobsNever) {
		o.warn.Do(func() { o.warnNoLogprobs(ctx) })
	}
}

// bytesPerToken is more than any token has; shortText is room for a reply of a
// few tokens that a server counts in another way.
const (
	bytesPerToken = 256
	shortText     = 1024
)

// lowest is the least log-probability that a server can mean: the least float32
// stands for a probability of 0.
const lowest = -math.MaxFloat32 * 1.0001

// judge says what is wrong with a whole reply: nothing, a *wrongReply, or a *doubt.
func (o *Ollama) judge(ctx context.Context, req Request, r *reply, c Completion) error {
	if err := c.check(); err != nil {
		return wrong("%v", err)
	}
	if n := r.metrics.EvalCount; r.done && r.most > 0 && n > r.most {
		return wrong("the server counts %d tokens where at most %d were asked for", n, r.most)
	}
	if n := int(lineOf(ctx).logprobs.Load()); n != r.numbers {
		return wrong("%d of %d log-probabilities are no numbers", r.numbers-n, r.numbers)
	}
	for _, t := range c.Tokens {
		if err := t.plausible(); err != nil {
			return err
		}
	}
	if req.Logprobs && r.logprobs > 0 && r.bare > 0 {
		return wrong("only a part of the text has log-probabilities")
	}
	text := r.text.String()
	empty := text == "" && r.thinking.Len() == 0
	// With no template in between, tokens that came have a text.
	if empty && req.Raw && r.logprobs > 0 {
		return wrong("there are log-probabilities of a text that is missing")
	}
	control := strings.ContainsFunc(text, isControl)
	if control && r.logprobs > 0 && !r.tokensHaveControl() {
		return wrong("the text has control characters that its tokens have not")
	}
	if err := o.judgeLogprobs(ctx, req, r); err != nil {
		return err
	}
	stop := 0 // tokens of a stop text, of which nothing is told, have a byte each at least
	for _, s := range req.Stop {
		stop = max(stop, len(s))
	}
	switch {
	case empty && r.metrics.EvalCount > 1+stop:
		return &doubt{lostText}
	case empty:
		return &doubt{emptyText}
	case control:
		return &doubt{controlText}
	}
	return nil
}

func (o *Ollama) judgeLogprobs(ctx context.Context, req Request, r *reply) error {
	if r.logprobs > 0 {
		o.logprobs.Store(logprobsSeen)
	}
	if !req.Logprobs || r.logprobs > 0 || r.bare == 0 {
		return nil
	}
	switch o.logprobs.Load() {
	case logprobsSeen:
		return wrong("the log-probabilities are missing")
	case logprobsNever:
		return nil
	}
	if version, err := o.client.Version(ctx); err == nil && version != "" && !hasLogprobs(version) {
		o.goWithout(ctx)
		return nil
	}
	return &doubt{noLogprobs}
}

// plausible finds numbers that no distribution has.
func (t Token) plausible() error {
	sum := 0.0
	for _, a := range t.Top {
		sum += math.Exp(a.Logprob)
	}
	if sum > 1.1 {
		return wrong("the alternatives to token %q have the probability %.3g together", t.Text, sum)
	}
	for _, a := range append([]Alternative{t.Alternative}, t.Top...) {
		if a.Logprob < lowest {
			return wrong("token %q has log-probability %v", a.Text, a.Logprob)
		}
	}
	return nil
}

// isControl tells the characters that a terminal may obey.
func isControl(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' }

// tokensHaveControl looks at all tokens together: a character may be split. One
// whose bytes the server does not tell may be anything.
func (r *reply) tokensHaveControl() bool {
	var all strings.Builder
	for _, t := range r.tokens {
		all.WriteString(t.Text)
	}
	s := all.String()
	return strings.ContainsFunc(s, isControl) || strings.ContainsRune(s, unicode.ReplacementChar)
}

// sameModel compares names of models as a server does: without regard to case,
// and with the defaults for what a name leaves out.
func sameModel(a, b string) bool {
	return strings.EqualFold(shortest(a), shortest(b))
}

func shortest(name string) string {
	if n := model.ParseName(name); n.IsValid() {
		return strings.TrimSuffix(n.DisplayShortest(), ":latest")
	}
	return strings.TrimSuffix(name, ":latest")
}

var errNoName = errors.New("llm: no model named")
