package child_test

import (
	"fmt"
	"testing"

	"github.com/ponder-mcts/ponder/env/child"
)

// A tail keeps the end, however it comes, and no half of a character.
func TestTail(t *testing.T) {
	tail := &child.Tail{Most: 10}
	if got := tail.String(); got != "" {
		t.Errorf("an empty tail is %q", got)
	}
	for i := range 100 {
		fmt.Fprintf(tail, "%02d ", i)
	}
	if got, want := tail.String(), " 97 98 99 "; got != want {
		t.Errorf("the tail is %q, want %q", got, want)
	}
	fmt.Fprint(tail, "äbcdefghi") // ten bytes
	if got, want := tail.String(), "äbcdefghi"; got != want {
		t.Errorf("the tail is %q, want %q", got, want)
	}
	fmt.Fprint(tail, "j")
	if got, want := tail.String(), "bcdefghij"; got != want {
		t.Errorf("the tail is %q, want %q", got, want)
	}
}
