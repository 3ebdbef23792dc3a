package prove

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/prove/learn"
)

// All searches proofs for holes of a file, jobs at once, and has each judged in
// the order of the file, with the proofs before it put in: so a proof may rest on
// a lemma whose own proof was found in the same go, and on none that has none.
// It returns what came of each and the text of the file with all that is
// verified put in. Done, if set, is told of each result as soon as it is final.
//
// A proof within a theorem that has other holes counts when those are filled,
// too. The results are valid also beside an error, as far as they go.
func All(ctx context.Context, f *vernac.File, holes []vernac.Hole, jobs int, o Options, done func(Result)) ([]Result, string, error) {
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	found := make([]chan outcome, len(holes))
	for i := range found {
		found[i] = make(chan outcome, 1)
	}
	if !o.NoCache {
		o.learnt = &learn.Table{}
	}
	j := judging{
		judge: coq.Judge{Flags: o.Flags, Dir: o.Dir, Allow: o.Allow}, file: f, left: map[int]int{}, waiting: map[int][]int{},
	}
	slots := make(chan struct{}, max(1, jobs)) // taken from the beginning of a search to its judgement
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	next := make(chan int, len(holes))
	for i := range holes {
		next <- i
	}
	close(next)
	for range max(1, min(jobs, len(holes))) {
		workers.Go(func() {
			for i := range next {
				select {
				case slots <- struct{}{}:
				case <-work.Done():
				}
				r, err := search(work, f, holes[i], j.unproved(), o)
				found[i] <- outcome{r, err}
			}
		})
	}
	for _, c := range found {
		var out outcome
		select {
		case out = <-c:
		case <-ctx.Done():
			return j.results, j.file.Text, ctx.Err()
		}
		if out.err != nil {
			j.results = append(j.results, out.r)
			return j.results, j.file.Text, out.err
		}
		if err := j.take(ctx, out.r); err != nil {
			return j.results, j.file.Text, err
		}
		<-slots
		if done != nil {
			done(j.results[len(j.results)-1])
		}
	}
	return j.results, j.file.Text, nil
}

// OtherHoles is the Reason of a proof that can't be judged yet.
const OtherHoles = "the theorem has other holes"

type outcome struct {
	r   Result
	err error
}

// judging puts proofs into a file, one by one.
type judging struct {
	judge   coq.Judge
	mu      sync.Mutex   // guards file, which searches look at
	file    *vernac.File // with what is put in
	results []Result
	left    map[int]int   // by theorem: holes before the next one that stay
	waiting map[int][]int // by theorem: results that wait for its other holes
}

// unproved are the theorems of the file that have no proof yet: nothing may rest
// on them.
func (j *judging) unproved() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var names []string
	for _, t := range j.file.Theorems {
		if t.Ending == "Admitted" || t.Ending == "Abort" {
			names = append(names, t.Name)
		}
	}
	return names
}

func (j *judging) put(file *vernac.File) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.file = file
}

// take judges the next result.
func (j *judging) take(ctx context.Context, r Result) error {
	j.results = append(j.results, r)
	at := &j.results[len(j.results)-1]
	if !r.Solved {
		j.left[r.Hole.Theorem]++
		return nil
	}
	n := r.Hole.Theorem
	file, err := j.fill(r)
	if err != nil {
		return fmt.Errorf("putting the proof of %s into the file: %w", r.Hole, err)
	}
	if file.Theorems[n].Ending == "Admitted" {
		at.Reason = OtherHoles
		j.put(file)
		j.waiting[n] = append(j.waiting[n], len(j.results)-1)
		return nil
	}
	v, err := j.judge.Check(ctx, j.file, n, file.Text)
	at.Axioms, at.Checked = v.Axioms, v.Elapsed
	var refused *coq.RefusedError
	if errors.As(err, &refused) {
		at.Reason = refused.Error()
		j.left[n]++
		return nil
	}
	if err != nil {
		return err
	}
	j.put(file)
	at.Verified = true
	for _, i := range j.waiting[n] {
		j.results[i].Verified, j.results[i].Reason = true, at.Reason
	}
	return nil
}

// fill puts a proof into the file as it is now.
func (j *judging) fill(r Result) (*vernac.File, error) {
	h := r.Hole
	if h.Kind == vernac.Redo {
		again, err := j.file.Redo(h.Name)
		if err != nil {
			return nil, err
		}
		h = again
	} else {
		var others []vernac.Hole
		for _, other := range vernac.Holes(j.file) {
			if other.Theorem == h.Theorem {
				others = append(others, other)
			}
		}
		if j.left[h.Theorem] >= len(others) {
			return nil, errors.New("the hole is not there any more")
		}
		h = others[j.left[h.Theorem]]
	}
	text, err := j.file.Fill(h, r.Script)
	if err != nil {
		return nil, err
	}
	return vernac.Parse(j.file.Path, text)
}
