package coq

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// Judge decides whether a file with a proof put in holds: a fresh coqc reads all
// of it, and the axioms that the theorem rests on are looked at. It shares
// nothing with the search.
type Judge struct {
	Flags []string
	Dir   string        // where coqc runs; empty means the current directory
	Time  time.Duration // for the whole file; 0 means ten minutes
	// Memory is the most address space of coqc; 0 means 6 GB, twice what a search
	// has: a tactic that only works for want of memory is no proof.
	Memory uint64
	Allow  []string // axioms that a proof may rest on, beside those of its statement
}

// Verdict is what a Judge found.
type Verdict struct {
	Axioms  []string // that the theorem rests on
	Elapsed time.Duration
}

// RefusedError says why a proof does not count.
type RefusedError struct {
	Reason string
	// line and col, from 1, are where coqc finds it in what it was given; 0 where it names
	// no place.
	line, col int
}

func (e *RefusedError) Error() string { return "coqc does not accept the file: " + e.Reason }

// Check has coqc read text, which stands for the file f with the proof of its
// theorem number n put in. The error is a *RefusedError if the proof does not
// count, a *ide.MissingError without coqc.
func (j Judge) Check(ctx context.Context, f *vernac.File, n int, text string) (Verdict, error) {
	began := time.Now()
	if len(f.Theorems[n].Names) == 0 {
		// Its axioms are asked for in a text that is another one.
		filled, err := vernac.Parse(f.Path, text)
		if err != nil {
			return Verdict{}, &RefusedError{Reason: err.Error()}
		}
		if _, err := j.whole(ctx, filled, text); err != nil {
			return Verdict{}, err
		}
	}
	axioms, err := j.axioms(ctx, f.Path, n, text)
	v := Verdict{Axioms: axioms, Elapsed: time.Since(began)}
	if err != nil {
		return v, err
	}
	left := slices.DeleteFunc(slices.Clone(axioms), func(a string) bool {
		return slices.ContainsFunc(j.Allow, func(b string) bool { return a == b || strings.HasSuffix(a, "."+b) })
	})
	for _, excuse := range []func(context.Context, *vernac.File, int, string, []string) ([]string, error){j.given, j.parameters, j.present} {
		if len(left) == 0 {
			break
		}
		excused, err := excuse(ctx, f, n, text, left)
		if err != nil {
			return v, err
		}
		left = slices.DeleteFunc(left, func(a string) bool { return slices.Contains(excused, a) })
	}
	v.Elapsed = time.Since(began)
	if len(left) > 0 {
		return v, &RefusedError{Reason: fmt.Sprintf(
			"the proof rests on %s, which its statement does not; --allow-axiom %s accepts that", strings.Join(left, ", "), left[0])}
	}
	return v, nil
}

// mark is what stands around an answer of coqc, which says other things too: a proof may
// print what it likes, but it can't know this.
func mark() string { return "ponder_" + rand.Text() }

// axioms are those that the theorem number n of a text rests on.
func (j Judge) axioms(ctx context.Context, path string, n int, text string) ([]string, error) {
	filled, err := vernac.Parse(path, text)
	if err != nil {
		return nil, &RefusedError{Reason: err.Error()}
	}
	if n >= len(filled.Theorems) || filled.Theorems[n].Last < 0 {
		return nil, &RefusedError{Reason: "the proof has no end"}
	}
	t := filled.Theorems[n]
	names := t.Names
	if len(names) == 0 {
		// Coq makes a name up for it; this one is known.
		name, end := mark(), filled.Sentences[t.Last]
		names = []string{name}
		text = text[:end.Start] + "Save " + name + "." + text[end.End:]
	}
	var all []string
	for _, name := range names {
		out, err := j.ask(ctx, path, n, text, "Print Assumptions "+name+".")
		if err != nil {
			return nil, err
		}
		some, err := assumptions(out)
		if err != nil {
			return nil, err
		}
		for _, a := range some {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all, nil
}

// ask compiles a text with a question behind the proof of theorem n, where all
// names mean what they do in the proof, and returns the answer.
func (j Judge) ask(ctx context.Context, path string, n int, text, question string) (string, error) {
	filled, err := vernac.Parse(path, text)
	if err != nil {
		return "", &RefusedError{Reason: err.Error()}
	}
	if n >= len(filled.Theorems) || filled.Theorems[n].Last < 0 {
		return "", &RefusedError{Reason: "the proof has no end"}
	}
	at := filled.Sentences[filled.Theorems[n].Last].End
	begin, end := mark(), mark()
	out, err := j.whole(ctx, filled, text[:at]+"\nLocate "+begin+".\n"+question+"\nLocate "+end+".\n"+text[at:])
	if err != nil {
		return "", err
	}
	_, out, _ = strings.Cut(out, begin)
	out, _, ok := strings.Cut(out, end)
	if !ok {
		return "", &RefusedError{Reason: "it does not answer: " + question}
	}
	if i := strings.LastIndex(out, "\n"); i >= 0 {
		out = out[:i] // the beginning of the line of the second mark
	}
	return out, nil
}

// Accepts has coqc read a file as it is: where it finds an error no proof can count. The
// error is a *LoadError then.
func (j Judge) Accepts(ctx context.Context, f *vernac.File) error {
	_, err := j.whole(ctx, f, f.Text)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.line == 0 {
		return err
	}
	bad := &LoadError{Line: refused.line, Reason: refused.Reason}
	for _, s := range f.Sentences {
		if line, col := f.Place(s.Start); line < refused.line || line == refused.line && col <= refused.col {
			bad.Text = s.Text
		}
	}
	return bad
}

// whole compiles a text that ends as f does. What is still open there is closed, if that
// helps: somebody may be writing the file.
func (j Judge) whole(ctx context.Context, f *vernac.File, text string) (string, error) {
	out, err := j.compile(ctx, f.Path, text)
	var refused *RefusedError
	if closing := f.Unclosed(); closing != "" && errors.As(err, &refused) {
		if out, closed := j.compile(ctx, f.Path, text+"\n"+closing+"\n"); !errors.As(closed, &refused) {
			return out, closed
		}
	}
	return out, err
}

// parameters are the axioms among names that are no axioms but parameters of a
// module around the theorem: of a functor, or declared in a module type.
func (j Judge) parameters(ctx context.Context, f *vernac.File, n int, text string, names []string) ([]string, error) {
	unit := strings.TrimSuffix(filepath.Base(f.Path), ".v")
	var within []string // beginnings of what parameters are called in full
	path := unit + "."
	for _, s := range f.Around(f.Theorems[n]) {
		if s.Section {
			continue
		}
		path += s.Name + "."
		for _, p := range s.Parameters {
			within = append(within, p+".")
		}
		if s.Type {
			within = append(within, path)
		}
	}
	if len(within) == 0 {
		return nil, nil
	}
	question := ""
	for _, name := range names {
		question += "Locate " + name + ".\n"
	}
	out, err := j.ask(ctx, f.Path, n, text, question)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range names {
		for _, line := range strings.Split(out, "\n") {
			rest, isConstant := strings.CutPrefix(line, "Constant ")
			path, _, _ := strings.Cut(rest, " ")
			if isConstant && (path == name || strings.HasSuffix(path, "."+name)) &&
				slices.ContainsFunc(within, func(w string) bool { return strings.HasPrefix(path, w) }) {
				found = append(found, name)
			}
		}
	}
	return found, nil
}

// present are the axioms that the proof rests on which is replaced: who has accepted
// them there has accepted them.
func (j Judge) present(ctx context.Context, f *vernac.File, n int, _ string, _ []string) ([]string, error) {
	if t := f.Theorems[n]; t.Last < 0 || t.Ending == "Admitted" || t.Ending == "Abort" {
		return nil, nil
	}
	axioms, err := j.axioms(ctx, f.Path, n, f.Text)
	var refused *RefusedError
	if errors.As(err, &refused) {
		return nil, nil // what can't be compiled as it is excuses nothing
	}
	return axioms, err
}

// given are the axioms that the statement itself rests on.
func (j Judge) given(ctx context.Context, f *vernac.File, n int, _ string, _ []string) ([]string, error) {
	t := f.Theorems[n]
	binders, typ, ok := splitStatement(t.Statement)
	if t.Kind == "Goal" {
		binders, typ, ok = "", t.Statement, true
	}
	if !ok {
		return nil, nil
	}
	st := "Definition ponder_statement : Type := "
	if binders != "" {
		st += "forall " + binders + ", "
	}
	st += "(" + typ + ")."
	begin, asked := f.Sentences[t.Stated].Start, mark()
	question := st + "\nLocate " + asked + ".\nPrint Assumptions ponder_statement.\n"
	out, err := j.compile(ctx, f.Path, f.Text[:begin]+question+ends(f, n))
	var refused *RefusedError
	if errors.As(err, &refused) {
		return nil, nil // it can't be stated alone: then nothing is given
	}
	if err != nil {
		return nil, err
	}
	_, out, _ = strings.Cut(out, asked)
	axioms, err := assumptions(out)
	if slices.ContainsFunc(axioms, func(a string) bool { return strings.HasPrefix(a, "ClassicalDedekindReals.") }) {
		axioms = append(axioms, realAxioms...)
	}
	return axioms, err
}

// realAxioms are what the theory of Coq's real numbers rests on: whoever states
// something of them has accepted all three.
var realAxioms = []string{
	"ClassicalDedekindReals.sig_forall_dec", "ClassicalDedekindReals.sig_not_dec",
	"FunctionalExtensionality.functional_extensionality_dep",
}

// ends closes what is open around a theorem, for coqc wants no open section at
// the end of a file.
func ends(f *vernac.File, n int) string {
	out := ""
	for _, s := range slices.Backward(f.Around(f.Theorems[n])) {
		out += "End " + s.Name + ".\n"
	}
	return out
}

// splitStatement cuts "(n : nat) : n = n" at the colon between its parts.
func splitStatement(s string) (binders, typ string, ok bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			depth--
		case ':':
			if depth == 0 && !strings.HasPrefix(s[i:], ":=") {
				return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:]), true
			}
		}
	}
	return "", "", false
}

// assumptions reads the answer to Print Assumptions.
func assumptions(out string) ([]string, error) {
	const closed, variables, begin = "Closed under the global context", "Section Variables:", "Axioms:"
	if strings.Contains(out, closed) {
		return nil, nil
	}
	_, list, ok := strings.Cut(out, begin)
	if !ok {
		if strings.Contains(out, variables) {
			return nil, nil
		}
		return nil, &RefusedError{Reason: "it does not tell the axioms of the proof: " + canonical(out)}
	}
	var axioms []string
	for _, line := range strings.Split(list, "\n") {
		if strings.Contains(line, "is assumed to be") || strings.Contains(line, "relies on") {
			return nil, &RefusedError{Reason: strings.TrimSpace(line)}
		}
		if line == "" || line[0] == ' ' || line[0] == '\t' || line[0] == ':' {
			continue // a type goes on
		}
		name, _, _ := strings.Cut(line, ":")
		axioms = append(axioms, strings.TrimSpace(name))
	}
	return axioms, nil
}

// compile runs coqc on a text under the name of a file, in a folder of its own.
func (j Judge) compile(ctx context.Context, path, text string) (string, error) {
	limit := cmp.Or(j.Time, 10*time.Minute)
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := ide.Compiler{Flags: j.Flags, Dir: cmp.Or(j.Dir, "."), Memory: cmp.Or(j.Memory, 6<<30)}.Compile(within, path, text)
	var refused *ide.Refusal
	switch {
	case errors.As(err, &refused):
		return "", complaint(refused.Text)
	case err != nil && within.Err() != nil && ctx.Err() == nil:
		return "", &RefusedError{Reason: fmt.Sprintf("it takes longer than %v to compile", limit)}
	}
	return out, err
}

// place is where coqc finds an error.
var place = regexp.MustCompile(`File "[^"\n]*", line (\d+), characters (\d+)-\d+:\n$`)

// complaint is the error among all that coqc said.
func complaint(text string) *RefusedError {
	i := strings.LastIndex(text, "Error:")
	if i < 0 {
		return &RefusedError{Reason: canonical(text)}
	}
	e := &RefusedError{Reason: canonical(text[i+len("Error:"):])}
	if m := place.FindStringSubmatch(text[:i]); m != nil {
		e.line, _ = strconv.Atoi(m[1])
		e.col, _ = strconv.Atoi(m[2])
		e.col++ // coqc counts from 0
	}
	return e
}
