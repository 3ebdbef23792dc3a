package vernac

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProject(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "theories", "deep")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(deep, "a.v")
	if got, err := Project(path); err != nil || got != nil {
		t.Errorf("without a project file: %v, %v", got, err)
	}
	file(t, filepath.Join(dir, "_RocqProject"), "-Q theories Mine\n", 0o600)
	got, err := Project(path)
	if d := cmp.Diff([]string{"-Q", filepath.Join(dir, "theories"), "Mine"}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	file(t, filepath.Join(dir, "theories", "_CoqProject"), "-R . Nearer", 0o600)
	got, err = Project(path)
	if d := cmp.Diff([]string{"-R", filepath.Join(dir, "theories"), "Nearer"}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	t.Chdir(deep)
	got, err = Project("a.v")
	if d := cmp.Diff([]string{"-R", filepath.Join(dir, "theories"), "Nearer"}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if err := os.Mkdir(filepath.Join(deep, "_CoqProject"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Project("a.v"); err == nil {
		t.Error("a folder was read as a project file")
	}
}

func TestParseProject(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"comments", "# -Q a b\n  # c\n-Q a b # c\n#", []string{"-Q", "/p/a", "b"}},
		{"paths", "-Q . A -R ../b B -I /c/./d\n-I e", []string{"-Q", "/p", "A", "-R", "/b", "B", "-I", "/c/d", "-I", "/p/e"}},
		{"quotes", `-Q "my files" "" -R a"b c`, []string{"-Q", "/p/my files", "", "-R", `/p/a"b`, "c"}},
		{"arg", `-arg -w -arg all -arg "-w -x" -arg "-set 'A b=1'"`, []string{"-w", "all", "-w", "-x", "-set", "A b=1"}},
		{"empty arg", `-arg "" -arg "''"`, []string{""}},
		{"files", "a.v sub/b.v plugin.mlpack sub\n-Q a b", []string{"-Q", "/p/a", "b"}},
		{"variables", "X = 1\nY =\nCAMLFLAGS = \"-a b\"\n-Q a b", []string{"-Q", "/p/a", "b"}},
		{"build options", "-install none -opt -extra a b c -docroot d -native-compiler no\n-Q a b", []string{"-Q", "/p/a", "b"}},
		{"windows", "-Q a b\r\n-arg -w\r\n", []string{"-Q", "/p/a", "b", "-w"}},
	} {
		got, err := ParseProject("/p/_CoqProject", c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"a.v\n-Q a", "/p/_CoqProject:2: -Q lacks what belongs to it; for example: -Q theories Mine"},
		{"-R a -Q b c", "/p/_CoqProject:1: -R lacks what belongs to it; for example: -R theories Mine"},
		{"\n\n-I", "/p/_CoqProject:3: -I lacks what belongs to it; for example: -I src"},
		{"-arg", `/p/_CoqProject:1: -arg lacks what belongs to it; for example: -arg "-w all"`},
		{"-arg \"-w 'a\"", `/p/_CoqProject:1: a quote is never closed in "-w 'a"`},
		{"a\n\"b\n", "/p/_CoqProject:2: a quote is never closed"},
		{"-w all", "/p/_CoqProject:1: the option -w is not known here: what Coq is to see is passed on with -arg, for example: -arg -w"},
		{"-extra a b", `/p/_CoqProject:1: -extra lacks what belongs to it; for example: -extra target "dependencies" "command"`},
		{"-Q a b -install", "/p/_CoqProject:1: -install lacks what belongs to it; for example: -install value"},
	} {
		if _, err := ParseProject("/p/_CoqProject", c.text); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v\nwant %s", c.text, err, c.want)
		}
	}
}
