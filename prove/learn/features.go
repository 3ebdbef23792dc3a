package learn

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/proof"
)

const (
	mostFeatures = 40
	mostDeep     = 30 // quantifiers and arrows that are looked through
	mostHyps     = 60 // hypotheses that are looked at, the last ones
	longFeature  = 60 // bytes
)

// Features describes a goal, as Coq or Lean prints it, by words such as "t=="
// (the conclusion is an equation) and "v=nat" (a hypothesis is a number): the
// heads of the conclusion, of its arguments and of the hypotheses, sizes, and
// what occurs. They are distinct, at most 40, and in a fixed order. Callers may
// add words of their own.
func Features(g proof.Goal) []string {
	f := &features{locals: locals(g)}
	concl := tokens(g.Concl)
	f.conclusion(concl)
	hyps := g.Hyps[max(0, len(g.Hyps)-mostHyps):]
	for i, h := range hyps {
		f.hypothesis(h, i == len(hyps)-1)
	}
	f.add("hyps=" + bucket(len(g.Hyps)))
	f.add("size=" + bucket(len(concl)))
	f.add("deep=" + bucket(depth(concl)))
	if g.Open || slices.ContainsFunc(concl, func(s string) bool { return len(s) > 1 && s[0] == '?' }) {
		f.add("open")
	}
	for _, s := range concl {
		switch s = name(s); {
		case slices.Contains([]string{"forall", "exists", "->", `/\`, `\/`, "~", "fun", "match", "if"}, s):
			f.add("has=" + s)
		case s[0] >= '0' && s[0] <= '9':
			f.add("has=number")
		}
	}
	return f.list
}

type features struct {
	list   []string
	locals map[string]string // the kind of each name: a variable, a hypothesis
	target string            // the head of what is to be shown in the end
}

func (f *features) add(s string) {
	if len(s) > longFeature {
		s = strings.ToValidUTF8(s[:longFeature], "")
	}
	if len(f.list) < mostFeatures && !slices.Contains(f.list, s) {
		f.list = append(f.list, s)
	}
}

// conclusion adds the heads of the conclusion and of its arguments.
func (f *features) conclusion(t []string) {
	head, _ := split(t)
	f.add("c=" + f.known(head))
	bound := map[string]string{}
	t = target(t, bound)
	for n, kind := range bound {
		if _, ok := f.locals[n]; !ok {
			f.locals[n] = kind
		}
	}
	head, args := split(t)
	f.target = f.known(head)
	f.add("t=" + f.target)
	all := f.target
	for i, a := range args[:min(len(args), 3)] {
		h, _ := split(a)
		h = f.known(h)
		f.add(fmt.Sprintf("a%d=%s", i, h))
		all += " " + h
	}
	f.add("ta=" + all)
}

// known is a head without names that mean something in this goal alone.
func (f *features) known(head string) string {
	if kind, ok := f.locals[head]; ok {
		return kind
	}
	switch {
	case head == "":
		return "_"
	case head[0] == '?':
		return "?"
	case head[0] == '"':
		return "_str"
	case head[0] >= '0' && head[0] <= '9' && head != "0" && head != "1":
		return "_num"
	}
	return head
}

func (f *features) hypothesis(h proof.Hyp, last bool) {
	t := tokens(h.Type)
	if f.locals[h.Name] == variable {
		head, _ := split(t)
		f.add("v=" + f.known(head))
		return
	}
	head, _ := split(t)
	to, args := split(target(t, map[string]string{}))
	to = f.known(to)
	f.add("h=" + to)
	if head == "forall" || head == "->" {
		f.add("rule=" + to)
	}
	if to == f.target {
		f.add("same")
	}
	if last {
		f.add("last=" + to)
	}
	if to == "=" && slices.ContainsFunc(args, func(a []string) bool { return len(a) == 1 && f.locals[a[0]] == variable }) {
		f.add("equals")
	}
}

// target is what stands behind all quantifiers and arrows; names bound on the
// way are put into bound.
func target(t []string, bound map[string]string) []string {
	for range mostDeep {
		head, args := split(t)
		switch {
		case head == "forall" && len(args) == 1:
			for _, n := range binders(t) {
				bound[n] = variable
			}
			t = args[0]
		case head == "->" && len(args) == 2:
			t = args[1]
		default:
			return t
		}
	}
	return t
}

func depth(t []string) int {
	most, now := 0, 0
	for _, s := range t {
		if opens(s) {
			now++
			most = max(most, now)
		} else if closes(s) {
			now--
		}
	}
	return most
}

// bucket is the number of bits of n: 0, 1, 2-3, 4-7, …
func bucket(n int) string { return fmt.Sprint(bits.Len(uint(n))) }

const (
	variable   = "_var"
	hypothesis = "_hyp"
)

// locals tells variables from hypotheses, which print the same: a variable
// occurs in other types, or its type is no proposition.
func locals(g proof.Goal) map[string]string {
	used := map[string]bool{}
	for _, s := range tokens(g.Concl) {
		used[s] = true
	}
	hyps := g.Hyps[max(0, len(g.Hyps)-mostHyps):]
	types := map[string][]string{}
	for _, h := range hyps {
		types[h.Name] = tokens(h.Type)
		for _, s := range types[h.Name] {
			used[s] = true
		}
	}
	kinds := map[string]string{}
	for _, h := range g.Hyps {
		if t, ok := types[h.Name]; ok && !used[h.Name] && h.Body == "" && proposition(h.Name, t, types) {
			kinds[h.Name] = hypothesis
		} else {
			kinds[h.Name] = variable
		}
	}
	return kinds
}

var sorts = []string{"Prop", "Type", "Set", "Sort"}

// proposition guesses whether a type is one.
func proposition(hyp string, t []string, types map[string][]string) bool {
	t = target(t, map[string]string{})
	head, args := split(t)
	if slices.Contains(sorts, head) {
		return false
	}
	for _, level := range operators[:6] {
		if slices.ContainsFunc(level.symbols, func(s string) bool { return name(s) == head }) {
			return true
		}
	}
	if head == "exists" || head == "True" || head == "False" {
		return true
	}
	if over, ok := types[head]; ok { // P : nat -> Prop or P : Prop
		to, _ := split(target(over, map[string]string{}))
		return to == "Prop"
	}
	if strings.HasPrefix(hyp, "H") || strings.HasPrefix(hyp, "IH") || strings.HasPrefix(hyp, "h") || strings.HasPrefix(hyp, "ih") {
		return true
	}
	return slices.ContainsFunc(args, func(a []string) bool {
		over, ok := types[a[0]]
		if !ok || len(a) != 1 {
			return false
		}
		to, _ := split(over)
		return !slices.Contains(sorts, to) // even n, but not list A
	})
}
