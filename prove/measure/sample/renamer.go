package sample

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// Renamer changes the names of a file as Rename does, and leaves those alone
// without which Coq refuses the file.
type Renamer struct {
	// Check says whether Coq accepts a text: a *RefusedError if it does not. It
	// sees the whole file, with all proofs.
	Check func(ctx context.Context, text string) error
	// Most is how often Check may be called for a file; 0 means 40. Names of
	// which it isn't known by then that they may be changed are kept.
	Most int
}

// Renamed is a file with other names.
type Renamed struct {
	Text string
	// Names are those that changed, in the order of their definitions, and Kept
	// those for which it was tried in vain.
	Names, Kept []string
	plan        *renaming
}

// New is the name that was given to one of the file; it may be the same.
func (r Renamed) New(name string) string {
	if slices.Contains(r.Names, name) {
		return r.plan.fresh[name]
	}
	return name
}

// Count says how many names occur in a statement of the file as it was, without
// those that it binds itself, and how many of them have changed.
func (r Renamed) Count(statement string) (names, changed int) {
	return r.plan.count(statement, r.Names)
}

// Rename finds a largest set of names by halves: a set that Coq refuses is cut
// in two, and each part is added to what is already known to be good. Where Coq
// tells the place, the names of that sentence are one of the parts.
func (r Renamer) Rename(ctx context.Context, text string) (Renamed, error) {
	f, err := vernac.Parse("", text)
	if err != nil {
		return Renamed{}, fmt.Errorf("names can't be changed: %w", err)
	}
	s := halving{Renamer: r, plan: newRenaming(f)}
	if s.Most == 0 {
		s.Most = 40
	}
	if err := s.add(ctx, s.plan.candidates); err != nil {
		return Renamed{}, err
	}
	return s.plan.with(s.good), nil
}

// with is the file with some names changed.
func (n *renaming) with(names []string) Renamed {
	d := Renamed{plan: n}
	for _, name := range n.candidates {
		if slices.Contains(names, name) {
			d.Names = append(d.Names, name)
		} else {
			d.Kept = append(d.Kept, name)
		}
	}
	d.Text = n.apply(d.Names)
	return d
}

type halving struct {
	Renamer
	plan *renaming
	good []string
}

// add tries to change names beside the good ones.
func (s *halving) add(ctx context.Context, names []string) error {
	if len(names) == 0 || s.Most <= 0 {
		return nil
	}
	s.Most--
	all := slices.Concat(s.good, names)
	err := s.Check(ctx, s.plan.apply(all))
	var refused *RefusedError
	switch {
	case err == nil:
		s.good = all
		return nil
	case !errors.As(err, &refused):
		return err
	case len(names) == 1:
		return nil
	}
	first, second := s.cut(names, refused.Line)
	if err := s.add(ctx, first); err != nil {
		return err
	}
	return s.add(ctx, second)
}

// cut puts the names that occur in the sentence at a line last, or the second
// half if that says nothing.
func (s *halving) cut(names []string, line int) (first, second []string) {
	suspect := s.plan.at(line)
	for _, name := range names {
		if suspect[name] {
			second = append(second, name)
		} else {
			first = append(first, name)
		}
	}
	if len(first) == 0 || len(second) == 0 {
		half := len(names) / 2
		return names[:half], names[half:]
	}
	return first, second
}

// at are the words of the sentences that stand in a line.
func (n *renaming) at(line int) map[string]bool {
	found := map[string]bool{}
	for i, s := range n.Sentences {
		from, to := n.lineOf(s.Start), n.lineOf(s.End)
		if from > line || to < line {
			continue
		}
		for _, t := range n.tokens[i] {
			w := t.text(s.Text)
			found[w[lastDot(w)+1:]] = true
			if m := derived.FindStringSubmatch(w); m != nil {
				found[m[1]] = true
			}
		}
	}
	return found
}

// RenameOnly changes those of names that a file defines and that Rename would
// change; Coq is not asked.
func RenameOnly(text string, names []string) (Renamed, error) {
	f, err := vernac.Parse("", text)
	if err != nil {
		return Renamed{}, fmt.Errorf("names can't be changed: %w", err)
	}
	return newRenaming(f).with(names), nil
}
