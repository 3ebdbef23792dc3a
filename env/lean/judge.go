package lean

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env"

	"github.com/ponder-mcts/ponder/env/child"
)

// Judge decides whether a file with a hole filled is proved. It shares nothing
// with the search: it compiles a copy of the file with Lean and asks on which
// axioms the theorem rests.
type Judge struct {
	cfg  Config
	file *File
	hole Hole
}

// NewJudge makes the judge of a hole. Lean not being there is a *MissingError.
func NewJudge(c Config, f *File, h Hole) (*Judge, error) {
	if err := f.check(h); err != nil {
		return nil, err
	}
	if !declarations[h.Kind] {
		return nil, &env.InputError{Input: h.Label(), Reason: "only the sorry of a theorem, lemma, example, def or instance can be filled", Example: sample}
	}
	c = c.withDefaults(f.Path)
	if len(c.Lean) == 0 {
		var err error
		if c.Lean, err = leanCommand(c.Dir); err != nil {
			return nil, err
		}
	}
	return &Judge{cfg: c, file: f, hole: h}, nil
}

// Verify returns nil if text is the judge's file with nothing changed but the
// hole, if it holds nothing in its place that Guard refuses, if Lean compiles it
// without an error and without a sorry in this declaration, and if the declaration
// rests on no axioms but propext, Classical.choice, Quot.sound and those of
// Config. Otherwise it says what is wrong.
func (j *Judge) Verify(ctx context.Context, text string) error {
	if err := j.sameButHole(text); err != nil {
		return fmt.Errorf("%s is not proved: %w", j.hole.Label(), err)
	}
	copied, name, line := j.question(text)
	messages, err := j.compile(ctx, copied)
	if err != nil {
		return fmt.Errorf("%s could not be judged: %w", j.hole.Label(), err)
	}
	first, last := j.lines(text)
	if err := j.verdict(messages, name, line, first, last); err != nil {
		return fmt.Errorf("%s is not proved: %w", j.hole.Label(), err)
	}
	return nil
}

// Compiles reports the first error of the file as it is, its sorries allowed: a
// proof of the hole can't be verified before it compiles.
func (j *Judge) Compiles(ctx context.Context) error {
	messages, err := j.compile(ctx, j.file.Text)
	if err != nil {
		return fmt.Errorf("%s: %w", j.file.Path, err)
	}
	if err := firstError(messages); err != nil {
		return fmt.Errorf("%s does not compile: %w", j.file.Path, err)
	}
	return nil
}

// sameButHole holds the text against the file.
func (j *Judge) sameButHole(text string) error {
	head, tail := j.file.Text[:j.file.start(j.hole)], j.file.Text[j.hole.End:]
	if len(text) < len(head)+len(tail) || !strings.HasPrefix(text, head) || !strings.HasSuffix(text, tail) {
		return errors.New("the text differs from the file in more than the hole")
	}
	filled := text[len(head) : len(text)-len(tail)]
	return guard(strings.ReplaceAll(filled, "\r\n", "\n"))
}

// question is the text with #print axioms appended, the name it asks for, and the
// line where it asks. A declaration without a name is given one.
func (j *Judge) question(text string) (copied, name string, line int) {
	c := j.file.commands[j.hole.command]
	name = c.name
	if name == "" {
		name = "ponder_" + digest(j.file.Text)[:12]
		text = j.christen(text, c, name)
		name = full(c.namespace, name)
	}
	copied = strings.TrimRight(text, " \n") + "\n\n#print axioms " + name + "\n"
	return copied, name, strings.Count(copied, "\n")
}

// christen gives the example or instance of a command a name. The hole is in its
// body, so that all that stands before is as it was in the file.
func (j *Judge) christen(text string, c command, name string) string {
	keyword := j.file.tokens[c.keyword]
	at := keyword.end
	if c.kind == "example" {
		return text[:keyword.start] + "def " + name + text[at:]
	}
	for i := c.keyword + 1; i+1 < c.end && j.file.tokens[c.keyword+1].is("(") && j.file.tokens[c.keyword+2].is("priority"); i++ {
		if j.file.tokens[i].is(")") {
			at = j.file.tokens[i].end
			break
		}
	}
	return text[:at] + " " + name + text[at:]
}

// lines are the first and the last line of the declaration in a filled text.
func (j *Judge) lines(text string) (first, last int) {
	c := j.file.commands[j.hole.command]
	start := j.file.tokens[c.first].start
	end := j.file.tokens[c.end-1].end + len(text) - len(j.file.Text)
	return 1 + strings.Count(text[:start], "\n"), 1 + strings.Count(text[:end], "\n")
}

// compile runs Lean over a text in a temporary folder.
func (j *Judge) compile(ctx context.Context, text string) ([]diagnostic, error) {
	dir, err := os.MkdirTemp("", "ponder-lean-")
	if err != nil {
		return nil, fmt.Errorf("a folder for the judge: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "Judged.lean")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("the judge's copy: %w", err)
	}
	argv := append(slices.Clone(j.cfg.Lean), "--json", path)
	stdout, stderr, err := run(ctx, argv, j.cfg.Dir, j.cfg.JudgeTime)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, fmt.Errorf("%s: %w", strings.Join(j.cfg.Lean, " "), err)
	}
	messages, bad := diagnostics(stdout)
	switch {
	case bad != nil:
		return nil, fmt.Errorf("%w; it wrote to stderr: %s", bad, child.Shorten(stderr, 500))
	case err != nil && firstError(messages) == nil:
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(j.cfg.Lean, " "), err, child.Shorten(stderr, 500))
	}
	return messages, nil
}

// diagnostic is a line of lean --json.
type diagnostic struct {
	Severity string   `json:"severity"` // error, warning, information
	Pos      *linecol `json:"pos"`
	Data     *string  `json:"data"`
	Kind     string   `json:"kind"`
}

// diagnostics reads the output of lean --json strictly.
func diagnostics(out string) ([]diagnostic, error) {
	var list []diagnostic
	for line := range strings.Lines(out) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var d diagnostic
		if err := json.NewDecoder(bytes.NewReader([]byte(line))).Decode(&d); err != nil || d.Pos == nil || d.Data == nil {
			return nil, fmt.Errorf("lean --json wrote something else than messages: %s", child.Excerpt([]byte(line)))
		}
		list = append(list, d)
	}
	return list, nil
}

func firstError(messages []diagnostic) error {
	for _, d := range messages {
		if d.Severity != "warning" && d.Severity != "information" {
			return fmt.Errorf("line %d, column %d: %s", d.Pos.Line, d.Pos.Column+1, child.Shorten(*d.Data, 300))
		}
	}
	return nil
}

// verdict judges Lean's messages: name was asked for on a line, and the
// declaration stands on the lines from first to last.
func (j *Judge) verdict(messages []diagnostic, name string, line, first, last int) error {
	if err := firstError(messages); err != nil {
		return err
	}
	var answers []string
	for _, d := range messages {
		switch {
		case d.Pos.Line == line && d.Severity == "information":
			answers = append(answers, *d.Data)
		case first <= d.Pos.Line && d.Pos.Line <= last && usesSorry(d):
			return fmt.Errorf("line %d: %s", d.Pos.Line, child.Shorten(*d.Data, 200))
		}
	}
	if len(answers) != 1 {
		return fmt.Errorf("#print axioms %s got %d answers from Lean", name, len(answers))
	}
	axioms, err := readAxioms(answers[0], name, j.file.commands[j.hole.command].private)
	if err != nil {
		return err
	}
	for _, a := range axioms {
		if !slices.Contains(logic, a) && !slices.Contains(j.cfg.Axioms, a) {
			return fmt.Errorf("it rests on the axiom %s, which is not allowed", a)
		}
	}
	return nil
}

// logic are the axioms of Lean's own logic.
var logic = []string{"propext", "Classical.choice", "Quot.sound"}

func usesSorry(d diagnostic) bool {
	return d.Kind == "hasSorry" || strings.Contains(*d.Data, "declaration uses 'sorry'") ||
		strings.Contains(*d.Data, "declaration uses `sorry`")
}

var (
	noAxioms = regexp.MustCompile(`^'([^\n]+)' does not depend on any axioms$`)
	axiomsOf = regexp.MustCompile(`^'([^\n]+)' depends on axioms: \[([^\[\]]+)\]$`)
)

// readAxioms reads the answer to #print axioms. The name of a private
// declaration may come with its module in front.
func readAxioms(answer, name string, private bool) ([]string, error) {
	answer = strings.TrimSpace(answer)
	list, m := "", noAxioms.FindStringSubmatch(answer)
	if m == nil {
		if m = axiomsOf.FindStringSubmatch(answer); m == nil {
			return nil, fmt.Errorf("#print axioms %s got an answer of an unknown form: %s", name, child.Excerpt([]byte(answer)))
		}
		list = m[2]
	}
	if m[1] != name && !(private && strings.HasPrefix(m[1], "_private.") && strings.HasSuffix(m[1], "."+name)) {
		return nil, fmt.Errorf("#print axioms %s got an answer for %s", name, child.Excerpt([]byte(m[1])))
	}
	if list == "" {
		return nil, nil
	}
	var axioms []string
	for a := range strings.SplitSeq(list, ",") {
		a = strings.TrimSpace(a)
		if a == "" || nameEnd(a) != len(a) {
			return nil, fmt.Errorf("#print axioms %s got an answer of an unknown form: %s", name, child.Excerpt([]byte(answer)))
		}
		axioms = append(axioms, a)
	}
	return axioms, nil
}
