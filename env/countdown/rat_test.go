package countdown

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// drawInt prefers the ends of 64 bits, where arithmetic overflows.
func drawInt(t *rapid.T, label string) int64 {
	return rapid.OneOf(
		rapid.Int64Range(-20, 20),
		rapid.Int64Range(-math.MaxInt64, math.MaxInt64),
		rapid.Map(rapid.IntRange(0, 61), func(n int) int64 { return 1<<n + 1 }),
		rapid.SampledFrom([]int64{math.MaxInt64, -math.MaxInt64, math.MaxInt64 - 1, math.MaxInt32 + 1, -(1 << 62)}),
	).Draw(t, label)
}

func drawNum(t *rapid.T, label string) num {
	d := drawInt(t, label+" denominator")
	if d == 0 {
		d = 1
	}
	r := big.NewRat(drawInt(t, label+" numerator"), d)
	if rapid.Bool().Draw(t, label+" squared") {
		r.Mul(r, r)
	}
	return fromRat(r)
}

// check fails if a is not in the one form that its value must have.
func check(t *rapid.T, a num) {
	t.Helper()
	if a.wide == nil {
		if a.d <= 0 || a.n == math.MinInt64 || big.NewRat(a.n, a.d).Denom().Int64() != a.d {
			t.Fatalf("%d/%d is not in lowest terms", a.n, a.d)
		}
		return
	}
	if a.n != 0 || a.d != 0 {
		t.Fatalf("%v is wide, and has the small form %d/%d too", a, a.n, a.d)
	}
	limit := big.NewInt(math.MaxInt64)
	if a.wide.Num().CmpAbs(limit) <= 0 && a.wide.Denom().Cmp(limit) <= 0 {
		t.Fatalf("%v is wide, and would be small enough", a)
	}
}

// The int64 path, where it gives a result, and the big path must agree with
// math/big and with each other, in value and in form.
func TestNumArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawNum(t, "a"), drawNum(t, "b")
		check(t, a)
		check(t, b)
		x, y := new(big.Rat).Set(a.rat()), new(big.Rat).Set(b.rat())
		for _, op := range []byte("+-*/") {
			want := brute(Game{}, op, x, y)
			if want == nil {
				continue
			}
			got := apply(op, a, b)
			check(t, got)
			if got.rat().Cmp(want) != 0 || got.String() != want.RatString() {
				t.Fatalf("%v %c %v = %v, want %v", a, op, b, got, want.RatString())
			}
			if small, ok := applySmall(op, a, b); ok && !small.equal(applyWide(op, a, b)) {
				t.Fatalf("%v %c %v is %v by int64 and %v by big", a, op, b, small, applyWide(op, a, b))
			}
			if got.sign() != want.Sign() || got.isWhole() != want.IsInt() {
				t.Fatalf("%v: sign %d whole %v", got, got.sign(), got.isWhole())
			}
		}
		if got, want := sign(a.cmp(b)), x.Cmp(y); got != want {
			t.Fatalf("cmp(%v, %v) = %d, want %d", a, b, got, want)
		}
		if got, want := a.equal(b), x.Cmp(y) == 0; got != want {
			t.Fatalf("equal(%v, %v) = %v", a, b, got)
		}
		if a.rat().Cmp(x) != 0 || b.rat().Cmp(y) != 0 {
			t.Fatalf("an operand changed: %v %v", a, b)
		}
	})
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// A value that was wide on the way is small again, and equal to one that never was.
func TestNumWideAndBack(t *testing.T) {
	tests := []struct {
		name string
		make func() num
		want num
	}{
		{"a product of eight millions, divided by itself", func() num {
			p := whole(1)
			for range 8 {
				p = apply('*', p, whole(MaxNumber))
			}
			if p.wide == nil {
				t.Error("10^48 is not wide")
			}
			return apply('/', p, p)
		}, whole(1)},
		{"one above the largest, less one", func() num {
			return apply('-', apply('+', whole(math.MaxInt64), whole(1)), whole(1))
		}, whole(math.MaxInt64)},
		{"-2^63 has an int64 but no negative in it", func() num {
			m := apply('-', whole(-math.MaxInt64), whole(1))
			if m.wide == nil {
				t.Error("-2^63 is not wide")
			}
			return apply('+', m, whole(1))
		}, whole(-math.MaxInt64)},
		{"denominators overflow before the sum is reduced", func() num {
			return apply('+', num{n: 1, d: 1 << 62}, num{n: 1, d: 1 << 62})
		}, num{n: 1, d: 1 << 61}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.make(); got != tt.want {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

// The fast path is why millions of states are cheap.
func TestNumAllocates(t *testing.T) {
	a, b := num{n: 8, d: 3}, num{n: -5, d: 7}
	buf := make([]byte, 0, 64)
	got := testing.AllocsPerRun(100, func() {
		for _, op := range []byte("+-*/") {
			buf = apply(op, a, b).append(buf[:0])
		}
		if a.cmp(b) <= 0 {
			t.Error("8/3 is not above -5/7")
		}
	})
	if got != 0 {
		t.Errorf("%v allocations for small numbers, want none", got)
	}
}
