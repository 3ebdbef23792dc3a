package lean

import (
	"fmt"
	"strings"
)

// A logic for the simulator: propositions over ∧, ∨ and →, goals as Lean prints
// them, and the tactics that take them apart. It shares no code with the package.

type formula struct {
	op          string // "" for an atom
	atom        string
	left, right *formula
}

var strength = map[string]int{"→": 25, "∨": 30, "∧": 35}

// text writes a formula with the brackets that Lean would print.
func (f *formula) text(outer int) string {
	if f.op == "" {
		return f.atom
	}
	level := strength[f.op]
	s := f.left.text(level+1) + " " + f.op + " " + f.right.text(level)
	if level < outer {
		return "(" + s + ")"
	}
	return s
}

func (f *formula) String() string { return f.text(0) }

func parseFormula(s string) *formula {
	words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s))
	f, rest := parseLevel(words, 0)
	if len(rest) > 0 {
		panic("formula: " + s)
	}
	return f
}

func parseLevel(words []string, level int) (*formula, []string) {
	var f *formula
	if words[0] == "(" {
		f, words = parseLevel(words[1:], 0)
		words = words[1:]
	} else {
		f, words = &formula{atom: words[0]}, words[1:]
	}
	for len(words) > 0 && strength[words[0]] > 0 && strength[words[0]] >= level {
		op := words[0]
		var right *formula
		right, words = parseLevel(words[1:], strength[op])
		f = &formula{op: op, left: f, right: right}
	}
	return f, words
}

// sequent is a goal of the logic.
type sequent struct {
	names []string
	hyps  []*formula
	concl *formula
}

func readSequent(goal string) *sequent {
	s := &sequent{}
	for _, line := range strings.Split(goal, "\n") {
		switch {
		case strings.HasPrefix(line, "case "), strings.HasSuffix(line, " : Prop"):
		case strings.HasPrefix(line, "⊢ "):
			s.concl = parseFormula(strings.TrimPrefix(line, "⊢ "))
		default:
			names, f, _ := strings.Cut(line, " : ")
			for _, n := range strings.Fields(names) {
				s.names, s.hyps = append(s.names, n), append(s.hyps, parseFormula(f))
			}
		}
	}
	return s
}

func (s *sequent) print(tag string) string {
	var b strings.Builder
	if tag != "" {
		b.WriteString("case " + tag + "\n")
	}
	b.WriteString("p q r : Prop\n")
	for i, n := range s.names {
		// Neighbours of one type share a line.
		if i+1 < len(s.names) && s.hyps[i].String() == s.hyps[i+1].String() {
			b.WriteString(n + " ")
			continue
		}
		fmt.Fprintf(&b, "%s : %s\n", n, s.hyps[i])
	}
	return b.String() + "⊢ " + s.concl.String()
}

// with is the sequent with another conclusion and more hypotheses.
func (s *sequent) with(concl *formula, more ...any) *sequent {
	next := &sequent{append([]string{}, s.names...), append([]*formula{}, s.hyps...), concl}
	for i := 0; i < len(more); i += 2 {
		next.names, next.hyps = append(next.names, more[i].(string)), append(next.hyps, more[i+1].(*formula))
	}
	return next
}

func (s *sequent) without(k int) *sequent {
	next := s.with(s.concl)
	next.names, next.hyps = append(next.names[:k:k], next.names[k+1:]...), append(next.hyps[:k:k], next.hyps[k+1:]...)
	return next
}

func (s *sequent) find(name string) int {
	for k := len(s.names) - 1; k >= 0; k-- {
		if s.names[k] == name {
			return k
		}
	}
	return -1
}

// playLogic plays a tactic on a goal: the goals it leaves, or Lean's complaint.
func playLogic(goal, tactic string) (goals []string, problem string) {
	defer func() {
		if recover() != nil {
			goals, problem = nil, "<input>:1:1: unknown tactic"
		}
	}()
	s, words := readSequent(goal), strings.Fields(strings.NewReplacer("⟨", "", "⟩", "", ",", "").Replace(tactic))
	c := s.concl
	switch {
	case tactic == "skip":
		return []string{goal}, ""
	case words[0] == "intro" && len(words) == 2:
		if c.op != "→" {
			return nil, "tactic 'introN' failed, insufficient number of binders\n" + goal
		}
		return []string{s.with(c.right, words[1], c.left).print("")}, ""
	case tactic == "constructor":
		if c.op != "∧" {
			return nil, "tactic 'constructor' failed, no applicable constructors found\n" + goal
		}
		return []string{s.with(c.left).print("left"), s.with(c.right).print("right")}, ""
	case tactic == "left", tactic == "right":
		if c.op != "∨" {
			return nil, "tactic '" + tactic + "' failed, target is not an inductive datatype\n" + goal
		}
		side := c.left
		if tactic == "right" {
			side = c.right
		}
		return []string{s.with(side).print("h")}, ""
	case words[0] == "exact", words[0] == "apply":
		k := s.find(words[1])
		if k < 0 {
			return nil, "Unknown identifier `" + words[1] + "`"
		}
		h := s.hyps[k]
		if h.String() == c.String() {
			return []string{}, ""
		}
		if words[0] == "apply" && h.op == "→" && h.right.String() == c.String() {
			return []string{s.with(h.left).print("")}, ""
		}
		return nil, fmt.Sprintf("Type mismatch\n  %s\nhas type\n  %s\nbut is expected to have type\n  %s", words[1], h, c)
	case words[0] == "obtain":
		k := s.find(words[4])
		if k < 0 || s.hyps[k].op != "∧" {
			return nil, "rcases tactic failed: " + words[4]
		}
		h := s.hyps[k]
		rest := s.without(k)
		return []string{rest.with(c, words[1], h.left, words[2], h.right).print("")}, ""
	case words[0] == "rcases":
		k := s.find(words[1])
		if k < 0 || s.hyps[k].op != "∨" {
			return nil, "rcases tactic failed: " + words[1]
		}
		h := s.hyps[k]
		rest := s.without(k)
		return []string{rest.with(c, words[3], h.left).print("inl"), rest.with(c, words[5], h.right).print("inr")}, ""
	}
	return nil, "<input>:1:1: unknown tactic"
}
