package coq

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
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
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "coqc does not accept the file: " + e.Reason }

// Check has coqc read text, which stands for the file f with the proof of its
// theorem number n put in. The error is a *RefusedError if the proof does not
// count, a *ide.MissingError without coqc.
func (j Judge) Check(ctx context.Context, f *vernac.File, n int, text string) (Verdict, error) {
	began := time.Now()
	name := cmp.Or(f.Theorems[n].Name, "Unnamed_thm")
	out, err := j.ask(ctx, f.Path, n, text, "Print Assumptions "+name+".")
	if err != nil {
		return Verdict{}, err
	}
	axioms, err := assumptions(out)
	v := Verdict{Axioms: axioms, Elapsed: time.Since(began)}
	if err != nil {
		return v, err
	}
	left := without(axioms, j.Allow)
	for _, excuse := range []func(context.Context, *vernac.File, int, string, []string) ([]string, error){j.given, j.parameters, j.present} {
		if len(left) == 0 {
			break
		}
		excused, err := excuse(ctx, f, n, text, left)
		if err != nil {
			return v, err
		}
		left = without(left, excused)
	}
	v.Elapsed = time.Since(began)
	if len(left) > 0 {
		return v, &RefusedError{fmt.Sprintf(
			"the proof rests on %s, which its statement does not; --allow-axiom %s accepts that", strings.Join(left, ", "), left[0])}
	}
	return v, nil
}

// Marks around what is asked of coqc, which may say other things too.
const (
	markBegin = "ponder_asks_here"
	markEnd   = "ponder_asked_here"
)

// ask compiles a text with a question behind the proof of theorem n, where all
// names mean what they do in the proof, and returns the answer.
func (j Judge) ask(ctx context.Context, path string, n int, text, question string) (string, error) {
	filled, err := vernac.Parse(path, text)
	if err != nil {
		return "", &RefusedError{err.Error()}
	}
	if n >= len(filled.Theorems) || filled.Theorems[n].Last < 0 {
		return "", &RefusedError{"the proof has no end"}
	}
	at := filled.Sentences[filled.Theorems[n].Last].End
	out, err := j.compile(ctx, path, text[:at]+"\nLocate "+markBegin+".\n"+question+"\nLocate "+markEnd+".\n"+text[at:])
	if err != nil {
		return "", err
	}
	_, out, _ = strings.Cut(out, markBegin)
	out, _, ok := strings.Cut(out, markEnd)
	if !ok {
		return "", &RefusedError{"it does not answer: " + question}
	}
	if i := strings.LastIndex(out, "\n"); i >= 0 {
		out = out[:i] // the beginning of the line of the second mark
	}
	return out, nil
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
	out, err := j.ask(ctx, f.Path, n, f.Text, "Print Assumptions "+cmp.Or(f.Theorems[n].Name, "Unnamed_thm")+".")
	var refused *RefusedError
	if errors.As(err, &refused) {
		return nil, nil // what can't be compiled as it is excuses nothing
	}
	if err != nil {
		return nil, err
	}
	return assumptions(out)
}

// given are the axioms that the statement itself rests on.
func (j Judge) given(ctx context.Context, f *vernac.File, n int, _ string, _ []string) ([]string, error) {
	t := f.Theorems[n]
	binders, typ, ok := splitStatement(t.Statement)
	if !ok {
		return nil, nil
	}
	st := "Definition ponder_statement : Type := "
	if binders != "" {
		st += "forall " + binders + ", "
	}
	st += "(" + typ + ")."
	begin := f.Sentences[t.Stated].Start
	question := st + "\nLocate " + markBegin + ".\nPrint Assumptions ponder_statement.\n"
	out, err := j.compile(ctx, f.Path, f.Text[:begin]+question+ends(f, n))
	var refused *RefusedError
	if errors.As(err, &refused) {
		return nil, nil // it can't be stated alone: then nothing is given
	}
	if err != nil {
		return nil, err
	}
	_, out, _ = strings.Cut(out, markBegin)
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

func without(all, but []string) []string {
	var out []string
	for _, a := range all {
		if !slices.ContainsFunc(but, func(b string) bool { return a == b || strings.HasSuffix(a, "."+b) }) {
			out = append(out, a)
		}
	}
	return out
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
		return nil, &RefusedError{"it does not tell the axioms of the proof: " + canonical(out)}
	}
	var axioms []string
	for _, line := range strings.Split(list, "\n") {
		if strings.Contains(line, "is assumed to be") || strings.Contains(line, "relies on") {
			return nil, &RefusedError{strings.TrimSpace(line)}
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
	limit := j.Time
	if limit == 0 {
		limit = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := ide.Compiler{Flags: j.Flags, Dir: cmp.Or(j.Dir, "."), Memory: cmp.Or(j.Memory, 6<<30)}.Compile(ctx, path, text)
	var refused *ide.Refusal
	if errors.As(err, &refused) {
		return "", &RefusedError{canonical(refused.Text)}
	}
	return out, err
}
