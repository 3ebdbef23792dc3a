package tiny

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// matrix is a weight matrix of rows outputs and cols inputs, row by row.
type matrix struct {
	rows, cols int
	data       []float32
}

// cachedFloats is how many weights are used for all vectors before the next
// ones are fetched: half of a common first-level cache of 32 KiB.
const cachedFloats = 4096

// times sets each of the n vectors of y to m times that of x.
//
// Each output is one dot product whose order of summation depends on its
// length only. So a vector's result is the same to the last bit in any batch,
// which Gemm does not promise: it cuts larger products into blocks.
func (m matrix) times(y, x []float32, n int) {
	step := max(1, cachedFloats/m.cols)
	for from := 0; from < m.rows; from += step {
		to := min(from+step, m.rows)
		part := blas32.General{Rows: to - from, Cols: m.cols, Stride: m.cols,
			Data: m.data[from*m.cols : to*m.cols]}
		for i := range n {
			blas32.Gemv(blas.NoTrans, 1, part, vector(x[i*m.cols:(i+1)*m.cols]),
				0, vector(y[i*m.rows+from:i*m.rows+to]))
		}
	}
}

// row returns the i-th row.
func (m matrix) row(i int) []float32 {
	return m.data[i*m.cols : (i+1)*m.cols]
}

func vector(x []float32) blas32.Vector {
	return blas32.Vector{N: len(x), Inc: 1, Data: x}
}

// normalise sets y to x scaled to a root mean square of 1, times gain (RMSNorm).
func normalise(y, x, gain []float32, epsilon float64) {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	scale := float32(1 / math.Sqrt(sum/float64(len(x))+epsilon))
	for i, v := range x {
		y[i] = v * scale * gain[i]
	}
}

// softmax replaces scores by their probabilities.
func softmax(scores []float32) {
	top := scores[0]
	for _, s := range scores {
		top = max(top, s)
	}
	sum := 0.0
	for i, s := range scores {
		e := math.Exp(float64(s - top))
		scores[i] = float32(e)
		sum += e
	}
	scale := float32(1 / sum)
	for i := range scores {
		scores[i] *= scale
	}
}

// gated sets each value of y to silu(gate)·up (SwiGLU).
func gated(y, gate, up []float32) {
	for i, g := range gate {
		y[i] = float32(float64(g)/(1+math.Exp(-float64(g)))) * up[i]
	}
}
