package vernac

import (
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got), go test -update writes it anew:\n%s", path, d)
	}
}

// sources are the Coq files to test on: those of testdata and, where Coq is
// installed, its standard library.
var sources = sync.OnceValues(func() ([]*File, error) {
	roots := []string{"testdata"}
	if where, err := exec.Command("coqc", "-where").Output(); err == nil {
		roots = append(roots, filepath.Join(strings.TrimSpace(string(where)), "theories"))
	}
	var files []*File
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".v" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f, err := Parse(path, string(text))
			files = append(files, f)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
})

func eachSource(t *testing.T, check func(t *testing.T, f *File)) {
	t.Helper()
	files, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 2 {
		t.Fatalf("there are only %d files to test on", len(files))
	}
	for _, f := range files {
		check(t, f)
	}
}

func parse(t testing.TB, text string) *File {
	t.Helper()
	f, err := Parse("a.v", text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func testdata(t testing.TB, name string) *File {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func texts(list []Sentence) []string {
	var out []string
	for _, s := range list {
		out = append(out, s.Text)
	}
	return out
}

// coq runs a Coq program if it is installed, and reports whether it is.
func coq(t *testing.T, dir, program string, args ...string) (string, bool) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Logf("without Coq: %v", err)
		return "", false
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out), true
}
