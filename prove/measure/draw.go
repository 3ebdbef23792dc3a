package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// lemma is one of the library with a proof that ends in Qed.
type lemma struct {
	File      string // within the library's folder
	Name      string
	Statement string // the whole sentence
	Steps     int    // sentences of its proof, Proof and Qed left out
	at        int    // index of the statement's sentence
	end       int    // index of Qed
	order     string
}

// strata are the numbers of sentences of a proof.
var strata = [][2]int{{1, 2}, {3, 5}, {6, 10}, {11, 25}}

var begins = regexp.MustCompile(`^(?:(?:Local|Global|#\[[^\]]*\])\s+)*(?:Lemma|Theorem|Fact|Remark|Corollary|Proposition|Property)\s+([\w']+)`)

// lemmas lists those of one file.
func lemmas(root, file string) ([]lemma, []vernac.Sentence, error) {
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, nil, err
	}
	all, err := vernac.Split(string(text))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	var out []lemma
	for i, s := range all {
		m := begins.FindStringSubmatch(s.Text)
		if m == nil || len(s.Text) > 500 {
			continue
		}
		steps := 0
		for j := i + 1; j < len(all); j++ {
			t := all[j].Text
			if t == "Qed." {
				sum := sha256.Sum256([]byte("ponder:" + file + ":" + m[1]))
				out = append(out, lemma{file, m[1], s.Text, steps, i, j, hex.EncodeToString(sum[:])})
				break
			}
			if begins.MatchString(t) || t == "Defined." || strings.HasPrefix(t, "Admitted") || strings.HasPrefix(t, "Save") || strings.HasPrefix(t, "End ") || strings.HasPrefix(t, "Definition ") {
				break
			}
			if !strings.HasPrefix(t, "Proof") && strings.Trim(t, "-+*{}") != "" {
				steps++
			}
		}
	}
	return out, all, nil
}

// draw takes per lemmas of each stratum, at most six of a folder, skipping the
// first ones of each.
func draw(root string, per, skip int) ([]lemma, error) {
	var all []lemma
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".v") {
			return err
		}
		file, _ := filepath.Rel(root, path)
		found, _, err := lemmas(root, file)
		if err != nil {
			fmt.Fprintln(os.Stderr, "left out:", err)
			return nil
		}
		all = append(all, found...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b lemma) int { return strings.Compare(a.order, b.order) })
	var out []lemma
	for _, s := range strata {
		folder := map[string]int{}
		n := 0
		for _, l := range all {
			if l.Steps < s[0] || l.Steps > s[1] || folder[filepath.Dir(l.File)] >= 6 {
				continue
			}
			folder[filepath.Dir(l.File)]++
			if n++; n > skip {
				out = append(out, l)
			}
			if n == skip+per {
				break
			}
		}
	}
	return out, nil
}
