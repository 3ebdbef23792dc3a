package main

import (
	"fmt"
	"io"
	"math"
)

// comparison is how two measurements of the same lemmas differ.
type comparison struct {
	both, neither int
	onlyA, onlyB  []record
	alone         int // lemmas of one file that the other one lacks
}

func compareFiles(out io.Writer, a, b string) error {
	as, _, err := readRecords(a)
	if err != nil {
		return err
	}
	bs, _, err := readRecords(b)
	if err != nil {
		return err
	}
	c := compare(latest(as), latest(bs))
	fmt.Fprintf(out, "A: %s (%s)\nB: %s (%s)\n", a, setting(as), b, setting(bs))
	for _, part := range []struct {
		name string
		list []record
	}{{"A", c.onlyA}, {"B", c.onlyB}} {
		for _, r := range part.list {
			fmt.Fprintf(out, "only %s: %s %s: %s\n", part.name, r.Stratum, r.id(), line(r.Script))
		}
	}
	n := c.both + c.neither + len(c.onlyA) + len(c.onlyB)
	fmt.Fprintf(out, "%d lemmas: A proved %d, B %d; both %d, only A %d, only B %d, neither %d\n",
		n, c.both+len(c.onlyA), c.both+len(c.onlyB), c.both, len(c.onlyA), len(c.onlyB), c.neither)
	if c.alone > 0 {
		fmt.Fprintf(out, "left out: %d that are in one file only\n", c.alone)
	}
	fmt.Fprintf(out, "McNemar's exact test, two-sided: p = %.4g\n", mcnemar(len(c.onlyA), len(c.onlyB)))
	return nil
}

func setting(list []record) string {
	if len(list) == 0 {
		return "empty"
	}
	return line(list[0].Setting)
}

func compare(as, bs []record) (c comparison) {
	other := map[string]record{}
	for _, b := range bs {
		other[b.id()] = b
	}
	for _, a := range as {
		b, ok := other[a.id()]
		delete(other, a.id())
		switch {
		case !ok:
			c.alone++
		case a.Verified && b.Verified:
			c.both++
		case a.Verified:
			c.onlyA = append(c.onlyA, a)
		case b.Verified:
			c.onlyB = append(c.onlyB, b)
		default:
			c.neither++
		}
	}
	c.alone += len(other)
	return c
}

// mcnemar is the probability that two ways of equal strength differ at least as
// much as a successes of the one alone and b of the other alone say.
func mcnemar(a, b int) float64 {
	n := a + b
	whole, _ := math.Lgamma(float64(n) + 1)
	sum := 0.0
	for k := range min(a, b) + 1 {
		x, _ := math.Lgamma(float64(k) + 1)
		y, _ := math.Lgamma(float64(n-k) + 1)
		sum += math.Exp(whole - x - y - float64(n)*math.Ln2)
	}
	return min(1, 2*sum)
}
