package ask_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/prove/ask"
)

// A model that runs in a circle must not stop the search: only the beginning
// of a long reply is read, and it is not copied again and again.
func TestSplitLong(t *testing.T) {
	const most = 1 << 14
	for _, circle := range []string{
		"a\n", "a. ", ".", ". ", "- ", "1. ", "1. a\n", "(* ", "(a\n", "`", "```\n", "`a` b\n", "· ", "· a\n", " a\n", "\"", "by\n", "(",
		"\n", "/-", "Step: ", "theorem\n", "[\"", "[\"a\",",
	} {
		reply := strings.Repeat(circle, most/len(circle)+1)
		for _, l := range []ask.Language{ask.Coq, ask.Lean} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := l.Split(reply, false)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 500*most {
				t.Errorf("%v, %q again and again: %d bytes allocated for %d", l, circle, used, len(reply))
			}
			if !slices.Equal(got, l.Split(reply+reply, false)) {
				t.Errorf("%v, %q again and again: twice as much has other tactics", l, circle)
			}
		}
	}
}
