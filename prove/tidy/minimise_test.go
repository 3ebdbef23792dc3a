package tidy

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

func closersOf(string, proof.State) []string { return []string{"lia", "auto", "auto 6"} }

func TestMinimise(t *testing.T) {
	for _, c := range []struct {
		name, proof string
		n           int
		want        string
		alone       bool // without alternatives
	}{
		{"nothing to gain", "sub 5", 5, "sub 5", true},
		{"a step that does nothing", "skip > sub 5", 5, "sub 5", true},
		{"a step that what follows doesn't need", "intros y > split 7 14 { use x } { lia }", 21, "split 7 14 { use x } { lia }", true},
		{"a step that is needed stays", "intros y > use y", 10, "intros y > use y", true},
		{"a way back", "add 1 > sub 1 > add 2 > sub 2 > sub 7", 7, "sub 7", true},
		{"steps that go only together", "add 5 > intros y > sub 5 > lia", 4, "lia", true},
		{"a branching that is not needed", "split 2 3 { sub 2 } { sub 3 }", 5, "sub 2 > sub 3", true},
		{"an alternative in the place of a branching", "split 2 3 { auto } { auto }", 5, "auto 5", false},
		{"an alternative closes a subtree", "split 5 2 { sub 1 > split 2 2 { sub 2 } { sub 2 } } { sub 2 }", 7, "sub 2 > auto 5", false},
		{"an alternative at the root", "sub 1 > sub 1 > sub 2", 4, "lia", false},
		{"no alternative that is longer", "lia", 4, "lia", false},
		{"a closer for all goals", "split 6 7 8 { use x } { use x } { use x }", 21, "split 6 7 8; use x", true},
		{"a closer for most goals", "split 6 7 19 { use x } { use x } { sub 19 }", 32, "split 6 7 19; try use x > sub 19", true},
		{"a closer for one goal of two is no gain", "split 7 14 { use x } { lia }", 21, "split 7 14 { use x } { lia }", true},
		{"closers within closers", "split 12 12 { split 5 7 { use x } { use x } } { split 5 7 { use x } { use x } }", 24, "split 12 12; split 5 7; use x", true},
		{"rewrites in a row", "rewrite r3 > rewrite r4 > rewrite r5 > use x", 22, "rewrite r3, r4, r5 > use x", true},
		{"rewrites in a row within a text", "rewrite r3; rewrite r4 > use x", 17, "rewrite r3, r4 > use x", true},
		{"a rewrite that is not needed", "rewrite r3, r4 > use x", 13, "rewrite r4 > use x", true},
		{"an introduction of names that are not used", "intros u > intros y > intros z > use y", 9, "intros y > use y", true},
		{"lemmas that are not needed", "auto 6 using small, big, other", 102, "auto using big", true},
		{"no lemma is needed", "auto using small, big, other", 2, "auto", true},
		{"less depth", "auto 9", 5, "auto 5", true},
		{"a tail that does nothing", "sub 2; auto > sub 5", 7, "sub 2 > sub 5", true},
		{"try that is not needed", "try sub 7", 7, "sub 7", true},
		{"a try that does nothing", "try sub 9; sub 7", 7, "sub 7", true},
		{"brackets", "(sub 2); (sub 5)", 7, "sub 2; sub 5", true},
		{"branches of a dispatch", "split 6 7; [ use x | use x ]", 13, "split 6 7; use x", true},
		{"goals together", "skip > pair 7 14 {+ skip {+ use x > skip > lia } }", 21, "pair 7 14 {+ use x > lia }", true},
		{"a closer for goals together", "pair 7 8 {+ use x > use x }", 15, "pair 7 8; use x", true},
		{"goals together that come apart", "pair 7 14 16 {+ pick { lia } { skip > lia } }", 37, "pair 7 14 16 {+ pick { lia } { lia } }", true},
		{"what proves one state is used for the other", "split 19 19 { sub 1 > sub 18 } { sub 19 }", 38, "sub 19 > sub 19", true},
		{"a proof that doesn't replay", "skip > skip", 9, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := Options{Alternatives: closersOf}
			if c.alone {
				opt.Alternatives = nil
			}
			p := tree(t, c.proof)
			got, report := Minimise(t.Context(), &toy{}, at(c.n, "x"), p, opt)
			if c.want == "" {
				if got != p || report.Err == nil || report.Done {
					t.Errorf("a proof that doesn't replay: %v, %+v", got, report)
				}
				return
			}
			if diff := cmp.Diff(tree(t, c.want), got); diff != "" || report.Err != nil || !report.Done {
				t.Errorf("%+v: (-want +got)\n%s", report, diff)
			}
			if diff := cmp.Diff(tree(t, c.proof), p); diff != "" {
				t.Errorf("the proof given was changed: %s", diff)
			}
		})
	}
}

// randomProof plays at random in toy, and gives up with "sub n".
func randomProof(t *rapid.T, e env.Environment, s env.State, deep int) *proof.Tree {
	goals := s.(toyState).goals
	n := goals[0].n
	split := func(word string) string {
		a := rapid.IntRange(0, n).Draw(t, "part")
		return lines(word, a, n-a)
	}
	moves := []func() string{
		func() string { return "skip" }, func() string { return "add 2" }, func() string { return "lia" },
		func() string { return "auto" }, func() string { return "auto 6 using small, big" },
		func() string { return split("split") }, func() string { return split("pair") },
		func() string { return "sub " + itoa(max(n/2, 1)) }, func() string { return "intros x" },
		func() string { return "use x" }, func() string { return "rewrite r1, r2" },
		func() string { return split("split") + "; try lia" }, func() string { return "try sub 3; auto" },
	}
	tactic := "sub " + itoa(n)
	if deep > 0 {
		tactic = rapid.SampledFrom(moves).Draw(t, "move")()
	}
	left, together, err := run(context.Background(), e, s, tactic)
	if err != nil {
		tactic = "sub " + itoa(n)
		if left, together, err = run(context.Background(), e, s, tactic); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	p := &proof.Tree{Tactic: tactic, Together: together}
	for _, g := range left {
		p.Next = append(p.Next, randomProof(t, e, g.state, deep-1))
	}
	return p
}

// Whatever the proof, the result replays and is no longer, is the same each
// time, and can't be made shorter once more.
func TestMinimiseProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := at(rapid.IntRange(0, 40).Draw(t, "n"))
		p := randomProof(t, &toy{}, root, rapid.IntRange(0, 7).Draw(t, "deep"))
		opt := Options{}
		if rapid.Bool().Draw(t, "alternatives") {
			opt.Alternatives = closersOf
		}
		if rapid.Bool().Draw(t, "bounded") {
			opt.Steps = rapid.IntRange(1, 60).Draw(t, "steps")
		}
		ctx := context.Background()
		got, report := Minimise(ctx, &toy{}, root, p, opt)
		if report.Err != nil {
			t.Fatal(report.Err)
		}
		if err := Replay(ctx, &toy{}, root, got); err != nil {
			t.Fatalf("%s: %v", Format(got, Style{}), err)
		}
		if report.Before != SizeOf(p) || report.After != SizeOf(got) || report.After.Compare(report.Before) > 0 {
			t.Fatalf("%+v of a proof of %+v and one of %+v", report, SizeOf(p), SizeOf(got))
		}
		if got.Size() != report.After.Sentences || opt.Steps > 0 && report.Tried > opt.Steps {
			t.Fatalf("%+v, a proof of %d nodes", report, got.Size())
		}
		if (report.Kept == 0) != (got == p) {
			t.Fatalf("%+v: is it the proof itself? %v", report, got == p)
		}
		again, report2 := Minimise(ctx, &toy{}, root, p, opt)
		if diff := cmp.Diff(got, again); diff != "" || report != report2 {
			t.Fatalf("it differs the second time: %s", diff)
		}
		if !report.Done {
			return
		}
		if more, r := Minimise(ctx, &toy{}, root, got, opt); r.Done && r.After != report.After {
			t.Fatalf("%s became shorter still:\n%s", Format(got, Style{}), Format(more, Style{}))
		}
	})
}

// What time or a cancelled context leaves is the best so far, in time.
func TestMinimiseEnds(t *testing.T) {
	p := &proof.Tree{Tactic: "skip"}
	for range 60 {
		p = &proof.Tree{Tactic: "skip", Next: []*proof.Tree{p}}
	}
	last := p
	for len(last.Next) > 0 {
		last = last.Next[0]
	}
	last.Tactic = "split 30 31; [ sub 30 | sub 31 ]"
	slow := func() *toy { return &toy{slow: 4 * time.Millisecond} }
	alternatives := func(string, proof.State) []string {
		var out []string
		for range 40 {
			out = append(out, "sub "+itoa(100+len(out)))
		}
		return out
	}
	began := time.Now()
	got, report := Minimise(t.Context(), slow(), at(61), p, Options{Time: time.Second, Alternatives: alternatives})
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("a second took %v", d)
	}
	if report.Err != nil || report.After.Tactics >= report.Before.Tactics {
		t.Errorf("%+v", report)
	}
	if err := Replay(t.Context(), &toy{}, at(61), got); err != nil {
		t.Error(err)
	}

	// A deadline leaves time for the whole replay.
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, report = Minimise(ctx, slow(), at(61), p, Options{Alternatives: alternatives}); report.After.Tactics >= report.Before.Tactics {
		t.Errorf("by a deadline: %+v", report)
	}

	if got, report = Minimise(ctx, slow(), at(61), p, Options{Time: time.Millisecond}); got == nil || report.Err != nil {
		t.Errorf("no time at all: %v, %+v", got, report)
	}
	cancel()
	if got, report = Minimise(ctx, slow(), at(61), p, Options{}); got != p || report.Err != nil || report.Done {
		t.Errorf("a context that has ended: %v, %+v", got, report)
	}

	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	began = time.Now()
	got, report = Minimise(ctx, slow(), at(61), p, Options{Alternatives: alternatives})
	if d := time.Since(began); d > time.Second || report.Done {
		t.Errorf("after the context ended it took %v: %+v", d, report)
	}
	if err := Replay(t.Context(), &toy{}, at(61), got); err != nil {
		t.Error(err)
	}
}

// Where the environment does not do the same twice, the proof given comes back
// or one that was replayed; nothing is lost.
func TestMinimiseDoubts(t *testing.T) {
	p := tree(t, "skip > skip > sub 3 > sub 2 > sub 1 > sub 1 > sub 1 > sub 2")
	var failed int
	for skip := range 7 {
		e := &toy{steps: skip}
		if err := Replay(t.Context(), e, at(10), p); err != nil {
			t.Fatal(err)
		}
		e.lies = true
		got, report := Minimise(t.Context(), e, at(10), p, Options{})
		if report.Err != nil {
			failed++
		}
		if report.After.Compare(report.Before) > 0 || got == nil {
			t.Errorf("%+v", report)
		}
	}
	if failed == 0 {
		t.Error("no lie was found out")
	}
}
