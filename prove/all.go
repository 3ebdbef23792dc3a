package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// All searches proofs for holes of a file, jobs at once, and has each judged in
// the order of the file, with the proofs before it put in: so a proof may rest on
// a lemma whose own proof was found in the same go, if it was judged by then, and on
// none that has none. It returns what came of each and the text of the file with all
// that is verified put in. Done, if set, is told of each result as soon as it is final,
// and again of one that had to wait for the other holes of its theorem.
//
// A proof within a theorem that has other holes counts when those are filled,
// too. The results are valid also beside an error, as far as they go; holes that
// were not come to have that for their Reason.
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
	j := judging{judge: coq.Judge{Flags: o.Flags, Dir: o.Dir, Allow: o.Allow}, holes: holes, origin: f, sure: f, waiting: map[int][]waiter{}}
	if done == nil {
		done = func(Result) {}
	}
	slots := make(chan struct{}, max(1, jobs))
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
					return
				}
				out := j.search(work, i, o)
				// The one that is judged at once keeps its slot so long: the next
				// search may want its proof.
				if out.early = !j.isNext(i); out.early {
					<-slots
				}
				found[i] <- out
			}
		})
	}
	for _, c := range found {
		var out outcome
		select {
		case out = <-c:
		case <-ctx.Done():
			return j.rest(ctx.Err()), j.text(), ctx.Err()
		}
		again, err := j.take(ctx, out)
		if err != nil {
			return j.rest(err), j.text(), err
		}
		if !out.early {
			<-slots
		}
		for _, r := range again {
			done(r)
		}
	}
	return j.results, j.text(), nil
}

// OtherHoles is the Reason of a proof that can't be judged yet.
const OtherHoles = "the theorem has other holes"

// notSearched is the Reason of a hole that was not come to.
const notSearched = "it was stopped before"

// outcome is what came of a search.
type outcome struct {
	r     Result
	err   error
	early bool // others may search already
}

// judging puts proofs into a file, one by one.
type judging struct {
	judge  coq.Judge
	holes  []vernac.Hole
	origin *vernac.File // as it was

	mu      sync.Mutex // guards what follows, for searches look at it
	results []Result
	sure    *vernac.File     // with what is verified
	waiting map[int][]waiter // by theorem: proofs that wait for its other holes
}

// waiter is a proof that waits, by the number of its hole.
type waiter struct {
	hole   int
	script string
}

// search looks for the proof of the i-th hole.
func (j *judging) search(ctx context.Context, i int, o Options) outcome {
	j.mu.Lock()
	file, h, err := j.now(i)
	j.mu.Unlock()
	if err != nil {
		return outcome{r: Result{Place: placeOf(j.holes[i])}, err: err}
	}
	r, err := search(ctx, file, placeOf(j.holes[i]), h, o)
	if errors.Is(err, coq.ErrPlace) {
		r.Reason, err = err.Error(), nil // other holes may be better
	}
	return outcome{r: r, err: err}
}

// isNext reports whether all holes before the i-th are judged.
func (j *judging) isNext(i int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.results) == i
}

// text is the file with all that is verified.
func (j *judging) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.sure.Text
}

// rest are the results, with one for each hole that was not come to.
func (j *judging) rest(err error) []Result {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := slices.Clone(j.results)
	for i := len(out); i < len(j.holes); i++ {
		r := Result{Place: placeOf(j.holes[i]), Reason: notSearched}
		if i == len(j.results) && !errors.Is(err, context.Canceled) {
			r.Reason = err.Error()
		}
		out = append(out, r)
	}
	return out
}

// now is the file as it is for the i-th hole, with what is verified and what waits in
// the same theorem, and the hole in it.
func (j *judging) now(i int) (*vernac.File, vernac.Hole, error) {
	file := j.sure
	waits := j.waiting[j.holes[i].Theorem]
	for filled, w := range waits {
		h, err := j.place(file, w.hole, filled)
		if err != nil {
			return file, h, err
		}
		if file, err = fill(file, h, w.script); err != nil {
			return file, h, err
		}
	}
	h, err := j.place(file, i, len(waits))
	return file, h, err
}

// place is where the i-th hole is in a file in which some holes of its theorem are
// filled. Proofs are put in in the order of the holes, so that those stand before it.
func (j *judging) place(file *vernac.File, i, filled int) (vernac.Hole, error) {
	h := j.holes[i]
	if h.Kind == vernac.Redo {
		return file.RedoOf(h.Theorem)
	}
	var of []vernac.Hole
	for _, other := range vernac.Holes(file) {
		if other.Theorem == h.Theorem {
			of = append(of, other)
		}
	}
	// The holes that are asked for need not be all that the theorem has.
	at := -filled
	for _, other := range vernac.Holes(j.origin) {
		if other.Theorem == h.Theorem && other.Before < h.Before {
			at++
		}
	}
	if at < 0 || at >= len(of) {
		return h, fmt.Errorf("the hole %s is not there any more", h)
	}
	return of[at], nil
}

// fill is a file with a proof put into a hole.
func fill(f *vernac.File, h vernac.Hole, script string) (*vernac.File, error) {
	text, err := f.Fill(h, script)
	if err != nil {
		return nil, fmt.Errorf("putting the proof of %s into the file: %w", h, err)
	}
	filled, err := vernac.Parse(f.Path, text)
	if err != nil {
		return nil, fmt.Errorf("putting the proof of %s into the file: %w", h, err)
	}
	return filled, nil
}

// unproved are the theorems of a file that have no proof yet: nothing may rest
// on them.
func unproved(f *vernac.File) []string {
	var names []string
	for _, t := range f.Theorems {
		if t.Ending == "Admitted" || t.Ending == "Abort" {
			names = append(names, t.Called()...)
		}
	}
	return names
}

// take judges the next result. It returns it, and those that had waited for it.
func (j *judging) take(ctx context.Context, out outcome) ([]Result, error) {
	r, i := out.r, len(j.results)
	err := out.err
	verified := false
	if err == nil && r.Solved {
		verified, err = j.judged(ctx, i, &r)
	}
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.results = append(j.results, r)
	told := []Result{r}
	n := j.holes[i].Theorem
	if verified {
		for _, w := range j.waiting[n] {
			before := &j.results[w.hole]
			before.Verified, before.Reason, before.Axioms = true, r.Reason, r.Axioms
			told = append(told, *before)
		}
		delete(j.waiting, n)
	}
	return told, nil
}

// judged puts the proof of the i-th hole into the file, and has it judged if its theorem
// has no hole any more.
func (j *judging) judged(ctx context.Context, i int, r *Result) (bool, error) {
	j.mu.Lock()
	file, h, err := j.now(i)
	j.mu.Unlock()
	if err != nil {
		return false, err
	}
	n := h.Theorem
	filled, err := fill(file, h, r.Script)
	if err != nil {
		return false, err
	}
	if filled.Theorems[n].Ending == "Admitted" {
		r.Reason = OtherHoles
		j.mu.Lock()
		j.waiting[n] = append(j.waiting[n], waiter{i, r.Script})
		j.mu.Unlock()
		return false, nil
	}
	v, err := j.judge.Check(ctx, file, n, filled.Text)
	r.Axioms, r.Checked = v.Axioms, v.Elapsed
	var refused *coq.RefusedError
	if errors.As(err, &refused) {
		r.Reason = refused.Error()
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.Verified = true
	j.mu.Lock()
	j.sure = filled
	j.mu.Unlock()
	return true, nil
}
