package main

import (
	"cmp"
	"fmt"
	"slices"
	"text/tabwriter"
)

// tally counts the records of a stratum.
type tally struct {
	lemmas, proved, refused, errors int
	names, renamed                  int
	times                           []int64 // of those that were proved
}

func (t *tally) add(r record) {
	t.lemmas++
	t.names += r.Names
	t.renamed += r.Renamed
	switch {
	case r.Error != "":
		t.errors++
	case r.Verified:
		t.proved++
		t.times = append(t.times, r.ElapsedMS)
	case r.Solved:
		t.refused++
	}
}

// table writes what came of it by strata.
func (m *measurement) table(list []record) {
	strata := map[string]*tally{}
	var order []string
	total := &tally{}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b record) int { return cmp.Compare(a.Steps, b.Steps) })
	for _, r := range list {
		if strata[r.Stratum] == nil {
			strata[r.Stratum] = &tally{}
			order = append(order, r.Stratum)
		}
		strata[r.Stratum].add(r)
		total.add(r)
	}
	fmt.Fprintf(m.out, "%s\n", m.String())
	w := tabwriter.NewWriter(m.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "stratum\tlemmas\tproved\tcoqc refused\terrors\tmedian time\t")
	if m.rename {
		fmt.Fprint(w, "names changed\t")
	}
	fmt.Fprintln(w)
	for _, name := range order {
		strata[name].row(w, name, m.rename)
	}
	total.row(w, "all", m.rename)
	w.Flush()
}

func (t *tally) row(w *tabwriter.Writer, name string, renamed bool) {
	median := "-"
	if n := len(t.times); n > 0 {
		slices.Sort(t.times)
		median = fmt.Sprintf("%.1fs", float64(t.times[n/2])/1000)
	}
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t", name, t.lemmas, t.proved, t.refused, t.errors, median)
	if renamed {
		fmt.Fprintf(w, "%d of %d\t", t.renamed, t.names)
	}
	fmt.Fprintln(w)
}
