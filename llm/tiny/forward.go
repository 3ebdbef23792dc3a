package tiny

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// row is one token to evaluate: the next one of its slot.
type row struct {
	slot   *slot
	pos    int
	token  int32
	wanted bool // whether somebody reads its logits
}

// work is the scratch space of forward, for as many rows as a step may have.
// All vectors of one kind lie one after another.
type work struct {
	x, normed        []float32 // the residual stream
	qkv, heads       []float32
	hidden, gatedOut []float32
	logits           []float32 // of the wanted rows only
	turns            []float32 // cos and sin for each pair of a head, by row
	scores           []float32 // one per earlier position
}

func newWork(g config, rows int) work {
	q := g.heads * g.headDim
	return work{
		x:        make([]float32, rows*g.dim),
		normed:   make([]float32, rows*g.dim),
		qkv:      make([]float32, rows*(q+2*g.kvHeads*g.headDim)),
		heads:    make([]float32, rows*q),
		hidden:   make([]float32, rows*2*g.ff),
		gatedOut: make([]float32, rows*g.ff),
		logits:   make([]float32, rows*g.vocab),
		turns:    make([]float32, rows*g.headDim),
	}
}

// forward evaluates rows and leaves the logits of the wanted ones in k.logits,
// in their order. Rows of one slot come in order of position, each directly
// after what the slot holds. It keeps their keys and values in the slots.
func (w *weights) forward(k *work, rows []row) {
	for i, r := range rows {
		copy(k.x[i*w.dim:], w.embedding.row(int(r.token)))
		w.turn(k.turns[i*w.headDim:(i+1)*w.headDim], r.pos)
		r.slot.grow(w.config, r.pos+1)
	}
	n := len(rows)
	for i := range w.layers {
		l := &w.layers[i]
		w.normaliseRows(k.normed, k.x, l.attentionNorm, n)
		l.qkv.times(k.qkv, k.normed, n)
		w.keep(k, rows, i)
		n = w.attend(k, rows, i)
		if n == 0 {
			return
		}
		l.attentionOut.times(k.normed, k.heads, n)
		blas32.Axpy(1, vector(k.normed[:n*w.dim]), vector(k.x[:n*w.dim]))

		w.normaliseRows(k.normed, k.x, l.mlpNorm, n)
		l.gateUp.times(k.hidden, k.normed, n)
		for j := range n {
			h := k.hidden[2*j*w.ff : 2*(j+1)*w.ff]
			gated(k.gatedOut[j*w.ff:], h[:w.ff], h[w.ff:])
		}
		l.down.times(k.normed, k.gatedOut, n)
		blas32.Axpy(1, vector(k.normed[:n*w.dim]), vector(k.x[:n*w.dim]))
	}
	w.normaliseRows(k.normed, k.x, w.norm, n)
	w.output.times(k.logits, k.normed, n)
}

func (w *weights) normaliseRows(y, x, gain []float32, n int) {
	for i := range n {
		normalise(y[i*w.dim:(i+1)*w.dim], x[i*w.dim:(i+1)*w.dim], gain, w.epsilon)
	}
}

// turn computes cos and sin of the RoPE angles of one position.
func (w *weights) turn(turns []float32, pos int) {
	for i, f := range w.frequencies {
		sin, cos := math.Sincos(float64(pos) * f)
		turns[2*i], turns[2*i+1] = float32(cos), float32(sin)
	}
}

// keep turns the queries and keys of all rows and stores keys and values.
func (w *weights) keep(k *work, rows []row, layer int) {
	q, kv := w.heads*w.headDim, w.kvHeads*w.headDim
	for i, r := range rows {
		v := k.qkv[i*(q+2*kv) : (i+1)*(q+2*kv)]
		rotate(v[:q+kv], k.turns[i*w.headDim:(i+1)*w.headDim])
		copy(r.slot.keys[layer][r.pos*kv:], v[q:q+kv])
		copy(r.slot.values[layer][r.pos*kv:], v[q+kv:])
	}
}

// rotate turns each pair (2i, 2i+1) of each head. That is the order in which
// the file stores queries and keys, not that of the original model, whose pairs
// are half a head apart.
func rotate(heads, turns []float32) {
	for ; len(heads) > 0; heads = heads[len(turns):] {
		for i := 0; i < len(turns); i += 2 {
			cos, sin := turns[i], turns[i+1]
			a, b := heads[i], heads[i+1]
			heads[i] = a*cos - b*sin
			heads[i+1] = a*sin + b*cos
		}
	}
}

// attend lets each row look at its slot up to itself, and returns how many rows
// go on. In the last layer these are the wanted ones, moved to the front: the
// other rows were evaluated for their keys and values, which are now kept.
func (w *weights) attend(k *work, rows []row, layer int) int {
	q, kv := w.heads*w.headDim, w.kvHeads*w.headDim
	scale := float32(1 / math.Sqrt(float64(w.headDim)))
	n := 0
	for i, r := range rows {
		if layer == w.config.layers-1 && !r.wanted {
			continue
		}
		copy(k.x[n*w.dim:(n+1)*w.dim], k.x[i*w.dim:(i+1)*w.dim])
		seen := r.pos + 1
		if len(k.scores) < seen {
			k.scores = slices.Grow(k.scores[:0], 2*seen)[:2*seen]
		}
		scores := vector(k.scores[:seen])
		for h := range w.heads {
			from := h / (w.heads / w.kvHeads) * w.headDim
			of := blas32.General{Rows: seen, Cols: w.headDim, Stride: kv}
			query := i*(q+2*kv) + h*w.headDim
			out := n*q + h*w.headDim
			of.Data = r.slot.keys[layer][from : seen*kv]
			blas32.Gemv(blas.NoTrans, scale, of, vector(k.qkv[query:query+w.headDim]), 0, scores)
			softmax(scores.Data)
			of.Data = r.slot.values[layer][from : seen*kv]
			blas32.Gemv(blas.Trans, 1, of, scores, 0, vector(k.heads[out:out+w.headDim]))
		}
		n++
	}
	return n
}
