package view

import (
	"fmt"
	"math"
)

// rgb is a colour.
type rgb [3]float64

// scale goes from dark blue over grey to yellow: its lightness rises evenly, so
// that it reads the same with any colour vision, and printed in grey.
var scale = [...]rgb{
	{0, 34, 78}, {42, 64, 108}, {76, 85, 108}, {103, 106, 115}, {131, 128, 120},
	{163, 151, 111}, {196, 176, 95}, {231, 204, 70}, {254, 232, 56},
}

// shade is the colour of a value in [0,1].
func shade(q float64) rgb {
	x := min(max(q, 0), 1) * float64(len(scale)-1)
	i := min(int(x), len(scale)-2)
	f := x - float64(i)
	var c rgb
	for k := range c {
		c[k] = scale[i][k]*(1-f) + scale[i+1][k]*f
	}
	return c
}

// fill is the colour of a node: none has been measured before its first visit,
// unless it is proven.
func (n *Node) fill() (c rgb, known bool) {
	switch {
	case n.N > 0:
		return shade(n.Q), true
	case n.Proven():
		return shade(n.Lo), true
	}
	return rgb{238, 240, 242}, false
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}

// ink is black or white, whichever is easier to read on c.
func (c rgb) ink() string {
	linear := func(x float64) float64 { return math.Pow(x/255, 2.2) }
	luminance := 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
	if luminance > 0.18 {
		return "#111111"
	}
	return "#ffffff"
}

// weight is the thickness of an edge with n of at most most visits, from 0 to 1.
func weight(n, most int32) float64 {
	if n <= 0 || most <= 0 {
		return 0
	}
	return math.Sqrt(float64(n) / float64(most))
}
