package view

import (
	"math"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	many := Explained{State: "wide"}
	for range 15 {
		many.Steps = append(many.Steps, Rated{Action: "x", Score: 0.5, Terms: []RatedTerm{{"Q", 0.5}}})
	}
	var b strings.Builder
	err := Explain(&b, []Explained{
		{State: "start", Steps: []Rated{
			{Action: "never tried", Score: math.Inf(1), Terms: []RatedTerm{{"never tried", math.Inf(1)}}},
			{Action: "left", N: 3, Score: 0.75, Chosen: true, Terms: []RatedTerm{{"Q", 0.5}, {"exploration", 0.25}}},
			{Action: "right\x1b[31m", N: 3, Score: 0.25, Closed: "proven", Terms: []RatedTerm{{"Q", 0}, {"exploration", 0.25}}},
		}},
		{State: "a leaf has no steps"},
		many,
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "explain", b.String())
}
