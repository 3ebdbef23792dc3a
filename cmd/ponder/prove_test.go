package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Without the prover there is one line with what to do, and exit code 3.
func TestProveWithoutProver(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("PONDER_LEAN_REPL", "")
	for _, tt := range []struct{ name, text, want string }{
		{"a.v", "Lemma a : True.\nAdmitted.\n", "apt-get install coq"},
		{"a.lean", "theorem a : True := by sorry\n", "github.com/leanprover-community/repl"},
	} {
		file := filepath.Join(t.TempDir(), tt.name)
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := invoke(t.Context(), t, "prove", file)
		if code != exitUnavailable || stdout != "" {
			t.Errorf("%s: exit code %d, stdout %q; want %d and nothing", tt.name, code, stdout, exitUnavailable)
		}
		if !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: stderr %q, want one line with %q", tt.name, stderr, tt.want)
		}
	}
}

// The run of a proof that is killed at any moment goes on where it was, and its proof
// is judged as ever.
func TestProveKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Double.v")
	const text = `Require Import Arith.
Fixpoint double (n : nat) : nat := match n with 0 => 0 | S m => S (S (double m)) end.
Lemma double_plus : forall n, double n = n + n.
Admitted.
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, bin: program(t), db: filepath.Join(t.TempDir(), "ponder.db")}
	nodes := func() int {
		stdout, stderr, _ := v.ponder(0, "runs", "--json", "--db", v.db)
		var runs []row
		if err := json.Unmarshal([]byte(stdout), &runs); err != nil {
			t.Fatalf("ponder runs: %v, %s", err, stderr)
		}
		for _, r := range runs {
			if r.Run == v.run {
				return r.Nodes
			}
		}
		t.Fatalf("run %s is gone: %s", v.run, stdout)
		return 0
	}
	killed := false
	for limit := 2500 * time.Millisecond; v.run == "" && limit < time.Minute; limit *= 2 {
		_, _, killed = v.ponder(limit, "prove", "--time", "5m", "--quiet", "--db", v.db, file)
		v.run = v.known()
	}
	for i := 0; killed && v.run != "" && i < 2; i++ {
		before := nodes()
		_, _, killed = v.ponder(2500*time.Millisecond, "resume", "--quiet", "--db", v.db, v.run)
		if after := nodes(); after < before {
			t.Errorf("%d nodes after the kill, %d before", after, before)
		}
	}
	if v.run == "" {
		t.Fatal("nothing was kept")
	}
	stdout, stderr, _ := v.ponder(0, "resume", "--quiet", "--json", "--time", "50s", "--db", v.db, v.run)
	if !strings.Contains(stdout, `"verified": true`) {
		t.Errorf("in the end: %s, %s", stdout, stderr)
	}
}

// The edit makes one text the other, and says where it begins and ends.
func TestChanged(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     *edit
	}{
		{"a", "a", nil},
		{"a\nAdmitted.\n", "a\nProof.\n  auto.\nQed.\n", &edit{place{2, 2, 1}, place{11, 2, 10}, "Proof.\n  auto.\nQed."}},
		{"", "x", &edit{place{0, 1, 1}, place{0, 1, 1}, "x"}},
		{"(* é *) admit.", "(* é *) auto.", &edit{place{9, 1, 9}, place{15, 1, 15}, "auto."}},
		{"é", "ê", &edit{place{0, 1, 1}, place{2, 1, 2}, "ê"}},
		{"aa", "aaa", &edit{place{0, 1, 1}, place{2, 1, 3}, "aaa"}},
	} {
		got := changed(tt.from, tt.to)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q to %q (-want +got):\n%s", tt.from, tt.to, diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.StringOfN(rapid.SampledFrom([]rune("aé漢\n")), 0, 8, -1).Draw(t, "from"), rapid.StringOfN(rapid.SampledFrom([]rune("aé漢\n")), 0, 8, -1).Draw(t, "to")
		e := changed(from, to)
		if e == nil {
			if from != to {
				t.Fatal("no edit")
			}
			return
		}
		if got := from[:e.Start.Byte] + e.Text + from[e.End.Byte:]; got != to || !utf8.ValidString(e.Text) {
			t.Fatalf("%q with %+v is %q, want %q", from, e, got, to)
		}
	})
}
