package vernac

import (
	"cmp"
	"slices"
	"strings"
)

// near are the names most like the one that was asked for, at most five.
func near(name string, names []string) []string {
	type guess struct {
		name string
		far  int
	}
	var list []guess
	limit := max(2, len(name)/3)
	for _, n := range names {
		far := limit + 1
		if d := len(n) - len(name); -limit <= d && d <= limit && len(n) <= 100 {
			far = distance(strings.ToLower(name), strings.ToLower(n))
		}
		if len(name) >= 3 && strings.Contains(strings.ToLower(n), strings.ToLower(name)) {
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
