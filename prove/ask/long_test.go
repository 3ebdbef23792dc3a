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
	for _, circle := range []string{
		"a\n", ". ", "1. a\n", "(* ", "(a\n", "```\n", "`a` b\n", "· ", "· a\n", "\"", "by\n", "/-", "Step: ",
	} {
		short, long := strings.Repeat(circle, 2_000/len(circle)), strings.Repeat(circle, 8_000/len(circle))
		for _, l := range []ask.Language{ask.Coq, ask.Lean} {
			if few, many := allocated(l, short), allocated(l, long); many > 8*few+1<<20 {
				t.Errorf("%v, %q again and again: %d bytes allocated for %d, and %d for %d", l, circle, few, len(short), many, len(long))
			}
		}
	}
	if long := strings.Repeat("auto. ", 2_000); !slices.Equal(ask.Coq.Split(long, false), ask.Coq.Split(long+long, false)) {
		t.Error("all of a long reply is read")
	}
}

// allocated is what splitting a reply takes from memory.
func allocated(l ask.Language, reply string) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l.Split(reply, false)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
