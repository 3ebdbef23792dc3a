package vernac

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Tests put others in their place to see what an error leaves behind.
var (
	makeTemp = os.CreateTemp
	openNew  = os.OpenFile
	rename   = os.Rename
)

// Write replaces the text of a file, old by new, and keeps old beside it in
// backup: X.v.bak, or X.v.bak.2 and so on where that is taken. It refuses if
// the file no longer holds old. The file is replaced at once and keeps its
// mode: on an error it is as it was, and no other file is left. A link is
// followed.
func Write(path, old, new string) (backup string, err error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("the proof can't be written: %w", err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", fmt.Errorf("the proof can't be written: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("the proof can't be written: %s is not a regular file", path)
	}
	if err := holdsText(real, old); err != nil {
		return "", err
	}
	temp, err := makeFile(filepath.Dir(real), filepath.Base(real), new, info.Mode().Perm())
	if err != nil {
		return "", fmt.Errorf("the proof can't be written to %s, which is as it was: %w", path, err)
	}
	defer func() {
		if err != nil {
			os.Remove(temp)
		}
	}()
	backup, err = keep(real, old, info.Mode().Perm())
	if err != nil {
		return "", fmt.Errorf("no copy of %s can be kept, so it is as it was: %w", path, err)
	}
	// Looked at again as late as possible: an editor may have saved meanwhile.
	if err = holdsText(real, old); err == nil {
		err = rename(temp, real)
	}
	if err != nil {
		os.Remove(backup)
		return "", fmt.Errorf("the proof can't be written to %s: %w", path, err)
	}
	syncDir(filepath.Dir(real))
	return backup, nil
}

func holdsText(path, text string) error {
	now, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the proof can't be written: %w", err)
	}
	if string(now) != text {
		return fmt.Errorf("%s has changed since it was read, and is left as it is: start again from the new text", path)
	}
	return nil
}

// makeFile writes a new file beside another, whole and on disk.
func makeFile(dir, base, text string, mode fs.FileMode) (string, error) {
	file, err := makeTemp(dir, "."+base+".*.tmp")
	if err != nil {
		return "", err
	}
	if err := fillFile(file, text, mode); err != nil {
		os.Remove(file.Name())
		return "", err
	}
	return file.Name(), nil
}

func fillFile(file *os.File, text string, mode fs.FileMode) error {
	_, err := file.WriteString(text)
	return errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
}

// keep writes the backup, under a name that nothing has.
func keep(path, text string, mode fs.FileMode) (string, error) {
	for n := 1; ; n++ {
		name := path + ".bak"
		if n > 1 {
			name += "." + strconv.Itoa(n)
		}
		file, err := openNew(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if err := fillFile(file, text, mode); err != nil {
			os.Remove(name)
			return "", err
		}
		return name, nil
	}
}

// syncDir makes the new name last. Some file systems can't, and that is no
// reason to call the file not written.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
