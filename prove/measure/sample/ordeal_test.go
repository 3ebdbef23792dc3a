package sample

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

func TestRunAbuseFindsTrouble(t *testing.T) {
	list := Abuse()[:1]
	sleeper := func(t *testing.T) *exec.Cmd {
		c := exec.Command("sleep", "60")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Process.Kill(); err != nil {
				t.Error(err)
			}
			_ = c.Wait() // it was killed
		})
		return c
	}
	for _, c := range []struct {
		name, want string
		prove      func(t *testing.T, h vernac.Hole) (bool, error)
	}{
		{"good", "", func(_ *testing.T, h vernac.Hole) (bool, error) { return h.Name == harmless, nil }},
		{"a child is left", "processes were left: sleep", func(t *testing.T, h vernac.Hole) (bool, error) { sleeper(t); return true, nil }},
		{"an orphan is left", "processes were left: sleep", func(t *testing.T, h vernac.Hole) (bool, error) {
			// The shell ends at once, and its child belongs to nobody here.
			return true, exec.Command("sh", "-c", "sleep 3 >/dev/null 2>&1 &").Run()
		}},
		{"a child ends", "", func(t *testing.T, h vernac.Hole) (bool, error) { return true, exec.Command("true").Run() }},
		{"the harmless one is not proved", "was not proved", func(_ *testing.T, h vernac.Hole) (bool, error) { return h.Name != harmless, nil }},
		{"an error", "harmless: no Coq", func(_ *testing.T, h vernac.Hole) (bool, error) {
			if h.Name == harmless {
				return true, errors.New("no Coq")
			}
			return false, nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []Ordeal
			prove := func(_ context.Context, _ *vernac.File, h vernac.Hole, _ time.Duration) (bool, error) {
				return c.prove(t, h)
			}
			if err := RunAbuse(t.Context(), prove, list, time.Second, func(o Ordeal) { got = append(got, o) }); err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 {
				t.Fatal(got)
			}
			switch err := got[0].Trouble(time.Second); {
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, and %q was to be said", err, c.want)
			}
		})
	}
}

func TestOrdealTooLate(t *testing.T) {
	o := Ordeal{Theorem: Theorem{Name: "a", What: "b"}, Took: 7 * time.Second, Proved: true}
	if err := o.Trouble(2 * time.Second); err != nil {
		t.Error(err)
	}
	if err := o.Trouble(time.Second); err == nil || err.Error() != "a, b: a call took 7s, and its limit was 1s" {
		t.Error(err)
	}
}

func TestRunAbuseStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	prove := func(ctx context.Context, _ *vernac.File, _ vernac.Hole, _ time.Duration) (bool, error) {
		cancel()
		<-ctx.Done()
		return false, ctx.Err()
	}
	err := RunAbuse(ctx, prove, Abuse(), time.Hour, func(Ordeal) { t.Error("an ordeal that was cut off counts") })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestParseStat(t *testing.T) {
	for text, want := range map[string][]any{
		"12 (coqc) S 11 12 12 0": {12, 11, "coqc", true},
		"12 (a) b) (c) R 1 1":    {12, 1, "a) b) (c", true},
		"12 coqc S 11":           {0, 0, "", false},
		"12 (coqc)":              {0, 0, "", false},
		"x (coqc) S 11":          {0, 11, "coqc", false},
	} {
		pid, parent, name, ok := parseStat(text)
		if d := cmp.Diff(want, []any{pid, parent, name, ok}); d != "" {
			t.Errorf("%q %s", text, d)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("12 (coqc) S 11 12")
	f.Add(")(")
	f.Fuzz(func(t *testing.T, text string) {
		if pid, _, _, ok := parseStat(text); ok && !strings.Contains(text, "(") {
			t.Error(pid)
		}
	})
}
