// Command measure draws lemmas of Coq's standard library and has them proved.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/prove"
)

func main() {
	per := flag.Int("per", 25, "lemmas of each stratum")
	skip := flag.Int("skip", 0, "lemmas of each stratum left out first")
	limit := flag.Duration("time", time.Minute, "time for a lemma")
	jobs := flag.Int("jobs", 2, "lemmas at once")
	only := flag.String("only", "", "a name")
	listing := flag.Bool("list", false, "only list")
	flag.Parse()
	where, err := exec.Command("coqc", "-where").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "asking coqc where its library is:", err)
		os.Exit(3)
	}
	root := filepath.Join(strings.TrimSpace(string(where)), "theories")
	set, err := draw(root, *per, *skip)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	todo := make(chan lemma)
	var mu sync.Mutex
	solved := map[int]int{}
	for range *jobs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for l := range todo {
				r := try(root, l, *limit)
				mu.Lock()
				if strings.HasPrefix(r, "OK") {
					for i, s := range strata {
						if l.Steps >= s[0] && l.Steps <= s[1] {
							solved[i]++
						}
					}
				}
				fmt.Printf("%2d %s:%s %s\n", l.Steps, l.File, l.Name, r)
				mu.Unlock()
			}
		}()
	}
	for _, l := range set {
		if *only != "" && l.Name != *only {
			continue
		}
		if *listing {
			fmt.Println(l.Steps, l.File, l.Name)
			continue
		}
		todo <- l
	}
	close(todo)
	wg.Wait()
	fmt.Println(solved)
}

func try(root string, l lemma, limit time.Duration) string {
	ctx := context.Background()
	path := filepath.Join(root, l.File)
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	f, err := vernac.Parse(path, string(text))
	if err != nil {
		return err.Error()
	}
	h, err := f.Redo(l.Name)
	if err != nil {
		return err.Error()
	}
	r, err := prove.Prove(ctx, f, h, prove.Options{Time: limit})
	note := fmt.Sprintf("%.1fs tried %d nodes %d %s %v", r.Searched.Seconds(), r.Tried, r.Nodes, r.Reason, r.Axioms)
	switch {
	case err != nil:
		return "error " + err.Error() + note
	case r.Verified:
		return "OK " + note + " " + strings.ReplaceAll(r.Script, "\n", " ")
	case r.Solved:
		return "REFUSED " + note + " " + strings.ReplaceAll(r.Script, "\n", " ")
	}
	return "-- " + note
}
