package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile writes a file in one piece: it is there as a whole or as it was
// before. What is no ordinary file, such as a pipe, is written as it goes.
func writeFile(path string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = badInput("-o %s can't be written: %w; give a file in a folder that is there, for example -o tree.svg", path, err)
		}
	}()
	mode, exists := fs.FileMode(0o666), false // less what the umask takes
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return errors.New("it is a folder")
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	case err == nil:
		mode, exists = info.Mode().Perm(), true
		// A link stays one: what it leads to is replaced.
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	tmp, f := "", (*os.File)(nil)
	for i := 0; f == nil; i++ {
		tmp = filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d-%d.tmp", filepath.Base(path), os.Getpid(), i))
		if f, err = os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	err = write(f)
	if err == nil && exists {
		err = f.Chmod(mode) // whatever the umask is
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
	}
	return err
}
