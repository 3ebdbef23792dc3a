package ask

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// entry is a part of a prompt that can be left out.
type entry struct {
	place int // among those of its kind, where it is printed
	text  string
}

// draft is what a prompt says about a state before it is cut to size. Entries
// of a kind are in the order of their importance.
type draft struct {
	language Language

	examples, lemmas, definitions, steps, hyps, failures []entry

	concl string                    // of the first goal
	more  int                       // goals beside the first
	gone  struct{ steps, hyps int } // how many lines of these are left out
}

// least is how much of the goal is kept, whatever the budget.
const least = 80

// cuts say in which order a draft loses what it has: down to so many of a kind,
// then on to the next line.
var cuts = []struct {
	kind func(*draft) *[]entry
	keep int
}{
	{examples, 2}, {lemmas, 8}, {definitions, 2}, {failures, 3}, {steps, 8},
	{examples, 1}, {lemmas, 4}, {definitions, 1}, {hyps, 24}, {failures, 1}, {steps, 3},
	{examples, 0}, {lemmas, 1}, {definitions, 0}, {hyps, 8}, {steps, 0}, {failures, 0}, {lemmas, 0}, {hyps, 0},
}

func examples(d *draft) *[]entry    { return &d.examples }
func lemmas(d *draft) *[]entry      { return &d.lemmas }
func definitions(d *draft) *[]entry { return &d.definitions }
func steps(d *draft) *[]entry       { return &d.steps }
func hyps(d *draft) *[]entry        { return &d.hyps }
func failures(d *draft) *[]entry    { return &d.failures }

// fit prints the draft in at most room characters, if what must stay allows it.
func (d *draft) fit(room int) string {
	text := d.print()
	for _, c := range cuts {
		for kind := c.kind(d); size(text) > room && len(*kind) > c.keep; text = d.print() {
			switch kind {
			case &d.steps:
				d.gone.steps++
			case &d.hyps:
				d.gone.hyps++
			}
			*kind = (*kind)[:len(*kind)-1]
		}
	}
	if over := size(text) - room; over > 0 {
		d.concl = clip(d.concl, max(least, size(d.concl)-over))
		text = d.print()
	}
	return text
}

// print writes a draft, each kind under its own title.
func (d *draft) print() string {
	var b strings.Builder
	section(&b, "Proved before:", "\n\n", d.examples)
	section(&b, "Lemmas that may help:", "\n", d.lemmas)
	section(&b, "Definitions:", "\n", d.definitions)
	section(&b, leftOut("Steps so far", d.gone.steps, "the first %d are left out"), "\n", d.steps)
	title := "Goal"
	if d.more > 0 {
		title = fmt.Sprintf("Goal (and %d more after it)", d.more)
	}
	b.WriteString(leftOut(title, d.gone.hyps, "%d lines of hypotheses are left out") + "\n")
	if text := join("\n", d.hyps); text != "" {
		b.WriteString(text + "\n")
	}
	turnstile := "============================\n"
	if d.language == Lean {
		turnstile = "⊢ "
	}
	b.WriteString(turnstile + d.concl + "\n\n")
	section(&b, "Refused here:", "\n", d.failures)
	return b.String()
}

// leftOut is a title that tells what is missing under it.
func leftOut(title string, n int, words string) string {
	if n > 0 {
		title += ", " + fmt.Sprintf(words, n)
	}
	return title + ":"
}

func section(b *strings.Builder, title, between string, list []entry) {
	if len(list) > 0 {
		b.WriteString(title + "\n" + join(between, list) + "\n\n")
	}
}

// join prints entries where they belong.
func join(between string, list []entry) string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b entry) int { return a.place - b.place })
	var texts []string
	for _, e := range list {
		texts = append(texts, e.text)
	}
	return strings.Join(texts, between)
}

// size is the length of a text in characters.
func size(s string) int { return utf8.RuneCountInString(s) }

// clip cuts a text to n characters.
func clip(s string, n int) string {
	if size(s) <= n {
		return s
	}
	return string([]rune(s)[:max(0, n-1)]) + "…"
}
