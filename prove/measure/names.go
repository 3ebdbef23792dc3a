package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/prove/measure/sample"
)

// names remembers which names of a file can be changed.
type names struct {
	dir string

	mu    sync.Mutex
	files map[string]*sync.Mutex // one at a time finds out
}

// newNames keeps what it learns beside what else is kept.
func newNames() (*names, error) {
	dir := os.Getenv("PONDER_CACHE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("there is no place for what is learnt about names: set PONDER_CACHE to a folder: %w", err)
		}
		dir = filepath.Join(cache, "ponder")
	}
	dir = filepath.Join(dir, "measure")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making a folder for what is learnt about names: %w", err)
	}
	return &names{dir: dir, files: map[string]*sync.Mutex{}}, nil
}

func (n *names) lock(file string) *sync.Mutex {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.files[file] == nil {
		n.files[file] = &sync.Mutex{}
	}
	return n.files[file]
}

// rename changes the names of a file of the library.
func (n *names) rename(ctx context.Context, file, text string) (sample.Renamed, error) {
	mine := n.lock(file)
	mine.Lock()
	defer mine.Unlock()
	all := sample.Rename(text)
	sum := sha256.Sum256([]byte(file + "\x00" + text + "\x00" + all))
	kept := filepath.Join(n.dir, hex.EncodeToString(sum[:16])+".json")
	var good []string
	if known, err := os.ReadFile(kept); err == nil && json.Unmarshal(known, &good) == nil {
		return sample.RenameOnly(text, good)
	}
	r := sample.Renamer{Check: func(ctx context.Context, text string) error {
		_, err := sample.Compile(ctx, file, text, sample.Flags(file)...)
		return err
	}}
	changed, err := r.Rename(ctx, text)
	if err != nil {
		return changed, err
	}
	line, err := json.Marshal(append([]string{}, changed.Names...))
	if err != nil {
		return changed, fmt.Errorf("keeping what was learnt about names: %w", err)
	}
	return changed, replaceFile(kept, line)
}

// replaceFile writes a file at once: others may read it meanwhile.
func replaceFile(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), strings.TrimSuffix(filepath.Base(file), ".json")+".*")
	if err != nil {
		return fmt.Errorf("keeping what was learnt about names: %w", err)
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("keeping what was learnt about names: %w", err)
	}
	return nil
}
