package vernac

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func file(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// folder is what a folder holds, by name.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range list {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			text = []byte(err.Error())
		}
		files[e.Name()] = string(text)
	}
	return files
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.v")
	file(t, path, "one\r\n", 0o640)
	file(t, path+".bak", "mine", 0o600)
	texts := []string{"one\r\n", "two", "", "four"}
	for i, want := range []string{"a.v.bak.2", "a.v.bak.3", "a.v.bak.4"} {
		backup, err := Write(path, texts[i], texts[i+1])
		if err != nil || filepath.Base(backup) != want {
			t.Fatalf("%s, %v; want %s", backup, err, want)
		}
	}
	want := map[string]string{"a.v": "four", "a.v.bak": "mine", "a.v.bak.2": "one\r\n", "a.v.bak.3": "two", "a.v.bak.4": ""}
	if d := cmp.Diff(want, folder(t, dir)); d != "" {
		t.Error(d)
	}
	for _, name := range []string{"a.v", "a.v.bak.2"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: the mode is %v, %v", name, info.Mode(), err)
		}
	}
}

func TestWriteThroughLink(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "a.v")
	file(t, filepath.Join(other, "real.v"), "one", 0o600)
	if err := os.Symlink(filepath.Join(other, "real.v"), path); err != nil {
		t.Fatal(err)
	}
	backup, err := Write(path, "one", "two")
	if err != nil || filepath.Base(backup) != "real.v.bak" {
		t.Fatal(backup, err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if d := cmp.Diff(map[string]string{"real.v": "two", "real.v.bak": "one"}, folder(t, other)); d != "" {
		t.Error(d)
	}
}

// An error leaves the folder as it was.
func TestWriteErrors(t *testing.T) {
	for _, c := range []struct {
		name, want string
		prepare    func(t *testing.T, dir string)
	}{
		{"changed", "has changed since it was read, and is left as it is: start again from the new text", func(t *testing.T, dir string) {
			file(t, filepath.Join(dir, "a.v"), "other", 0o600)
		}},
		{"missing", "the proof can't be written: ", func(*testing.T, string) {}},
		{"folder", "is not a regular file", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "a.v"), 0o700); err != nil {
				t.Fatal(err)
			}
		}},
		{"nothing may be made", "which is as it was: ", func(t *testing.T, dir string) {
			file(t, filepath.Join(dir, "a.v"), "one", 0o600)
			makeTemp = func(string, string) (*os.File, error) { return nil, fs.ErrPermission }
		}},
		{"no copy", "so it is as it was: ", func(t *testing.T, dir string) {
			file(t, filepath.Join(dir, "a.v"), "one", 0o600)
			openNew = func(string, int, fs.FileMode) (*os.File, error) { return nil, fs.ErrPermission }
		}},
		{"full disk", "which is as it was: ", func(t *testing.T, dir string) {
			file(t, filepath.Join(dir, "a.v"), "one", 0o600)
			makeTemp = func(dir, pattern string) (*os.File, error) {
				f, err := os.CreateTemp(dir, pattern)
				if err != nil {
					return nil, err
				}
				f.Close()
				return os.Open(f.Name())
			}
		}},
		{"full disk for the copy", "so it is as it was: ", func(t *testing.T, dir string) {
			file(t, filepath.Join(dir, "a.v"), "one", 0o600)
			openNew = func(path string, _ int, mode fs.FileMode) (*os.File, error) {
				return os.OpenFile(path, os.O_RDONLY|os.O_CREATE|os.O_EXCL, mode)
			}
		}},
		{"saved meanwhile", "has changed since it was read", func(t *testing.T, dir string) {
			file(t, filepath.Join(dir, "a.v"), "one", 0o600)
			openNew = func(path string, flag int, mode fs.FileMode) (*os.File, error) {
				file(t, filepath.Join(dir, "a.v"), "saved", 0o600)
				return os.OpenFile(path, flag, mode)
			}
		}},
		{"not replaced", "the proof can't be written to ", func(t *testing.T, dir string) {
			file(t, filepath.Join(dir, "a.v"), "one", 0o600)
			rename = func(string, string) error { return fs.ErrPermission }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			oldTemp, oldNew, oldRename := makeTemp, openNew, rename
			t.Cleanup(func() { makeTemp, openNew, rename = oldTemp, oldNew, oldRename })
			dir := t.TempDir()
			c.prepare(t, dir)
			before := folder(t, dir)
			if c.name == "saved meanwhile" {
				before["a.v"] = "saved"
			}
			backup, err := Write(filepath.Join(dir, "a.v"), "one", "two")
			if err == nil || backup != "" || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "a.v") {
				t.Errorf("%q, %v; want %s", backup, err, c.want)
			}
			if d := cmp.Diff(before, folder(t, dir)); d != "" {
				t.Error(d)
			}
		})
	}
}
