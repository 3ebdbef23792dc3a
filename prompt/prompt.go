// Package prompt turns states into requests to a model. Whatever stays the
// same during a search stands first in a prompt, so that a server reuses what
// it has read already.
package prompt

import (
	"regexp"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
)

// Style is a way to ask a model about a state.
type Style interface {
	// Step asks for one step.
	Step(s env.State) llm.Request
	// Judge asks whether the goal can still be reached: yes or no.
	Judge(s env.State) llm.Request
	// Choose asks for the label of the best of the listed actions.
	Choose(s env.State, labels, actions []string) llm.Request
}

// Line is for models that complete bare lines, such as the embedded one: a
// state and a line end call for a step, a state and a question mark for yes or
// no.
type Line struct{}

// Step implements Style.
func (Line) Step(s env.State) llm.Request {
	return llm.Request{Raw: true, Prompt: s.String() + "\n", Stop: []string{"\n"}, MaxTokens: 48}
}

// Judge implements Style.
func (Line) Judge(s env.State) llm.Request {
	return llm.Request{Raw: true, Prompt: s.String() + " ?\n", Stop: []string{"\n"}, MaxTokens: 1}
}

// Choose implements Style.
func (Line) Choose(s env.State, labels, actions []string) llm.Request {
	return llm.Request{Raw: true, Prompt: s.String() + "\n" + list(labels, actions) + "= ", MaxTokens: 1}
}

// Chat is for instructed models, through their own template.
type Chat struct {
	// Env explains itself if it is an env.Describer.
	Env env.Environment
}

// Step implements Style.
func (c Chat) Step(s env.State) llm.Request {
	return c.ask(s, "Write the next step and nothing else.", 48, "\n")
}

// Judge implements Style.
func (c Chat) Judge(s env.State) llm.Request {
	return c.ask(s, "Can the goal still be reached from this state? Answer with one word, yes or no.", 1)
}

// Choose implements Style.
func (c Chat) Choose(s env.State, labels, actions []string) llm.Request {
	return c.ask(s, list(labels, actions)+"Which of these steps is the best? Answer with its label and nothing else.", 1)
}

func (c Chat) ask(s env.State, question string, tokens int, stop ...string) llm.Request {
	system := "You solve problems one step at a time."
	if d, ok := c.Env.(env.Describer); ok {
		state, step := d.Example()
		system += " " + d.Rules() + "\n\nExample\nState: " + state + "\nStep: " + step
	}
	return llm.Request{
		System: system, Prompt: "State: " + s.String() + "\n" + question, MaxTokens: tokens, Stop: stop,
	}
}

// Spent is what a reply cost.
func Spent(c llm.Completion) env.Usage {
	u := env.Usage{Calls: 1, PromptTokens: c.Usage.PromptTokens, CompletionTokens: c.Usage.CompletionTokens}
	if c.Known {
		u = env.Usage{CacheHits: 1}
	}
	if c.Key != (llm.Key{}) {
		u.Asked = []string{c.Key.String()}
	}
	return u
}

func list(labels, actions []string) string {
	var b strings.Builder
	for i, a := range actions {
		b.WriteString(labels[i] + ") " + a + "\n")
	}
	return b.String()
}

// ReadStep returns the step in a model's reply: its first line that has text,
// without the decoration that models like: bullets, code fences, a label such
// as "Step:", and emphasis or quotes around the whole. Marks that belong to the
// step stay: h' is another name than h. It is empty if there is no step.
func ReadStep(reply string) string {
	lines := strings.FieldsFunc(reply, func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines {
		if step := plain(line); step != "" {
			return step
		}
	}
	return ""
}

var (
	fence = regexp.MustCompile("^```[[:alpha:]]*$")
	marks = regexp.MustCompile("^[-\\s`*\"']*$")
	// lead is bullets and labels, as many as there are.
	lead = regexp.MustCompile("(?i)^(?:\\s|[-*•]\\s|[*`\"']*(?:next step|step|step \\d+|answer)[*`]*:[*`]*)+")
)

// plain peels a line until nothing changes, so that it says the same of what
// it returns.
func plain(line string) string {
	for was := ""; was != line; {
		was = line
		line = strings.TrimSpace(line)
		for _, mark := range []string{"```", "**", "*", "`", `"`, "'"} {
			inner, ok := strings.CutPrefix(line, mark)
			inner, both := strings.CutSuffix(inner, mark)
			if ok && both && !strings.Contains(inner, mark) {
				line = inner
			}
		}
		line = line[len(lead.FindString(line)):]
	}
	if fence.MatchString(line) || marks.MatchString(line) {
		return ""
	}
	return line
}
