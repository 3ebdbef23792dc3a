package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ponder-mcts/ponder/event"
)

// look opens a database for reading, then for writing, and tells what came of it.
func look(ctx context.Context, path, id string) error {
	for _, readOnly := range []bool{true, false} {
		s, err := Open(ctx, path, Options{ReadOnly: readOnly})
		if err == nil && readOnly {
			n := 0
			for _, err2 := range s.Events(ctx, id) {
				err = errors.Join(err, err2)
				n++
			}
			fmt.Println("events:", n, err)
			continue
		}
		if err == nil {
			_, err = s.Take(ctx, id)
		}
		fmt.Println(errors.Is(err, ErrReadOnly), err)
	}
	return nil
}

// nobody starts a child that may not write what is not its own.
func nobody(t *testing.T, program, what, id, path string) *child {
	t.Helper()
	c := start(t, program, what, id, path)
	if os.Geteuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	c.Dir = "/"
	must(t, c.Start())
	return c
}

// publicDir is a folder that everybody may look into.
func publicDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func copyFile(t *testing.T, from, to string, mode os.FileMode) {
	t.Helper()
	data, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, data, mode))
	must(t, os.Chmod(to, mode))
}

// A database that may not be written, or whose folder may not be, can be read.
func TestPermissions(t *testing.T) {
	program := filepath.Join(publicDir(t), "test")
	copyFile(t, os.Args[0], program, 0o755)
	for _, tt := range []struct {
		name         string
		file, folder os.FileMode
		writer       bool // a process works on it
		unmerged     bool // a process was killed while it did
		read, write  string
	}{
		{name: "a folder that may not be written: no room for the log", file: 0o666, folder: 0o555, read: "events: 3 <nil>", write: "true"},
		{name: "a file that may not be written", file: 0o444, folder: 0o777, read: "events: 3 <nil>", write: "true"},
		{name: "neither may be written: as on a read-only medium", file: 0o444, folder: 0o555, read: "events: 3 <nil>", write: "true"},
		{name: "while its owner writes: what is in the log counts", file: 0o644, folder: 0o755, writer: true, read: "events: 3 <nil>", write: "true"},
		{name: "what a killed process left can't be worked in", file: 0o444, folder: 0o555, unmerged: true, read: "copy both files", write: "true"},
		{name: "may not even be read", file: 0o000, folder: 0o755, read: "check the permissions", write: "true"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(publicDir(t), "d")
			must(t, os.Mkdir(dir, 0o755))
			path := filepath.Join(dir, "ponder.db")
			s, err := Open(t.Context(), path, Options{})
			must(t, err)
			must(t, s.Close())
			must(t, os.Chmod(path, tt.file|0o600)) // the log is made with the mode of the file
			s, err = Open(t.Context(), path, Options{})
			must(t, err)
			filled(t, s, false)
			if tt.unmerged {
				for _, end := range []string{"", "-wal"} {
					copyFile(t, path+end, path+".left"+end, tt.file)
				}
			}
			if !tt.writer {
				must(t, s.Close())
			} else {
				defer s.Close()
			}
			if os.Geteuid() != 0 && tt.writer {
				tt.write = "false" // the child is the owner, too
			} else {
				must(t, os.Chmod(path, tt.file))
			}
			if tt.unmerged {
				path += ".left"
			}
			must(t, os.Chmod(dir, tt.folder))
			defer os.Chmod(dir, 0o755)
			c := nobody(t, program, "look", "R", path)
			read, write := c.says(), c.says()
			must(t, c.Wait())
			if !strings.Contains(read, tt.read) {
				t.Errorf("reading: %q, want %q", read, tt.read)
			}
			if !strings.HasPrefix(write, tt.write) {
				t.Errorf("writing: is ErrReadOnly: %q, want %v", write, tt.write)
			}
		})
	}
}

// tmpfs mounts a small disk of its own. Who may not mount anything runs the test
// again in a namespace where everybody may; then done is true.
func tmpfs(t *testing.T, options string) (dir string, done bool) {
	t.Helper()
	if os.Geteuid() != 0 {
		out, err := exec.Command("unshare", "--user", "--map-root-user", "--mount", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v").CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
			t.Fatalf("in a namespace of its own: %v\n%s", err, out)
		}
		return "", true
	}
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatalf("mounting a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return dir, false
}

// A medium that can't be written can be read.
func TestReadOnlyMedium(t *testing.T) {
	dir, done := tmpfs(t, "size=4m")
	if done {
		return
	}
	path := filepath.Join(dir, "ponder.db")
	s, err := Open(t.Context(), path, Options{})
	must(t, err)
	filled(t, s, false)
	must(t, s.Close())
	remount := func(flags uintptr) { must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, "")) }
	remount(syscall.MS_RDONLY)
	defer remount(0)
	var got picture
	s, err = Open(t.Context(), path, Options{ReadOnly: true})
	must(t, err)
	must(t, readAll(t.Context(), s, &got))
	if len(got.Events) != 3 || len(got.Calls) != 1 || got.Runs[0].Live {
		t.Errorf("read: %+v", got)
	}
	if _, err := s.Take(t.Context(), "R"); !errors.Is(err, ErrReadOnly) {
		t.Errorf("taking a run: %v, want ErrReadOnly", err)
	}
	if err := s.Remove(t.Context(), "R"); !errors.Is(err, ErrReadOnly) {
		t.Errorf("removing a run: %v, want ErrReadOnly", err)
	}
	must(t, s.Close())
	for _, path := range []string{path, filepath.Join(dir, "new.db"), filepath.Join(dir, "new", "new.db")} {
		if s, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrReadOnly) || s != nil {
			t.Errorf("%s: opened for writing: %v, want ErrReadOnly", path, err)
		}
	}
}

// fillUp leaves so many bytes free on a disk.
func fillUp(t *testing.T, dir string, leave int64) (file string) {
	t.Helper()
	var st syscall.Statfs_t
	must(t, syscall.Statfs(dir, &st))
	file = filepath.Join(dir, "filler")
	must(t, os.WriteFile(file, make([]byte, max(int64(st.Bavail)*st.Bsize-leave, 0)), 0o600))
	return file
}

// A full disk is told; nothing is kept halfway, what was kept is read, and with
// space again work goes on.
func TestFullDisk(t *testing.T) {
	dir, done := tmpfs(t, "size=8m")
	if done {
		return
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 3))
	path := filepath.Join(dir, "ponder.db")
	s := open(t, path, Options{})
	l := create(t, s, "R")
	seq := 0
	step := func() error {
		c := callOf(fmt.Sprint(seq+1, strings.Repeat("x", random.IntN(9000))))
		if err := l.Keep(t.Context(), c); err != nil {
			return err
		}
		v := visit(seq+1, c)
		v.Visited.Value.Note = strings.Repeat("y", random.IntN(3000))
		if err := l.Append(t.Context(), []event.Event{v}, map[int32]string{int32(seq): "s"}); err != nil {
			return err
		}
		seq++
		return nil
	}
	must(t, step())
	for _, leave := range []int64{0, 4096, 20_000, 100_000, 300_000} {
		filler := fillUp(t, dir, leave)
		var err error
		for i := 0; err == nil && i < 1000; i++ {
			err = step()
		}
		if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "make space") {
			t.Fatalf("with %d bytes left: %v, want ErrFull", leave, err)
		}
		if err := l.Save(t.Context(), make([]byte, 400_000)); !errors.Is(err, ErrFull) {
			t.Errorf("with %d bytes left a snapshot: %v, want ErrFull", leave, err)
		}
		// Others can still read, and are told when they write.
		for _, opt := range []Options{{}, {ReadOnly: true}} {
			other, err := Open(t.Context(), path, opt)
			if err != nil {
				t.Fatalf("with %d bytes left, opened as %+v: %v", leave, opt, err)
			}
			if got := eventsOf(t, other, "R"); len(got) != seq {
				t.Errorf("with %d bytes left: %d events, want %d", leave, len(got), seq)
			}
			must(t, other.Close())
		}
		if _, err := Open(t.Context(), filepath.Join(dir, "deep", "new.db"), Options{}); leave < 20_000 && !errors.Is(err, ErrFull) {
			t.Errorf("with %d bytes left a new database: %v, want ErrFull", leave, err)
		}
		must(t, os.Remove(filler))
		before := seq
		must(t, step())
		if got := eventsOf(t, s, "R"); len(got) != before+1 {
			t.Errorf("with space again: %d events, want %d", len(got), before+1)
		}
		if owed, err := l.Owed(t.Context()); len(owed) > 2*len([]int64{0, 4096, 20_000, 100_000, 300_000}) || err != nil {
			t.Errorf("owed: %d calls, %v", len(owed), err)
		}
		checkIntegrity(t, s)
	}
	must(t, l.Close())
	// What could not be made has left nothing that is in the way.
	must(t, open(t, filepath.Join(dir, "deep", "new.db"), Options{}).Close())
	// A process that ends on a full disk leaves what the next one can read.
	l, err := s.Take(t.Context(), "R")
	must(t, err)
	must(t, step())
	fillUp(t, dir, 0)
	_ = l.Close()
	_ = s.Close()
	late := open(t, path, Options{ReadOnly: true})
	if got := eventsOf(t, late, "R"); len(got) != seq {
		t.Errorf("after the end: %d events, want %d", len(got), seq)
	}
}
