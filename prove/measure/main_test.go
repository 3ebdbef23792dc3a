package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct{ args, want, problem string }{
		{"", "mcts, 1m0s, 1 workers, seed 1", ""},
		{"-method single -time 5s -workers 2 -seed 7 -rename", "single, 5s, 2 workers, seed 7, renamed", ""},
		{"-without cache -without merge,apart", "mcts, 1m0s, 1 workers, seed 1, without cache and apart and merge", ""},
		{"-without premises -skip 25 -jobs 4 -per 5 -json a", "mcts, 1m0s, 1 workers, seed 1, without premises", ""},
		{"-without luck", "", `no part "luck"; for example -without premises`},
		{"-method guess", "", `no method "guess": it is one of mcts, best-first`},
		{"-set all", "", "drawn, false or abuse"},
		{"-time 0s", "", "for example: -time 60s"},
		{"-jobs 0", "", "-jobs 2"},
		{"-compare a", "", "measure -compare a.jsonl b.jsonl"},
		{"app_nil_r", "", "-only NAME"},
		{"-set false -rename", "", "-set false has none"},
		{"-set abuse -json a", "", "leave -json and -resume out"},
		{"-nothing", "", "not defined: -nothing"},
	} {
		s, err := parse(strings.Fields(c.args), io.Discard)
		var usage *usageError
		switch {
		case c.problem == "" && (err != nil || s.String() != c.want):
			t.Errorf("%q: %q, %v", c.args, s.String(), err)
		case c.problem != "" && (!errors.As(err, &usage) || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%q: %v", c.args, err)
		}
	}
}

func TestExitCode(t *testing.T) {
	for want, err := range map[int]error{
		0: nil, 1: errProved, 2: badUsage("a"), 3: fmt.Errorf("a: %w", &ide.MissingError{Program: "coqc"}), 130: context.Canceled,
	} {
		if got := exitCode(err); got != want {
			t.Errorf("%v gives %d", err, got)
		}
	}
	if exitCode(run(t.Context(), []string{"-h"}, io.Discard, io.Discard)) != 0 {
		t.Error("help is a failure")
	}
}

// measure runs the program with a search that knows Coq's answers by heart.
func measure(ctx context.Context, search searcher, args ...string) (string, string, error) {
	var out, messages bytes.Buffer
	s, err := parse(args, &messages)
	if err != nil {
		return "", "", err
	}
	m := &measurement{settings: s, out: &out, err: &messages, search: search}
	err = m.run(ctx)
	return out.String(), messages.String(), err
}

// known goes by the length of the name.
func known(_ context.Context, _ *vernac.File, h vernac.Hole, _ options) (found, error) {
	switch len(h.Name) % 4 {
	case 0:
		return found{}, errors.New("no\x1b[31m luck")
	case 1:
		return found{Solved: true, Verified: true, Script: "auto.\nauto."}, nil
	case 2:
		return found{Solved: true, Reason: "coqc says no"}, nil
	}
	return found{Reason: "time"}, nil
}

func untimed(table string) string {
	return regexp.MustCompile(`[0-9]+\.[0-9]s`).ReplaceAllString(table, "0.0s")
}

func TestMeasure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.jsonl")
	args := []string{"-per", "3", "-json", file}
	out, messages, err := measure(t.Context(), known, args...)
	if err != nil {
		t.Fatal(err)
	}
	out = untimed(out)
	golden(t, "table.txt", out)
	if strings.Contains(messages, "\x1b") || strings.Count(messages, "\n") != 12 {
		t.Errorf("%q", messages)
	}
	if _, _, err := measure(t.Context(), known, args...); err == nil || !strings.Contains(err.Error(), "-resume") {
		t.Error("a file was written over", err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var searched []string
	counting := func(ctx context.Context, f *vernac.File, h vernac.Hole, o options) (found, error) {
		searched = append(searched, h.Name)
		return known(ctx, f, h, o)
	}
	// Cut off within the last line: that lemma is searched again, and the errors.
	if err := os.WriteFile(file, whole[:len(whole)-10], 0o644); err != nil {
		t.Fatal(err)
	}
	again, _, err := measure(t.Context(), counting, "-per", "3", "-jobs", "1", "-json", file, "-resume", file)
	if again = untimed(again); err != nil || again != out {
		t.Errorf("%v\n%s", err, cmp.Diff(out, again))
	}
	if n := strings.Count(string(whole), `"error"`); len(searched) < n || len(searched) > n+1 {
		t.Errorf("%q were searched again, and %d had gone wrong", searched, n)
	}
	if _, _, err := measure(t.Context(), known, "-per", "3", "-resume", file, "-method", "single"); err == nil || !strings.Contains(err.Error(), "the same flags") {
		t.Error("other settings were mixed", err)
	}
	copied := filepath.Join(t.TempDir(), "b.jsonl")
	if _, _, err := measure(t.Context(), known, "-per", "3", "-json", copied, "-resume", file); err != nil {
		t.Fatal(err)
	}
	list, _, err := readRecords(copied)
	if err != nil || len(latest(list)) != 12 {
		t.Errorf("%d records, %v", len(list), err)
	}
}

// What a search sees is the file before the lemma, under the library's name.
func TestMeasureOne(t *testing.T) {
	t.Setenv("PONDER_CACHE", t.TempDir())
	for _, c := range []struct{ args, name, flags string }{
		{"", "wf_incl", "-top Coq.Wellfounded.Inclusion"},
		{"-rename", "w2", "-top Coq.Wellfounded.Inclusion"},
		{"-rename", "w2", "-top Coq.Wellfounded.Inclusion"}, // what is known by now
	} {
		calls := 0
		look := func(_ context.Context, f *vernac.File, h vernac.Hole, o options) (found, error) {
			calls++
			th := f.Theorems[h.Theorem]
			if h.Name != c.name || th.Name != c.name || strings.Join(o.flags, " ") != c.flags || o.limit != 3*time.Second || o.directory == "" {
				t.Error(h, th, o)
			}
			return found{}, nil
		}
		file := filepath.Join(t.TempDir(), "a.jsonl")
		args := append(strings.Fields(c.args), "-only", "wf_incl", "-time", "3s", "-json", file)
		if _, _, err := measure(t.Context(), look, args...); err != nil || calls != 1 {
			t.Error(calls, err)
		}
		list, _, err := readRecords(file)
		if err != nil || len(list) != 1 || c.args != "" && (list[0].Renamed != 0 || list[0].Names == 0 || list[0].NewName != "w2") {
			t.Error(list, err)
		}
	}
	if _, _, err := measure(t.Context(), known, "-only", "nobody"); err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Error(err)
	}
}

func TestMeasureStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "a.jsonl")
	n := 0
	stopping := func(ctx context.Context, f *vernac.File, h vernac.Hole, o options) (found, error) {
		if n++; n == 3 {
			cancel()
			return found{}, ctx.Err()
		}
		return known(ctx, f, h, o)
	}
	if _, _, err := measure(ctx, stopping, "-per", "3", "-jobs", "1", "-json", file); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if list, _, err := readRecords(file); err != nil || len(list) != 2 {
		t.Errorf("%v %v: what was cut off is no result", list, err)
	}
}

func TestMeasureFalse(t *testing.T) {
	none := func(context.Context, *vernac.File, vernac.Hole, options) (found, error) { return found{}, nil }
	if out, _, err := measure(t.Context(), none, "-set", "false"); err != nil || !strings.Contains(out, "100") {
		t.Error(out, err)
	}
	one := func(_ context.Context, _ *vernac.File, h vernac.Hole, _ options) (found, error) {
		return found{Solved: true, Verified: h.Name == "false_007"}, nil
	}
	if _, _, err := measure(t.Context(), one, "-set", "false"); !errors.Is(err, errProved) || !strings.HasSuffix(err.Error(), ": false_007") {
		t.Error(err)
	}
}

func TestList(t *testing.T) {
	for _, c := range []struct {
		args []string
		n    int
		line string
	}{
		{[]string{"-list"}, 100, "1-2 Lists/List.v:lel_nil\n"},
		{[]string{"-list", "-skip", "25", "-per", "2"}, 8, ""},
		{[]string{"-list", "-set", "false"}, 100, "false.v:false_100\n"},
		{[]string{"-list", "-set", "abuse"}, 50, "abuse_01 a hint that loops\n"},
	} {
		out, _, err := measure(t.Context(), nil, c.args...)
		if err != nil || strings.Count(out, "\n") != c.n || !strings.Contains(out, c.line) {
			t.Errorf("%q: %v\n%s", c.args, err, out)
		}
	}
}

func TestAbuse(t *testing.T) {
	search := func(_ context.Context, _ *vernac.File, h vernac.Hole, o options) (found, error) {
		return found{Verified: h.Name == "harmless" && o.limit == time.Second}, nil
	}
	if out, messages, err := measure(t.Context(), search, "-set", "abuse", "-time", "1s"); err != nil || out != "" || strings.Count(messages, "\n") != 50 {
		t.Error(out, err)
	}
	out, _, err := measure(t.Context(), search, "-set", "abuse", "-time", "2s", "-only", "abuse_03")
	if err == nil || err.Error() != "trouble with 1 of 1" || !strings.Contains(out, "abuse_03, a hint that talks without end: the harmless theorem") {
		t.Error(out, err)
	}
	if _, _, err := measure(t.Context(), search, "-set", "abuse", "-only", "abuse_99"); err == nil {
		t.Error("abuse_99 was found")
	}
}

// The real search bears some of it.
func TestAbuseOfProve(t *testing.T) {
	for _, name := range []string{"abuse_14", "abuse_21", "abuse_44"} {
		out, messages, err := measure(t.Context(), search, "-set", "abuse", "-time", "4s", "-only", name)
		if err != nil {
			t.Error(out, messages, err)
		}
	}
}

func TestReadRecordsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"{}\n": "a.jsonl:1 is not a line",
		"{\"setting\":\"a\",\"name\":\"b\"}\nx\n": "a.jsonl:2 is not a line",
	} {
		file := filepath.Join(t.TempDir(), "a.jsonl")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := readRecords(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, _, err := readRecords(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzReadRecords(f *testing.F) {
	f.Add("{\"setting\":\"a\",\"name\":\"b\"}\n{\"setting\"")
	f.Add("\n")
	f.Add("null\n[]\n")
	file := filepath.Join(f.TempDir(), "a.jsonl")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		list, size, err := readRecords(file)
		if err == nil && (size > int64(len(text)) || len(list) != strings.Count(text[:size], "\n")) {
			t.Errorf("%q: %d records, %d bytes", text, len(list), size)
		}
	})
}

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, verified ...bool) string {
		k, err := openKeeper(filepath.Join(dir, name), "", nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range verified {
			r := record{Setting: "way " + name, File: "A.v", Name: fmt.Sprint("l", i), Stratum: "1-2", found: found{Verified: v, Solved: v, Script: "auto."}}
			if err := k.add(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.close(); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	a, b := write("a", true, true, false, false, true), write("b", true, false, true, false)
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-compare", a, b}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	golden(t, "compare.txt", strings.ReplaceAll(out.String(), dir+string(filepath.Separator), ""))
}

func TestMcNemar(t *testing.T) {
	for _, c := range []struct {
		a, b int
		p    float64
	}{{0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {5, 0, 0.0625}, {0, 6, 0.03125}, {8, 2, 0.109375}, {10, 10, 1}, {100, 60, 0.0019537}} {
		if p := mcnemar(c.a, c.b); math.Abs(p-c.p) > 1e-5 {
			t.Errorf("%d against %d: %v, not %v", c.a, c.b, p, c.p)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.IntRange(0, 200).Draw(t, "a"), rapid.IntRange(0, 200).Draw(t, "b")
		p := mcnemar(a, b)
		if p <= 0 || p > 1 || p != mcnemar(b, a) {
			t.Fatal(p)
		}
		if more := mcnemar(max(a, b)+1, min(a, b)); more > p+1e-9 {
			t.Fatalf("a larger difference is likelier: %v and %v", more, p)
		}
	})
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"a\n  b\tc":              "a b c",
		"\x1b[31mred\x07\u009b":  "[31mred",
		strings.Repeat("é", 300): strings.Repeat("é", 199) + "…",
	} {
		if got := line(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
