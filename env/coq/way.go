package coq

// way is how a state is reached from the beginning of a proof: the last
// sentence and the way before it. Ways are shared and never change.
type way struct {
	before   *way
	sentence string
	depth    int
}

func (w *way) then(sentence string) *way { return &way{w, sentence, w.depth + 1} }

// steps are the ways up to w, the beginning left out.
func (w *way) steps() []*way {
	out := make([]*way, w.depth)
	for at := w; at.depth > 0; at = at.before {
		out[at.depth-1] = at
	}
	return out
}
