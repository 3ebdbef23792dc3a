package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// record is a line of the file of -json.
type record struct {
	Setting string `json:"setting"`
	File    string `json:"file"`
	Name    string `json:"name"` // with its modules
	Stratum string `json:"stratum"`
	Steps   int    `json:"steps,omitempty"` // of the library's proof
	found
	Error     string `json:"error,omitempty"` // the search itself went wrong
	ElapsedMS int64  `json:"elapsed_ms"`
	// With -rename: how many names the statement has, how many of them are
	// changed, and what the lemma is called.
	Names   int    `json:"names,omitempty"`
	Renamed int    `json:"renamed,omitempty"`
	NewName string `json:"new_name,omitempty"`
}

func (r record) id() string { return r.File + ":" + r.Name }

// readRecords reads a file of records. A last line without an end was being
// written when the program died, and does not count; size is without it.
func readRecords(file string) (list []record, size int64, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, fmt.Errorf("reading results: %w", err)
	}
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return list, size, nil
		}
		var r record
		err := json.Unmarshal(line, &r)
		if err == nil && (r.Name == "" || r.Setting == "") {
			err = errors.New(`it must be an object with "setting" and "name"`)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s:%d is not a line that measure -json wrote: %w", file, n, err)
		}
		list = append(list, r)
		size += int64(len(line)) + 1
		text = rest
	}
}

// keeper writes records; a nil one keeps nothing.
type keeper struct{ file *os.File }

// openKeeper begins a file, or goes on with the one that is resumed: resumed are
// its records, which another file gets first.
func openKeeper(file, resume string, resumed []record, size int64) (*keeper, error) {
	switch {
	case file == "":
		return nil, nil
	case file == resume:
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		if err == nil {
			err = errors.Join(f.Truncate(size), seekEnd(f))
		}
		if err != nil {
			return nil, fmt.Errorf("going on with results: %w", err)
		}
		return &keeper{f}, nil
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, badUsage("%s is there already: go on with it (-resume %s), or give another name", file, file)
	}
	if err != nil {
		return nil, fmt.Errorf("keeping results: %w", err)
	}
	k := &keeper{f}
	for _, r := range resumed {
		if err := k.add(r); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func seekEnd(f *os.File) error {
	_, err := f.Seek(0, io.SeekEnd)
	return err
}

func (k *keeper) add(r record) error {
	if k == nil {
		return nil
	}
	line, err := json.Marshal(r)
	if err == nil {
		_, err = k.file.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keeping a result in %s: %w", k.file.Name(), err)
	}
	return nil
}

func (k *keeper) close() error {
	if k == nil {
		return nil
	}
	return k.file.Close()
}
