// Package sample is what proof search on Coq is measured on: lemmas drawn from
// Coq's standard library, the same with their names changed, statements that
// are false, and theorems whose files do all they can to break a search.
package sample

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// Lemma is a lemma of Coq's standard library with a proof that ends in Qed.
type Lemma struct {
	File   string // within the folder theories, with forward slashes
	Module string // the modules it stands in, as in "M.N"; mostly empty
	Name   string // without them
	// Steps are the sentences of its proof, without Proof, Qed, bullets and braces.
	Steps int

	order string
}

// Full is the name with its modules.
func (l Lemma) Full() string {
	if l.Module == "" {
		return l.Name
	}
	return l.Module + "." + l.Name
}

// Stratum is a range of lengths of proofs, both ends included.
type Stratum struct{ From, To int }

func (s Stratum) String() string { return fmt.Sprintf("%d-%d", s.From, s.To) }

// Strata are those that lemmas are drawn from in equal numbers.
var Strata = []Stratum{{1, 2}, {3, 5}, {6, 10}, {11, 25}}

// Stratum is the index of the lemma's one in Strata, or -1.
func (l Lemma) Stratum() int {
	return slices.IndexFunc(Strata, func(s Stratum) bool { return s.From <= l.Steps && l.Steps <= s.To })
}

const (
	longest   = 500 // characters of a statement's sentence
	perFolder = 6   // lemmas of one folder in a stratum
)

// Root is the folder of the standard library's source, as coqc tells it.
func Root(ctx context.Context) (string, error) {
	coqc, err := ide.Find("coqc")
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, coqc, "-where").Output()
	if err != nil {
		return "", fmt.Errorf("asking coqc where its library is: %w", err)
	}
	root := filepath.Join(strings.TrimSpace(string(out)), "theories")
	if _, err := os.Stat(filepath.Join(root, "Init", "Logic.v")); err != nil {
		return "", fmt.Errorf("the source of Coq's standard library is not in %s (it comes with Debian's libcoq-stdlib): %w", root, err)
	}
	return root, nil
}

// Draw takes per lemmas of each stratum from the library in root, after passing
// over the skip that it takes of each by the same rules: so the draws with skip
// 0 and skip per have nothing in common. Lemmas come in the order of the
// SHA-256 of "ponder:FILE:NAME", the name without its modules; a statement of
// more than 500 characters and a seventh lemma of a folder and stratum are left
// out. Fewer come where a stratum has no more.
func Draw(root string, per, skip int) ([]Lemma, error) {
	if per < 0 || skip < 0 {
		return nil, fmt.Errorf("%d lemmas of each stratum after %d can't be drawn: both must be 0 or more, for example 25 and 0", per, skip)
	}
	all, err := library(root)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b Lemma) int { return cmp.Compare(a.order, b.order) })
	var drawn []Lemma
	for i := range Strata {
		_, rest := take(ofStratum(all, i), skip)
		set, _ := take(rest, per)
		drawn = append(drawn, set...)
	}
	return drawn, nil
}

func ofStratum(all []Lemma, stratum int) (list []Lemma) {
	for _, l := range all {
		if l.Stratum() == stratum {
			list = append(list, l)
		}
	}
	return list
}

// take is the first n lemmas that leave no folder with more than its share, and
// all the others.
func take(list []Lemma, n int) (taken, left []Lemma) {
	folder := map[string]int{}
	for _, l := range list {
		if dir := path.Dir(l.File); len(taken) < n && folder[dir] < perFolder {
			folder[dir]++
			taken = append(taken, l)
		} else {
			left = append(left, l)
		}
	}
	return taken, left
}

// library lists the lemmas of all files, in the order of their paths.
func library(root string) (all []Lemma, err error) {
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".v" {
			return err
		}
		short, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		found, err := lemmas(root, filepath.ToSlash(short))
		all = append(all, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("drawing lemmas from %s: %w", root, err)
	}
	return all, nil
}

func lemmas(root, file string) (list []Lemma, err error) {
	f, err := read(root, file)
	if err != nil {
		return nil, err
	}
	for _, t := range f.Theorems {
		if t.Ending != "Qed" || !isLemma(t.Kind) || t.Name == "" ||
			utf8.RuneCountInString(f.Sentences[t.Stated].Text) > longest {
			continue
		}
		sum := sha256.Sum256([]byte("ponder:" + file + ":" + t.Name))
		l := Lemma{file, t.Module, t.Name, steps(f, t), hex.EncodeToString(sum[:])}
		if _, err := f.Redo(l.Full()); err == nil { // else the file has two of that name
			list = append(list, l)
		}
	}
	return list, nil
}

func isLemma(kind string) bool {
	switch kind {
	case "Lemma", "Theorem", "Fact", "Remark", "Corollary", "Proposition", "Property":
		return true
	}
	return false
}

func steps(f *vernac.File, t vernac.Theorem) (n int) {
	for _, s := range f.Sentences[t.First:t.Last] {
		if !s.Bullet() && !s.Opens() && !s.Closes() && !startsWith(s.Text, "Proof") {
			n++
		}
	}
	return n
}

// startsWith reports whether a sentence begins with a word.
func startsWith(sentence, word string) bool {
	first := scan(sentence)
	return len(first) > 0 && first[0].text(sentence) == word
}

func read(root, file string) (*vernac.File, error) {
	name := filepath.Join(root, filepath.FromSlash(file))
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading a file of Coq's library: %w", err)
	}
	return vernac.Parse(name, string(text))
}

// Read takes the lemma's file apart; the hole is its whole proof, and flags are
// those with which Coq reads the file.
func (l Lemma) Read(root string) (f *vernac.File, h vernac.Hole, flags []string, err error) {
	f, err = read(root, l.File)
	if err != nil {
		return nil, vernac.Hole{}, nil, err
	}
	h, err = f.Redo(l.Full())
	return f, h, Flags(l.File), err
}

// Flags are those with which Coq reads a file of the library: under its full
// name, so that no library can be loaded that rests on the file itself, and
// without the prelude where the file is a part of that.
func Flags(file string) []string {
	name := strings.ReplaceAll(strings.TrimSuffix(file, ".v"), "/", ".")
	flags := []string{"-top", "Coq." + name}
	if strings.HasPrefix(file, "Init/") {
		flags = append(flags, "-noinit")
	}
	return flags
}
