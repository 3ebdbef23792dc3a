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

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/event"
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
	root := "/usr/lib/ocaml/coq/theories"
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
	ctx, cancel := context.WithTimeout(context.Background(), limit+20*time.Second)
	defer cancel()
	ls, all, err := lemmas(root, l.File)
	if err != nil {
		return err.Error()
	}
	var prefix []coq.Sentence
	text, _ := os.ReadFile(filepath.Join(root, l.File))
	byAt := map[int]lemma{}
	for _, x := range ls {
		byAt[x.at] = x
	}
	var own []proof.Premise
	var earlier []prove.Earlier
	for i := 0; i <= l.at; i++ {
		prefix = append(prefix, coq.Sentence{Text: all[i].Text, Line: 1 + strings.Count(string(text[:all[i].Start]), "\n")})
		if x, ok := byAt[i]; ok && x.end < l.at {
			own = append(own, proof.Premise{Name: x.Name})
			var ts []string
			for j := x.at + 1; j < x.end; j++ {
				t := all[j].Text
				if !strings.HasPrefix(t, "Proof") && strings.Trim(t, "-+*{}") != "" {
					ts = append(ts, vernac.Clean(t))
				}
			}
			earlier = append(earlier, prove.Earlier{Name: x.Name, Statement: x.Statement, Tactics: ts})
		}
	}
	dir := strings.ReplaceAll(filepath.Dir(l.File), "/", ".")
	e := coq.New(coq.Config{Flags: []string{"-top", "Coq." + dir + "." + strings.TrimSuffix(filepath.Base(l.File), ".v")}}, prefix)
	defer e.Close()
	began := time.Now()
	p := &prove.Portfolio{Env: e, Library: prove.NewLibrary(e, l.Name, own), Habits: prove.NewHabits(l.Name, earlier)}
	pr := &prove.Problem{Env: e}
	res, err := ponder.Solve(ctx, ponder.Problem{EnvName: "coq", Env: pr, Policy: p, Critic: prove.Size{}},
		ponder.Config{Emit: trace(), Time: limit, Strategy: "puct", Width: 8, Widen: 3, Mix: 0.5})
	note := fmt.Sprintf("%.1fs %s %s", time.Since(began).Seconds(), res.Reason, strings.TrimSpace(pr.Stats()))
	if os.Getenv("TRACE") != "" {
		fmt.Println(e.Spent())
	}
	if err != nil {
		return "error " + err.Error() + " " + note
	}
	if res.Status != "solved" {
		return "-- " + note
	}
	whole := string(text[:all[l.at].End]) + "\n" + res.Answer + "\nQed.\n" + string(text[all[l.end].End:])
	if err := check(l, whole, dir); err != nil {
		return "REFUSED " + note + " " + strings.ReplaceAll(res.Answer, "\n", " ") + err.Error()
	}
	return "OK " + note + " " + strings.ReplaceAll(res.Answer, "\n", " ")
}

func check(l lemma, whole, dir string) error {
	tmp, err := os.MkdirTemp("", "ponder")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	f := filepath.Join(tmp, filepath.Base(l.File))
	if err := os.WriteFile(f, []byte(whole), 0o600); err != nil {
		return err
	}
	out, err := exec.Command("timeout", "300", "coqc", "-q", "-noglob", "-w", "none", "-native-compiler", "no", "-topfile", f, "-o", f+"o", f).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %w", out, err)
	}
	return nil
}

func trace() func(event.Event) {
	if os.Getenv("TRACE") == "" {
		return nil
	}
	states := map[int32]string{}
	return func(e event.Event) {
		switch {
		case e.Started != nil:
			states[e.Started.Root.ID] = e.Started.Root.State
		case e.Grown != nil:
			for _, n := range e.Grown.New {
				states[n.ID] = n.State
			}
			fmt.Printf("GROWN %d %s\n", e.Grown.Node, states[e.Grown.Node])
			for _, ed := range e.Grown.Edges {
				fmt.Printf("     %.3f %s => %d %s\n", ed.Prior, ed.Action, ed.Child, states[ed.Child])
			}
		case e.Visited != nil:
			fmt.Printf("VISIT %d %.2f %v %s\n", e.Visited.Leaf, e.Visited.Value.Mean, len(e.Visited.Path), e.Visited.Value.Note)
		}
	}
}
