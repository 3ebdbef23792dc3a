package llmtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/llm"
)

// faults are the ways to misbehave. Each gets the good answer too.
var faults = map[string]func(o *out, c llm.Completion){
	// No answer at all, until the client leaves.
	"hang": func(o *out, _ llm.Completion) { o.hang() },
	// Some text every few milliseconds, without end.
	"trickle": func(o *out, _ llm.Completion) {
		for o.line(map[string]any{"response": "x"}) && o.wait(5*time.Millisecond) {
		}
	},
	// A line that is no JSON; JSON of another shape; a web page.
	"garbage": func(o *out, _ llm.Completion) { o.write("this is not json\n") },
	"shape":   func(o *out, _ llm.Completion) { o.write(`{"response": ["a"], "done": "yes"}` + "\n") },
	"html": func(o *out, _ llm.Completion) {
		o.write("<!DOCTYPE html>\n<html><body>It works!</body></html>\n")
	},
	// Half an answer, then the end of the reply, a broken connection, or an error.
	"cut": func(o *out, c llm.Completion) { o.half(c) },
	"drop": func(o *out, c llm.Completion) {
		o.half(c)
		panic(http.ErrAbortHandler)
	},
	"crash": func(o *out, c llm.Completion) {
		o.half(c)
		o.line(map[string]any{"error": "model runner has unexpectedly stopped"})
	},
	// Server errors: always, or at the first call only.
	"500":     func(o *out, _ llm.Completion) { o.fail(500, "CUDA error") },
	"500once": func(o *out, c llm.Completion) { o.once("500once", 500, "CUDA error", c) },
	"503":     func(o *out, _ llm.Completion) { o.fail(503, busy) },
	"503once": func(o *out, c llm.Completion) { o.once("503once", 503, busy, c) },
	// Refusals.
	"400":     func(o *out, _ llm.Completion) { o.fail(400, "invalid options") },
	"401":     func(o *out, _ llm.Completion) { o.fail(401, "unauthorized") },
	"lost":    func(o *out, _ llm.Completion) { o.fail(404, "model 'fake:lost' not found") },
	"toolong": func(o *out, _ llm.Completion) { o.fail(400, "the input length exceeds the context length") },
	"ansi": func(o *out, _ llm.Completion) {
		o.fail(400, "\x1b[31mred\x1b[0m \x1b]0;title\x07al\u202eert\r\n\x00"+strings.Repeat("long ", 1000))
	},
	// Whole answers of a strange size: none, 1 MB in one line, more than 8 MB.
	"empty": func(o *out, _ llm.Completion) { o.end("stop", llm.Usage{PromptTokens: 1}) },
	"huge": func(o *out, c llm.Completion) {
		o.line(map[string]any{"response": strings.Repeat("y", 1<<20)})
		o.end("stop", c.Usage)
	},
	"flood": func(o *out, _ llm.Completion) {
		for o.line(map[string]any{"response": strings.Repeat("z", 1<<16)}) {
		}
	},
	// Answers that end in another way than by "stop".
	"length": func(o *out, c llm.Completion) {
		o.chunks(c)
		o.end("length", c.Usage)
	},
	"noreason": func(o *out, c llm.Completion) {
		o.chunks(c)
		o.end("", c.Usage)
	},
	"unload": func(o *out, c llm.Completion) {
		o.chunks(c)
		o.end("unload", c.Usage)
	},
	// One token again and again until the server has enough and says nothing more.
	"loop": func(o *out, _ llm.Completion) {
		for range 31 {
			o.line(map[string]any{"response": " no"})
		}
	},
	// The answer after thinking: in its own field, in the text, in the text
	// without an end.
	"think": func(o *out, c llm.Completion) {
		o.line(map[string]any{"response": "", "thinking": "hmm, 42?", "logprobs": wire([]llm.Token{{
			Alternative: llm.Alternative{Text: "hmm, 42?", Logprob: -1}}})})
		o.good(c)
	},
	"thinktext": func(o *out, c llm.Completion) {
		o.chunks(Say("<think> hmm, 42? </think>\n\n"))
		o.good(c)
	},
	"thinkopen": func(o *out, c llm.Completion) {
		o.chunks(Say("<think> hmm, 42?"))
		o.good(c)
	},
	// These go wrong before there is a prompt.
	"loadhang": (*out).good,
	"loadfail": (*out).good,
	"showfail": (*out).good,
}

const busy = "server busy, please try again.  maximum pending requests exceeded"

// Modes are the names of all ways to misbehave, sorted.
func Modes() []string {
	var names []string
	for name := range faults {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func behave(o *out, mode string, c llm.Completion) {
	if fault, ok := faults[mode]; ok {
		fault(o, c)
		return
	}
	o.good(c)
}

// out writes one answer.
type out struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	model  string
}

// good is the whole answer.
func (o *out) good(c llm.Completion) {
	o.chunks(c)
	reason := c.Stop
	if reason == "" {
		reason = llm.Stop
	}
	o.end(string(reason), c.Usage)
}

// chunks sends the text in pieces: its tokens, or else its words.
func (o *out) chunks(c llm.Completion) {
	if len(c.Tokens) == 0 {
		for _, w := range words(c.Text) {
			o.line(map[string]any{"response": w})
		}
		return
	}
	// A character in several tokens goes out with the last of them. A stop text
	// may have taken a part of the last token away.
	rest, from := c.Text, 0
	for i, size := 0, 0; i < len(c.Tokens); i++ {
		size += len(c.Tokens[i].Text)
		piece := rest[:min(len(rest), size)]
		if i == len(c.Tokens)-1 {
			piece = rest
		} else if !utf8.ValidString(piece) {
			continue
		}
		o.line(map[string]any{"response": piece, "logprobs": wire(c.Tokens[from : i+1])})
		rest, from, size = rest[len(piece):], i+1, 0
	}
}

// half sends the first half of the text.
func (o *out) half(c llm.Completion) {
	o.line(map[string]any{"response": c.Text[:len(c.Text)/2]})
}

func (o *out) end(reason string, u llm.Usage) {
	m := map[string]any{"response": "", "done": true, "prompt_eval_count": u.PromptTokens, "eval_count": u.CompletionTokens}
	if reason != "" {
		m["done_reason"] = reason
	}
	o.line(m)
}

func (o *out) fail(status int, words string) { writeError(o.w, status, words) }

// once fails at the first call of a server and answers well afterwards.
func (o *out) once(mode string, status int, words string, c llm.Completion) {
	o.server.mu.Lock()
	before := o.server.failed[mode]
	o.server.failed[mode] = true
	o.server.mu.Unlock()
	if before {
		o.good(c)
	} else {
		o.fail(status, words)
	}
}

// line sends one chunk; it is false when the client has left.
func (o *out) line(m map[string]any) bool {
	m["model"] = o.model
	m["created_at"] = time.Unix(0, 0).UTC()
	if _, ok := m["done"]; !ok {
		m["done"] = false
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // such as a log-probability of NaN
	}
	return o.write(string(b) + "\n")
}

func (o *out) write(s string) bool {
	o.w.Header().Set("Content-Type", "application/x-ndjson")
	if _, err := o.w.Write([]byte(s)); err != nil {
		o.left()
		return false
	}
	o.w.(http.Flusher).Flush()
	return true
}

// wait is false when the client has left, or the test ended, within d.
func (o *out) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-o.r.Context().Done():
		o.left()
	case <-o.server.closed:
	}
	return false
}

func (o *out) hang() { o.wait(time.Hour) }

func (o *out) left() {
	o.server.mu.Lock()
	defer o.server.mu.Unlock()
	o.server.gone = append(o.server.gone, time.Now())
}

// wire puts tokens in the shape of the API, whose texts are JSON strings: the
// bytes of a split character survive only in "bytes".
func wire(tokens []llm.Token) []map[string]any {
	one := func(a llm.Alternative) map[string]any {
		raw := make([]int, len(a.Text))
		for i := range len(a.Text) {
			raw[i] = int(a.Text[i])
		}
		return map[string]any{"token": a.Text, "logprob": a.Logprob, "bytes": raw}
	}
	var list []map[string]any
	for _, t := range tokens {
		m := one(t.Alternative)
		var top []map[string]any
		for _, a := range t.Top {
			top = append(top, one(a))
		}
		if top != nil {
			m["top_logprobs"] = top
		}
		list = append(list, m)
	}
	return list
}
