package tidy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

func TestReplay(t *testing.T) {
	for _, c := range []struct {
		name, proof string
		n           int
		want        string // a part of the error; empty: the proof is right
	}{
		{"one tactic", "sub 5", 5, ""},
		{"a line", "sub 2 > sub 3", 5, ""},
		{"goals apart", "split 2 3 { sub 2 } { sub 1 > sub 2 }", 5, ""},
		{"goals together", "pair 2 3 {+ sub 2 > sub 3 }", 5, ""},
		{"three together that come apart", "pair 2 3 4 {+ pick { sub 3 } { sub 4 } }", 9, ""},
		{"apart inside of together", "pair 6 1 {+ pick > split 0 1 { auto } { auto } }", 7, ""},
		{"a tactic is refused", "sub 2 > sub 9", 5, `tactic 2 "sub 9": illegal step "sub 9": sub 9 can't be done to 3`},
		{"the third in the script fails", "split 2 3 { sub 2 } { sub 9 }", 5, `tactic 3 "sub 9"`},
		{"it ends too early", "sub 2", 5, `tactic 1 "sub 2": it leaves 1 goals to prove apart, and the proof has 0 parts`},
		{"it goes on after the end", "sub 5 > auto", 5, `tactic 1 "sub 5": it leaves no goal, and the proof goes on with "auto"`},
		{"too few parts", "split 2 3 { sub 2 }", 5, "leaves 2 goals to prove apart, and the proof has 1 parts"},
		{"too many parts", "split 2 3 { sub 2 } { sub 3 } { auto }", 5, "leaves 2 goals to prove apart, and the proof has 3 parts"},
		{"together taken for one", "pair 2 3 > sub 2 > sub 3", 5, "leaves goals that can't be proved apart"},
		{"one taken for together", "sub 1 {+ sub 4 }", 5, "it leaves none such"},
	} {
		err := Replay(t.Context(), &toy{}, at(c.n), tree(t, c.proof))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: the error is %v, want %q", c.name, err, c.want)
		}
	}
}

func TestReplayRefusals(t *testing.T) {
	if err := Replay(t.Context(), &toy{}, at(1), nil); err == nil {
		t.Error("no tree at all is a proof")
	}
	if err := Replay(t.Context(), &toy{}, nil, line("auto")); err == nil {
		t.Error("there is a proof of no state")
	}
	missing := &proof.Tree{Tactic: "sub 1", Next: []*proof.Tree{nil}}
	if err := Replay(t.Context(), &toy{}, at(2), missing); err == nil || !strings.Contains(err.Error(), "tactic 2 is missing") {
		t.Errorf("a hole: %v", err)
	}
	err := Replay(t.Context(), &toy{}, at(5), line("sub 9"))
	if !errors.Is(err, env.ErrIllegal) {
		t.Errorf("%v does not wrap ErrIllegal", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Replay(ctx, &toy{}, at(5), line("sub 5")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// odd is an environment that gives states which no proof ends in.
type odd struct {
	toy
	next, goal env.State
}

func (o *odd) Step(_ context.Context, _ env.State, action string) (env.State, error) {
	if action == "1" {
		return o.goal, nil
	}
	return o.next, nil
}

type over struct{ toyState }

func (over) Outcome() (env.Outcome, bool) { return env.Outcome{Reward: 0.5, Note: "half"}, true }

type unlisted struct{ over }

func (unlisted) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }
func (unlisted) ToMove() int                  { return 1 }

func TestReplayOddEnvironments(t *testing.T) {
	two := toyApart{toyState{[]toyGoal{{n: 1}}}}
	for _, c := range []struct {
		name string
		e    *odd
		want string
	}{
		{"no state", &odd{}, "gave no state"},
		{"half a reward", &odd{next: over{}}, "ends the proof with reward 0.5, not 1: half"},
		{"goals not listed", &odd{next: unlisted{}}, "doesn't list"},
		{"a goal without a state", &odd{next: two}, "goal 1 of those it leaves: the environment gave no state"},
		{"a goal that is over", &odd{next: two, goal: over{}}, "goal 1 of those it leaves is over already"},
		{"no goals listed", &odd{next: toyNone{}}, "lists none"},
	} {
		err := Replay(t.Context(), c.e, at(1), line("auto", "auto"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %q", c.name, err, c.want)
		}
	}
}

type toyNone struct{ unlisted }

func (toyNone) Actions() []string { return nil }

// A proof that is a line of ten thousand steps is replayed, made shorter and
// written in a moment.
func TestLongLine(t *testing.T) {
	const n = 10_000
	p := line(slices.Repeat([]string{"sub 1"}, n)...)
	began := time.Now()
	if err := Replay(t.Context(), &toy{}, at(n), p); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(Format(p, Style{}), "sub 1.\n"); got != n {
		t.Errorf("%d lines", got)
	}
	loop := line(slices.Repeat([]string{"add 1", "sub 1"}, n/2)...)
	loop.Next[0].Next[0].Next[0].Next = []*proof.Tree{line(append(slices.Repeat([]string{"skip"}, n), "auto")...)}
	got, report := Minimise(t.Context(), &toy{}, at(2), loop, Options{Time: 20 * time.Second})
	if diff := cmp.Diff(line("auto"), got); diff != "" || report.Err != nil {
		t.Errorf("%v: %s", report, diff)
	}
	if d := time.Since(began); d > 30*time.Second {
		t.Errorf("it took %v", d)
	}
}
