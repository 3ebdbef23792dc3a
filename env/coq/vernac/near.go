package vernac

import (
	"cmp"
	"slices"
	"strings"
)

// near are the names most like the one that was asked for, at most five.
// Modules before them don't count.
func near(name string, names []string) []string {
	type guess struct {
		name string
		far  int
	}
	var list []guess
	name = strings.ToLower(last(name))
	limit := max(2, len(name)/3)
	for _, n := range names {
		far, plain := limit+1, strings.ToLower(last(n))
		if d := len(plain) - len(name); -limit <= d && d <= limit && len(plain) <= 100 {
			far = distance(name, plain)
		}
		if len(name) >= 3 && strings.Contains(plain, name) {
			far = min(far, limit)
		}
		if far <= limit {
			list = append(list, guess{n, far})
		}
	}
	slices.SortStableFunc(list, func(a, b guess) int { return cmp.Compare(a.far, b.far) })
	var out []string
	for _, g := range list[:min(5, len(list))] {
		out = append(out, g.name)
	}
	return out
}

// last is the name without the modules before it.
func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// distance is the number of bytes to insert, remove or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
