package prove

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
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
	dir, remove, err := scratch(o.Dir)
	if err != nil {
		return nil, f.Text, err
	}
	defer remove()
	o.Dir = dir
	if o.Memory == nil {
		o.Memory = &Memory{}
	}
	j := judging{
		judge: coq.Judge{Flags: o.Flags, Dir: o.Dir, Allow: o.Allow}, origin: f, file: f, filled: map[int]int{}, waiting: map[int][]int{},
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
				file, h, err := j.now(holes, i)
				if err != nil {
					found[i] <- outcome{Result{Place: placeOf(holes[i])}, err}
					continue
				}
				r, err := search(work, file, placeOf(holes[i]), h, o)
				found[i] <- outcome{r, err}
			}
		})
	}
	for i, c := range found {
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
		if err := j.take(ctx, holes, i, out.r); err != nil {
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
	results []Result
	waiting map[int][]int // by theorem: results that wait for its other holes

	mu     sync.Mutex   // guards what searches look at
	origin *vernac.File // as it was
	file   *vernac.File // with what is put in
	filled map[int]int  // by theorem: holes that are
}

// now is the file as it is now, and the i-th hole in it. Proofs are put in in the
// order of the holes, so all that are filled stand before it.
func (j *judging) now(holes []vernac.Hole, i int) (*vernac.File, vernac.Hole, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	h := holes[i]
	if h.Kind == vernac.Redo {
		again, err := j.file.RedoOf(h.Theorem)
		return j.file, again, err
	}
	var of []vernac.Hole
	for _, other := range vernac.Holes(j.file) {
		if other.Theorem == h.Theorem {
			of = append(of, other)
		}
	}
	// The holes that are asked for need not be all that the theorem has.
	at := -j.filled[h.Theorem]
	for _, other := range vernac.Holes(j.origin) {
		if other.Theorem == h.Theorem && other.Before < h.Before {
			at++
		}
	}
	if at < 0 || at >= len(of) {
		return j.file, h, fmt.Errorf("the hole %s is not there any more", h)
	}
	return j.file, of[at], nil
}

// unproved are the theorems of a file that have no proof yet: nothing may rest
// on them.
func unproved(f *vernac.File) []string {
	var names []string
	for _, t := range f.Theorems {
		if t.Ending == "Admitted" || t.Ending == "Abort" {
			names = append(names, t.Name)
		}
	}
	return names
}

// put takes a file in which one more hole of a theorem is filled.
func (j *judging) put(file *vernac.File, theorem int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.file = file
	j.filled[theorem]++
}

// take judges the next result.
func (j *judging) take(ctx context.Context, holes []vernac.Hole, i int, r Result) error {
	j.results = append(j.results, r)
	at := &j.results[len(j.results)-1]
	if !r.Solved {
		return nil
	}
	n := holes[i].Theorem
	file, err := j.fill(holes, i, r.Script)
	if err != nil {
		return fmt.Errorf("putting the proof of %s into the file: %w", r.Place, err)
	}
	if file.Theorems[n].Ending == "Admitted" {
		at.Reason = OtherHoles
		j.put(file, n)
		j.waiting[n] = append(j.waiting[n], len(j.results)-1)
		return nil
	}
	v, err := j.judge.Check(ctx, j.file, n, file.Text)
	at.Axioms, at.Checked = v.Axioms, v.Elapsed
	var refused *coq.RefusedError
	if errors.As(err, &refused) {
		at.Reason = refused.Error()
		return nil
	}
	if err != nil {
		return err
	}
	j.put(file, n)
	at.Verified = true
	for _, i := range j.waiting[n] {
		j.results[i].Verified, j.results[i].Reason = true, at.Reason
	}
	return nil
}

// fill puts a proof into the file as it is now.
func (j *judging) fill(holes []vernac.Hole, i int, script string) (*vernac.File, error) {
	file, h, err := j.now(holes, i)
	if err != nil {
		return nil, err
	}
	text, err := file.Fill(h, script)
	if err != nil {
		return nil, err
	}
	return vernac.Parse(file.Path, text)
}
