package countdown

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// num is an exact rational. It has one form per value: n/d in lowest terms with
// d > 0 if both fit 63 bits and a sign, else wide. So equal values print equally,
// whatever sequence of steps made them.
type num struct {
	n, d int64    // |n|, d <= math.MaxInt64; both 0 if wide is set
	wide *big.Rat // nil for nearly all numbers; never changed once set
}

func whole(n int64) num { return num{n: n, d: 1} }

// fromRat takes ownership of r.
func fromRat(r *big.Rat) num {
	n, d := r.Num(), r.Denom()
	if n.IsInt64() && d.IsInt64() && n.Int64() != math.MinInt64 {
		return num{n: n.Int64(), d: d.Int64()}
	}
	return num{wide: r}
}

// rat returns the value for reading only.
func (a num) rat() *big.Rat {
	if a.wide != nil {
		return a.wide
	}
	return big.NewRat(a.n, a.d)
}

func (a num) isWhole() bool {
	if a.wide != nil {
		return a.wide.IsInt()
	}
	return a.d == 1
}

func (a num) sign() int {
	switch {
	case a.wide != nil:
		return a.wide.Sign()
	case a.n < 0:
		return -1
	case a.n > 0:
		return 1
	}
	return 0
}

func (a num) equal(b num) bool {
	if a.wide == nil || b.wide == nil {
		return a == b
	}
	return a.wide.Cmp(b.wide) == 0
}

func (a num) cmp(b num) int {
	if a.wide != nil || b.wide != nil {
		return a.rat().Cmp(b.rat())
	}
	sa, sb := a.sign(), b.sign()
	if sa != sb {
		return sa - sb
	}
	// Same sign: compare |a.n|*b.d with |b.n|*a.d in 128 bits.
	h1, l1 := bits.Mul64(abs(a.n), uint64(b.d))
	h2, l2 := bits.Mul64(abs(b.n), uint64(a.d))
	switch {
	case h1 == h2 && l1 == l2:
		return 0
	case h1 < h2 || h1 == h2 && l1 < l2:
		return -sa
	}
	return sa
}

// apply computes a op b, where op is one of + - * / and b is not 0 in a division.
func apply(op byte, a, b num) num {
	if r, ok := applySmall(op, a, b); ok {
		return r
	}
	return applyWide(op, a, b)
}

// applySmall reports false if an operand is wide or a product on the way
// overflows, even if the result in lowest terms would fit.
func applySmall(op byte, a, b num) (num, bool) {
	if a.wide != nil || b.wide != nil {
		return num{}, false
	}
	var n, d int64
	switch op {
	case '+', '-':
		bn := b.n
		if op == '-' {
			bn = -bn
		}
		if a.d == 1 && b.d == 1 {
			n, ok := add(a.n, bn)
			return whole(n), ok
		}
		p, ok1 := mul(a.n, b.d)
		q, ok2 := mul(bn, a.d)
		s, ok3 := add(p, q)
		e, ok4 := mul(a.d, b.d)
		if !(ok1 && ok2 && ok3 && ok4) {
			return num{}, false
		}
		n, d = s, e
	case '*', '/':
		bn, bd := b.n, b.d
		if op == '/' {
			if bn < 0 {
				bn, bd = -bn, -bd
			}
			bn, bd = bd, bn
		}
		p, ok1 := mul(a.n, bn)
		q, ok2 := mul(a.d, bd)
		if !(ok1 && ok2) {
			return num{}, false
		}
		n, d = p, q
	}
	if d != 1 {
		g := gcd(abs(n), uint64(d))
		n, d = n/int64(g), d/int64(g)
	}
	return num{n: n, d: d}, true
}

func applyWide(op byte, a, b num) num {
	r := new(big.Rat)
	switch op {
	case '+':
		r.Add(a.rat(), b.rat())
	case '-':
		r.Sub(a.rat(), b.rat())
	case '*':
		r.Mul(a.rat(), b.rat())
	case '/':
		r.Quo(a.rat(), b.rat())
	}
	return fromRat(r)
}

// append writes the number as people and models read it: 7, -3, 8/3.
func (a num) append(buf []byte) []byte {
	if a.wide != nil {
		buf = a.wide.Num().Append(buf, 10)
		if !a.wide.IsInt() {
			buf = a.wide.Denom().Append(append(buf, '/'), 10)
		}
		return buf
	}
	buf = strconv.AppendInt(buf, a.n, 10)
	if a.d != 1 {
		buf = strconv.AppendInt(append(buf, '/'), a.d, 10)
	}
	return buf
}

func (a num) String() string { return string(a.append(nil)) }

func abs(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}

func add(a, b int64) (int64, bool) {
	s := a + b
	// Overflow flips the sign; math.MinInt64 is left to the wide form, so that
	// every small number can be negated.
	return s, (s > a) == (b > 0) && s != math.MinInt64
}

func mul(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(abs(a), abs(b))
	return a * b, hi == 0 && lo <= math.MaxInt64
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
