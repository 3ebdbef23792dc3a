package sample

import (
	"fmt"
	"strings"
	"testing"
)

// What false statements are made of is true, as far as was looked.
func TestBasesHold(t *testing.T) {
	list := bases()
	if len(list) != 50 {
		t.Errorf("%d statements", len(list))
	}
	for _, s := range list {
		if values, found := s.counterexample(); found {
			t.Errorf("%s is false at %v", s.coq(), values)
		}
	}
}

func TestFalse(t *testing.T) {
	list := False()
	how := map[string]int{}
	var b strings.Builder
	for _, x := range list {
		how[x.What]++
		fmt.Fprintf(&b, "(* %s *)\n%s\n", x.What, x.stated)
		if !strings.HasPrefix(x.Text, Prelude) || !strings.Contains(FalseFile(), x.stated) {
			t.Errorf("%s: %s", x.Name, x.Text)
		}
		if !strings.HasSuffix(x.Refutation, x.refuted) || !strings.Contains(Refutations(), x.refuted) {
			t.Errorf("%s: %s", x.Name, x.Refutation)
		}
	}
	if len(list) != 100 || len(how) != 6 {
		t.Errorf("%d statements, made in these ways: %v", len(list), how)
	}
	golden(t, "false.v", Prelude+b.String())
}

// Coq accepts that each of them is false, and that it is a statement.
func TestFalseIsFalse(t *testing.T) {
	if _, err := Compile(t.Context(), "refuted.v", Refutations()); err != nil {
		t.Error(err)
	}
	if _, err := Compile(t.Context(), "false.v", FalseFile()); err != nil {
		t.Error(err)
	}
	if _, err := Compile(t.Context(), "one.v", False()[0].Refutation); err != nil {
		t.Error(err)
	}
}
