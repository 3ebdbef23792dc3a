package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/prove/measure/sample"
)

// item is a theorem to be searched.
type item struct {
	record // what is known of it before
	// read takes its file apart, and completes the record.
	read func(ctx context.Context, r *record) (*vernac.File, vernac.Hole, []string, error)
}

// items are those of the set.
func (m *measurement) items(ctx context.Context) ([]item, error) {
	var list []item
	var err error
	if m.set == "false" {
		list = falseItems()
	} else if list, err = m.drawnItems(ctx); err != nil {
		return nil, err
	}
	if m.only == "" {
		return list, nil
	}
	var chosen []item
	for _, x := range list {
		if m.only == x.Name || m.only == x.id() || strings.HasSuffix(x.Name, "."+m.only) {
			chosen = append(chosen, x)
		}
	}
	if len(chosen) == 0 {
		return nil, badUsage("there is no %q among the %d; -list tells them, such as %s", m.only, len(list), list[0].id())
	}
	return chosen, nil
}

func (m *measurement) drawnItems(ctx context.Context) ([]item, error) {
	root, err := sample.Root(ctx)
	if err != nil {
		return nil, err
	}
	set, err := sample.Draw(root, m.per, m.skip)
	if err != nil {
		return nil, err
	}
	var list []item
	for _, l := range set {
		x := item{record: record{File: l.File, Name: l.Full(), Stratum: sample.Strata[l.Stratum()].String(), Steps: l.Steps}}
		x.read = func(ctx context.Context, r *record) (*vernac.File, vernac.Hole, []string, error) {
			f, h, flags, err := l.Read(root)
			if err != nil || !m.rename {
				return f, h, flags, err
			}
			return m.renamed(ctx, l, f, h, r)
		}
		list = append(list, x)
	}
	return list, nil
}

// renamed is the lemma in its file with other names.
func (m *measurement) renamed(ctx context.Context, l sample.Lemma, f *vernac.File, h vernac.Hole, r *record) (*vernac.File, vernac.Hole, []string, error) {
	other, err := m.names.rename(ctx, l.File, f.Text)
	if err != nil {
		return nil, h, nil, fmt.Errorf("renaming: %w", err)
	}
	r.Names, r.Renamed = other.Count(f.Theorems[h.Theorem].Statement)
	r.NewName = other.New(l.Name)
	g, err := vernac.Parse(f.Path, other.Text)
	if err != nil {
		return nil, h, nil, fmt.Errorf("renaming: %w", err)
	}
	// What stands where does not change, and the name may be that of two now.
	h.Name = g.Theorems[h.Theorem].Name
	return g, h, sample.Flags(l.File), nil
}

func falseItems() []item {
	var list []item
	for _, t := range sample.False() {
		x := item{record: record{File: "false.v", Name: t.Name, Stratum: t.What}}
		x.read = func(context.Context, *record) (*vernac.File, vernac.Hole, []string, error) {
			f, err := vernac.Parse(t.Name+".v", t.Text)
			if err != nil {
				return nil, vernac.Hole{}, nil, err
			}
			h, err := f.Redo(t.Name)
			return f, h, nil, err
		}
		list = append(list, x)
	}
	return list
}
