package sample

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

func libraryRoot(t testing.TB) string {
	t.Helper()
	root, err := Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// The golden files are what other measurements of the same lemmas are compared
// with: they change with Coq's version only.
func TestDraw(t *testing.T) {
	root := libraryRoot(t)
	seen := map[string]bool{}
	for _, c := range []struct {
		file string
		skip int
	}{{"drawn.txt", 0}, {"drawn-next.txt", 25}} {
		set, err := Draw(root, 25, c.skip)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		strata, folders := map[int]int{}, map[string]int{}
		for _, l := range set {
			fmt.Fprintf(&b, "%s %s %d\n", l.File, l.Full(), l.Steps)
			strata[l.Stratum()]++
			folder := fmt.Sprint(l.Stratum(), path.Dir(l.File))
			if folders[folder]++; folders[folder] > 6 {
				t.Errorf("a seventh of %s", folder)
			}
			if id := l.File + l.Full(); seen[id] {
				t.Errorf("%s is drawn twice", id)
			} else {
				seen[id] = true
			}
			if _, h, _, err := l.Read(root); err != nil || h.Name != l.Name {
				t.Errorf("%s %s: %v %v", l.File, l.Full(), h, err)
			}
		}
		if d := cmp.Diff(map[int]int{0: 25, 1: 25, 2: 25, 3: 25}, strata); d != "" {
			t.Error(d)
		}
		golden(t, c.file, b.String())
	}
}

func TestDrawRefuses(t *testing.T) {
	for _, n := range [][2]int{{-1, 0}, {1, -1}} {
		if _, err := Draw(t.TempDir(), n[0], n[1]); err == nil || !strings.Contains(err.Error(), "25 and 0") {
			t.Error(n, err)
		}
	}
	if _, err := Draw(filepath.Join(t.TempDir(), "nowhere"), 1, 0); err == nil {
		t.Error("a library that isn't there was drawn from")
	}
}

func TestFlags(t *testing.T) {
	for file, want := range map[string][]string{
		"Arith/Plus.v":              {"-top", "Coq.Arith.Plus"},
		"Numbers/Natural/Peano/N.v": {"-top", "Coq.Numbers.Natural.Peano.N"},
		"Init/Logic.v":              {"-top", "Coq.Init.Logic", "-noinit"},
	} {
		if d := cmp.Diff(want, Flags(file)); d != "" {
			t.Error(file, d)
		}
	}
}
