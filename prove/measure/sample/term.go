package sample

import (
	"fmt"
	"slices"
	"strings"
)

// term is a variable, a constant or an operator with its arguments, of which
// false statements are made.
type term struct {
	op   string // of ops; or a variable's name
	args []term
}

// op is an operator, a relation or a constant with a meaning in Go.
type op struct {
	args   []string // types: nat, bool, list (of nat), Z; A stands for any one
	result string   // the type, or Prop
	coq    string   // with a %s for each argument
	eval   func(v []any) any
}

func nat(f func(a, b int) int) func([]any) any {
	return func(v []any) any { return f(v[0].(int), v[1].(int)) }
}

func compares(f func(a, b int) bool) func([]any) any {
	return func(v []any) any { return f(v[0].(int), v[1].(int)) }
}

func logic(f func(a, b bool) bool) func([]any) any {
	return func(v []any) any { return f(v[0].(bool), v[1].(bool)) }
}

func one(f func(a int) int) func([]any) any { return func(v []any) any { return f(v[0].(int)) } }

func constant(x any) func([]any) any { return func([]any) any { return x } }

func sign1(a int) int {
	switch {
	case a > 0:
		return 1
	case a < 0:
		return -1
	}
	return 0
}

func equal(v []any) bool {
	if a, ok := v[0].([]int); ok {
		return slices.Equal(a, v[1].([]int))
	}
	return v[0] == v[1]
}

func reversed(l []int) []int {
	l = slices.Clone(l)
	slices.Reverse(l)
	return l
}

var (
	natNat = []string{"nat", "nat"}
	zz     = []string{"Z", "Z"}
	bools  = []string{"bool", "bool"}
	lists  = []string{"list", "list"}
	first  = []string{"nat", "list"}
)

// ops are all operators, by the names that the statements in bases use.
var ops = map[string]op{
	"0": {nil, "nat", "0", constant(0)}, "1": {nil, "nat", "1", constant(1)},
	"2": {nil, "nat", "2", constant(2)}, "3": {nil, "nat", "3", constant(3)},
	"S":    {[]string{"nat"}, "nat", "S %s", one(func(a int) int { return a + 1 })},
	"pred": {[]string{"nat"}, "nat", "pred %s", one(func(a int) int { return max(0, a-1) })},
	"div2": {[]string{"nat"}, "nat", "Nat.div2 %s", one(func(a int) int { return a / 2 })},
	"dbl":  {[]string{"nat"}, "nat", "Nat.double %s", one(func(a int) int { return 2 * a })},
	"+":    {natNat, "nat", "%s + %s", nat(func(a, b int) int { return a + b })},
	"*":    {natNat, "nat", "%s * %s", nat(func(a, b int) int { return a * b })},
	"-":    {natNat, "nat", "%s - %s", nat(func(a, b int) int { return max(0, a-b) })},
	"max":  {natNat, "nat", "Nat.max %s %s", nat(func(a, b int) int { return max(a, b) })},
	"min":  {natNat, "nat", "Nat.min %s %s", nat(func(a, b int) int { return min(a, b) })},
	"=?":   {natNat, "bool", "Nat.eqb %s %s", compares(func(a, b int) bool { return a == b })},
	"<=?":  {natNat, "bool", "Nat.leb %s %s", compares(func(a, b int) bool { return a <= b })},
	"<?":   {natNat, "bool", "Nat.ltb %s %s", compares(func(a, b int) bool { return a < b })},
	"even": {[]string{"nat"}, "bool", "Nat.even %s", func(v []any) any { return v[0].(int)%2 == 0 }},
	"odd":  {[]string{"nat"}, "bool", "Nat.odd %s", func(v []any) any { return v[0].(int)%2 == 1 }},
	"<=":   {natNat, "Prop", "%s <= %s", compares(func(a, b int) bool { return a <= b })},
	"<":    {natNat, "Prop", "%s < %s", compares(func(a, b int) bool { return a < b })},

	"true": {nil, "bool", "true", constant(true)}, "false": {nil, "bool", "false", constant(false)},
	"not":  {[]string{"bool"}, "bool", "negb %s", func(v []any) any { return !v[0].(bool) }},
	"and":  {bools, "bool", "andb %s %s", logic(func(a, b bool) bool { return a && b })},
	"or":   {bools, "bool", "orb %s %s", logic(func(a, b bool) bool { return a || b })},
	"xor":  {bools, "bool", "xorb %s %s", logic(func(a, b bool) bool { return a != b })},
	"impl": {bools, "bool", "implb %s %s", logic(func(a, b bool) bool { return !a || b })},

	"nil":    {nil, "list", "(nil : list nat)", constant([]int(nil))},
	"::":     {first, "list", "%s :: %s", func(v []any) any { return append([]int{v[0].(int)}, v[1].([]int)...) }},
	"++":     {lists, "list", "%s ++ %s", func(v []any) any { return slices.Concat(v[0].([]int), v[1].([]int)) }},
	"rev":    {[]string{"list"}, "list", "rev %s", func(v []any) any { return reversed(v[0].([]int)) }},
	"tl":     {[]string{"list"}, "list", "tl %s", func(v []any) any { return v[0].([]int)[min(1, len(v[0].([]int))):] }},
	"mapS":   {[]string{"list"}, "list", "map S %s", func(v []any) any { return mapped(v[0].([]int)) }},
	"length": {[]string{"list"}, "nat", "length %s", func(v []any) any { return len(v[0].([]int)) }},
	"sum":    {[]string{"list"}, "nat", "list_sum %s", func(v []any) any { return sum(v[0].([]int)) }},
	"firstn": {first, "list", "firstn %s %s", func(v []any) any { return v[1].([]int)[:min(v[0].(int), len(v[1].([]int)))] }},
	"skipn":  {first, "list", "skipn %s %s", func(v []any) any { return v[1].([]int)[min(v[0].(int), len(v[1].([]int))):] }},
	"repeat": {natNat, "list", "repeat %s %s", func(v []any) any { return slices.Repeat([]int{v[0].(int)}, v[1].(int)) }},
	"In":     {first, "Prop", "In %s %s", func(v []any) any { return slices.Contains(v[1].([]int), v[0].(int)) }},

	"0z": {nil, "Z", "0%%Z", constant(0)}, "1z": {nil, "Z", "1%%Z", constant(1)}, "2z": {nil, "Z", "2%%Z", constant(2)},
	"+z":   {zz, "Z", "(%s + %s)%%Z", nat(func(a, b int) int { return a + b })},
	"*z":   {zz, "Z", "(%s * %s)%%Z", nat(func(a, b int) int { return a * b })},
	"-z":   {zz, "Z", "(%s - %s)%%Z", nat(func(a, b int) int { return a - b })},
	"maxz": {zz, "Z", "Z.max %s %s", nat(func(a, b int) int { return max(a, b) })},
	"minz": {zz, "Z", "Z.min %s %s", nat(func(a, b int) int { return min(a, b) })},
	"opp":  {[]string{"Z"}, "Z", "Z.opp %s", one(func(a int) int { return -a })},
	"abs":  {[]string{"Z"}, "Z", "Z.abs %s", one(func(a int) int { return max(a, -a) })},
	"sgn":  {[]string{"Z"}, "Z", "Z.sgn %s", one(sign1)},
	"succ": {[]string{"Z"}, "Z", "Z.succ %s", one(func(a int) int { return a + 1 })},
	"zof":  {[]string{"nat"}, "Z", "Z.of_nat %s", one(func(a int) int { return a })},
	"<=z":  {zz, "Prop", "(%s <= %s)%%Z", compares(func(a, b int) bool { return a <= b })},
	"<z":   {zz, "Prop", "(%s < %s)%%Z", compares(func(a, b int) bool { return a < b })},

	"=":  {[]string{"A", "A"}, "Prop", "%s = %s", func(v []any) any { return equal(v) }},
	"<>": {[]string{"A", "A"}, "Prop", "%s <> %s", func(v []any) any { return !equal(v) }},
}

func mapped(l []int) []int {
	l = slices.Clone(l)
	for i := range l {
		l[i]++
	}
	return l
}

func sum(l []int) (n int) {
	for _, x := range l {
		n += x
	}
	return n
}

// coq writes the term.
func (t term) coq() string {
	o, ok := ops[t.op]
	if !ok {
		return t.op
	}
	var args []any
	for _, a := range t.args {
		text := a.coq()
		if len(a.args) > 0 && !strings.HasSuffix(text, ")%Z") {
			text = "(" + text + ")"
		}
		args = append(args, text)
	}
	if len(args) == 0 {
		return strings.ReplaceAll(o.coq, "%%", "%")
	}
	return fmt.Sprintf(o.coq, args...)
}

// eval is the value of the term where variables have values.
func (t term) eval(values map[string]any) any {
	o, ok := ops[t.op]
	if !ok {
		return values[t.op]
	}
	var args []any
	for _, a := range t.args {
		args = append(args, a.eval(values))
	}
	return o.eval(args)
}

// parseTerm reads "(+ n (S m))"; text is what follows.
func parseTerm(text string) (t term, rest string) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "(") {
		n := strings.IndexAny(text+" ", " )")
		return term{op: text[:n]}, text[n:]
	}
	t, rest = parseTerm(text[1:])
	for {
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, ")") {
			return t, rest[1:]
		}
		var arg term
		arg, rest = parseTerm(rest)
		t.args = append(t.args, arg)
	}
}

// at is the part of the term that a path of argument numbers leads to.
func (t term) at(path []int) term {
	for _, i := range path {
		t = t.args[i]
	}
	return t
}

// with is the term with the part at a path replaced.
func (t term) with(path []int, part term) term {
	if len(path) == 0 {
		return part
	}
	args := slices.Clone(t.args)
	args[path[0]] = args[path[0]].with(path[1:], part)
	return term{t.op, args}
}

// paths lead to all parts of the term.
func (t term) paths() [][]int {
	list := [][]int{nil}
	for i, a := range t.args {
		for _, p := range a.paths() {
			list = append(list, append([]int{i}, p...))
		}
	}
	return list
}
