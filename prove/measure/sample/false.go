package sample

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Theorem is one that is stated, and not proved, in a file of its own.
type Theorem struct {
	Name string // in the file
	What string // how it was made, or what its file does
	// Text is the whole file. The theorem ends in Admitted.
	Text string
	// Refutation is a whole file with a proof that the theorem is false; only what
	// False makes has one.
	Refutation string
	// After is the name of a harmless theorem of the file that must be proved
	// whatever happened before; only what Abuse makes has one.
	After string

	stated, refuted string
}

// Prelude is what the files of False begin with.
const Prelude = `From Coq Require Import Arith Bool List Lia ZArith.
Import ListNotations.

`

// refuting is how statements without variables are decided.
const refuting = `Ltac holds := vm_compute; first [ reflexivity | discriminate | lia | auto 20 ].
Ltac refute H := vm_compute in H; first [ discriminate H | exact (H eq_refl) | lia | intuition discriminate ].

`

// statement is "forall vars, hyps -> concl"; the last of parts is the conclusion.
type statement struct {
	vars  []variable
	parts []term
}

type variable struct{ name, typ string }

// parseStatement reads "n m:nat l:list | hypothesis | conclusion".
func parseStatement(text string) (s statement) {
	parts := strings.Split(text, "|")
	for group := range strings.SplitSeq(parts[0], ",") {
		names, typ, _ := strings.Cut(strings.TrimSpace(group), ":")
		for name := range strings.FieldsSeq(names) {
			s.vars = append(s.vars, variable{name, typ})
		}
	}
	for _, p := range parts[1:] {
		t, _ := parseTerm(p)
		s.parts = append(s.parts, t)
	}
	return s
}

var coqTypes = map[string]string{"nat": "nat", "bool": "bool", "list": "list nat", "Z": "Z"}

func (s statement) coq() string {
	var b strings.Builder
	b.WriteString("forall")
	for _, v := range s.vars {
		fmt.Fprintf(&b, " (%s : %s)", v.name, coqTypes[v.typ])
	}
	b.WriteString(", ")
	for i, p := range s.parts {
		if i > 0 {
			b.WriteString(" -> ")
		}
		b.WriteString(p.coq())
	}
	return b.String()
}

// domain are the values that are tried for a variable.
var domain = map[string][]any{
	"nat":  {0, 1, 2, 3, 4},
	"bool": {false, true},
	"Z":    {0, 1, -1, 2, -2, 3, -3},
	"list": smallLists(),
}

// smallLists are those with at most three of 0, 1, 2.
func smallLists() []any {
	list := []any{[]int(nil)}
	for from, long := 0, 0; long < 3; long++ {
		to := len(list)
		for _, l := range list[from:to] {
			for x := range 3 {
				list = append(list, append(slices.Clone(l.([]int)), x))
			}
		}
		from = to
	}
	return list
}

// counterexample is a choice of values for which the statement is false.
func (s statement) counterexample() (map[string]any, bool) {
	values := map[string]any{}
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(s.vars) {
			return s.falseAt(values)
		}
		for _, x := range domain[s.vars[i].typ] {
			values[s.vars[i].name] = x
			if try(i + 1) {
				return true
			}
		}
		return false
	}
	if try(0) {
		return values, true
	}
	return nil, false
}

func (s statement) falseAt(values map[string]any) bool {
	last := len(s.parts) - 1
	for _, p := range s.parts[:last] {
		if !p.eval(values).(bool) {
			return false
		}
	}
	return !s.parts[last].eval(values).(bool)
}

// literal writes a value as Coq does.
func literal(x any, typ string) string {
	switch x := x.(type) {
	case bool:
		return strconv.FormatBool(x)
	case []int:
		if len(x) == 0 {
			return "nil"
		}
		return "[" + strings.Trim(strings.ReplaceAll(fmt.Sprint(x), " ", "; "), "[]") + "]"
	}
	if typ == "Z" {
		return fmt.Sprintf("(%d)%%Z", x)
	}
	return fmt.Sprint(x)
}

// mutant is a statement with one thing changed.
type mutant struct {
	statement
	what string
}

// mutants lists all that can be made of a statement, true or not.
func (s statement) mutants() (list []mutant) {
	for i, p := range s.parts {
		if i < len(s.parts)-1 {
			list = append(list, mutant{statement{s.vars, slices.Delete(slices.Clone(s.parts), i, i+1)}, "a hypothesis dropped"})
		}
		for _, path := range p.paths() {
			for _, c := range s.changes(p.at(path)) {
				parts := slices.Clone(s.parts)
				parts[i] = p.with(path, c.part)
				list = append(list, mutant{statement{s.vars, parts}, c.what})
			}
		}
	}
	return list
}

type change struct {
	part term
	what string
}

// changes are the ways to change a part at its top.
func (s statement) changes(t term) (list []change) {
	o, known := ops[t.op]
	for _, name := range slices.Sorted(maps.Keys(ops)) {
		if p := ops[name]; known && name != t.op && p.result == o.result && slices.Equal(p.args, o.args) {
			list = append(list, change{term{name, t.args}, kindOf(o)})
		}
	}
	if known && len(t.args) == 2 && o.args[0] == o.args[1] && t.args[0].coq() != t.args[1].coq() {
		list = append(list, change{term{t.op, []term{t.args[1], t.args[0]}}, "operands swapped"})
	}
	for i, v := range s.vars {
		for _, w := range s.vars[i+1:] {
			if swapped := t.swap(v.name, w.name); v.typ == w.typ && len(t.args) > 0 && swapped.coq() != t.coq() {
				list = append(list, change{swapped, "variables swapped"})
			}
		}
	}
	return list
}

func kindOf(o op) string {
	switch {
	case o.result == "Prop":
		return "a comparison changed"
	case len(o.args) == 0:
		return "a constant changed"
	}
	return "an operator changed"
}

// swap exchanges two variables.
func (t term) swap(a, b string) term {
	switch t.op {
	case a:
		return term{op: b}
	case b:
		return term{op: a}
	}
	var args []term
	for _, x := range t.args {
		args = append(args, x.swap(a, b))
	}
	return term{t.op, args}
}

const (
	falses  = 100
	perBase = 3 // at most
)

// False makes 100 false statements about natural numbers, booleans, lists and
// integers, always the same: true ones with one thing changed, each with a
// counterexample. Their names are false_001 to false_100.
func False() []Theorem {
	random := rand.New(rand.NewPCG(1, 2))
	var list []Theorem
	seen := map[string]bool{}
	var made [][]mutant
	for _, base := range bases() {
		made = append(made, mixed(base.mutants(), random))
	}
	// One of each in turn, so that all are drawn from.
	for range perBase {
		for i := range made {
			for len(made[i]) > 0 && len(list) < falses {
				m := made[i][0]
				made[i] = made[i][1:]
				values, found := m.counterexample()
				if text := m.coq(); found && !seen[text] {
					seen[text] = true
					list = append(list, m.theorem(fmt.Sprintf("false_%03d", len(list)+1), values))
					break
				}
			}
		}
	}
	return list
}

// mixed is a random order in which every way to change a statement has its turn.
func mixed(list []mutant, random *rand.Rand) []mutant {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	var kinds []string
	for _, m := range list {
		if !slices.Contains(kinds, m.what) {
			kinds = append(kinds, m.what)
		}
	}
	slices.Sort(kinds)
	random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	turns, of := map[string]int{}, make([]ranked, len(list))
	for i, m := range list {
		of[i] = ranked{m, turns[m.what]*len(kinds) + slices.Index(kinds, m.what)}
		turns[m.what]++
	}
	slices.SortFunc(of, func(a, b ranked) int { return a.rank - b.rank })
	for i, r := range of {
		list[i] = r.mutant
	}
	return list
}

type ranked struct {
	mutant
	rank int
}

func (m mutant) theorem(name string, values map[string]any) Theorem {
	var b strings.Builder
	fmt.Fprintf(&b, "Lemma %s_refuted : ~ (%s).\nProof.\n  intro H.\n  specialize (H", name, m.coq())
	for _, v := range m.vars {
		b.WriteString(" " + literal(values[v.name], v.typ))
	}
	b.WriteString(").\n")
	for range m.parts[1:] {
		b.WriteString("  specialize (H ltac:(holds)).\n")
	}
	b.WriteString("  refute H.\nQed.\n")
	stated := fmt.Sprintf("Lemma %s : %s.\nProof.\nAdmitted.\n", name, m.coq())
	return Theorem{
		Name: name, What: m.what, Text: Prelude + stated, Refutation: Prelude + refuting + b.String(),
		stated: stated, refuted: b.String(),
	}
}

// FalseFile is one file with all statements of False.
func FalseFile() string {
	var b strings.Builder
	b.WriteString(Prelude)
	for _, t := range False() {
		b.WriteString(t.stated + "\n")
	}
	return b.String()
}

// Refutations is one file that shows that all of them are false.
func Refutations() string {
	var b strings.Builder
	b.WriteString(Prelude + refuting)
	for _, t := range False() {
		b.WriteString(t.refuted + "\n")
	}
	return b.String()
}

func bases() (list []statement) {
	for line := range strings.Lines(trueStatements) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, parseStatement(line))
		}
	}
	return list
}

// trueStatements are what false ones are made of.
const trueStatements = `
n m:nat | (= (+ n m) (+ m n))
n m p:nat | (= (+ n (+ m p)) (+ (+ n m) p))
n m p:nat | (= (* n (+ m p)) (+ (* n m) (* n p)))
n m:nat | (= (- (+ n m) m) n)
n m:nat | (<= n m) | (= (+ n (- m n)) m)
n m p:nat | (<= n m) | (<= (+ n p) (+ m p))
n m p:nat | (<= n m) | (<= m p) | (<= n p)
n m p:nat | (< n m) | (<= m p) | (< n p)
n m:nat | (<= n m) | (<= m n) | (= n m)
n m p:nat | (< 0 p) | (< n m) | (< (* n p) (* m p))
n m:nat | (<= n (max n m))
n m p:nat | (<= p n) | (<= p m) | (<= p (min n m))
n m:nat | (= (+ (min n m) (max n m)) (+ n m))
n m:nat | (= (* n (S m)) (+ n (* n m)))
n:nat | (<> n 0) | (= (S (pred n)) n)
n m:nat | (= (even (+ n m)) (not (xor (even n) (even m))))
n:nat | (= (odd n) (not (even n)))
n m:nat | (= (<=? n m) true) | (= (<? m n) false)
n m:nat | (= (=? n m) true) | (= n m)
n:nat | (<= (dbl (div2 n)) n)
a b:bool | (= (not (and a b)) (or (not a) (not b)))
a b c:bool | (= (and a (or b c)) (or (and a b) (and a c)))
a b:bool | (= (impl a b) (or (not a) b))
a b:bool | (= (xor a b) true) | (= a (not b))
a b:bool | (= (and a b) true) | (= a true)
a b c:bool | (= (xor a (xor b c)) (xor (xor a b) c))
l k:list | (= (length (++ l k)) (+ (length l) (length k)))
l k:list | (= (rev (++ l k)) (++ (rev k) (rev l)))
l:list | (= (rev (rev l)) l)
n:nat, l:list | (= (++ (firstn n l) (skipn n l)) l)
n:nat, l:list | (<= (length l) n) | (= (firstn n l) l)
n:nat, l k:list | (In n l) | (In n (++ l k))
n:nat, l:list | (In n l) | (In n (rev l))
n m:nat, l:list | (In n (:: m l)) | (<> n m) | (In n l)
n m:nat | (= (length (repeat n m)) m)
n:nat, l:list | (= (length (skipn n l)) (- (length l) n))
l k:list | (= (sum (++ l k)) (+ (sum l) (sum k)))
l:list | (= (sum (mapS l)) (+ (sum l) (length l)))
n:nat, l:list | (= (tl (:: n l)) l)
x y:Z | (= (-z x y) (opp (-z y x)))
x y z:Z | (= (*z x (-z y z)) (-z (*z x y) (*z x z)))
x y:Z | (<=z (abs (+z x y)) (+z (abs x) (abs y)))
x y:Z | (= (abs (*z x y)) (*z (abs x) (abs y)))
x:Z | (= (*z (sgn x) (abs x)) x)
x y z:Z | (<z 0z z) | (<z x y) | (<z (*z x z) (*z y z))
x y z:Z | (<=z x y) | (<z y z) | (<z x z)
x y:Z | (<z x y) | (<=z (succ x) y)
x y:Z | (<=z (minz x y) (maxz x y))
n m:nat | (<= m n) | (= (zof (- n m)) (-z (zof n) (zof m)))
x y:Z | (= (*z x y) 0z) | (<> x 0z) | (= y 0z)
`
