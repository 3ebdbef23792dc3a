package tidy

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

// toy is a prover of numbers: a goal is proved when it is 0.
//
//	sub k, add k, skip      change it (sub refuses to go below 0)
//	rewrite r3, r4          sub 3, sub 4
//	split a b …             leaves goals of their own, which must sum to it
//	pair a b …              the same, but they can't be proved apart
//	pick                    proves the first of several; the others come apart
//	auto                    proves goals up to 3, or does nothing; "auto 6" up to 6,
//	                        "using big" a hundred more
//	lia                     proves even goals
//	intros x y              new hypotheses; "use x" proves goals up to 10 with it
//	t; u   try t   (t)   t; [ u | v ]
type toy struct {
	steps int
	slow  time.Duration
	// lies makes the same tactic do something else the second time.
	lies bool
}

type toyGoal struct {
	n    int
	hyps []string
}

type toyState struct{ goals []toyGoal }

type toyApart struct{ toyState }

func at(n int, hyps ...string) env.State { return toyState{[]toyGoal{{n, hyps}}} }

func (s toyState) String() string { return s.Key() }

func (s toyState) Key() string {
	var parts []string
	for _, g := range s.goals {
		parts = append(parts, fmt.Sprintf("%d/%d", g.n, len(g.hyps)))
	}
	return strings.Join(parts, " ")
}

func (s toyState) Outcome() (env.Outcome, bool) {
	return env.Outcome{Reward: 1}, len(s.goals) == 0
}

func (s toyState) Goals() []proof.Goal {
	var out []proof.Goal
	for _, g := range s.goals {
		p := proof.Goal{Concl: strconv.Itoa(g.n), Open: len(s.goals) > 1}
		for _, h := range g.hyps {
			p.Hyps = append(p.Hyps, proof.Hyp{Name: h, Type: "P"})
		}
		out = append(out, p)
	}
	return out
}

func (s toyApart) ToMove() int { return 1 }

func (s toyApart) Actions() []string {
	var out []string
	for i := range s.goals {
		out = append(out, strconv.Itoa(i+1))
	}
	return out
}

func (*toy) Start(_ context.Context, problem string) (env.State, error) {
	n, err := strconv.Atoi(problem)
	return at(n), err
}

func (e *toy) Step(ctx context.Context, s env.State, action string) (env.State, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s, ok := s.(toyApart); ok {
		i, err := strconv.Atoi(action)
		if err != nil || i < 1 || i > len(s.goals) {
			return nil, env.Illegal(action, "there are %d goals", len(s.goals))
		}
		return toyState{s.goals[i-1 : i]}, nil
	}
	e.steps++
	time.Sleep(e.slow)
	goals := s.(toyState).goals
	left, together, err := toyRun(goals[0], strings.TrimSuffix(action, "."))
	if action == "pick" && len(goals) > 1 {
		left, err = nil, nil
	}
	if err != nil {
		return nil, env.Illegal(action, "%s", err)
	}
	if e.lies && e.steps%7 == 0 {
		left = append(left, toyGoal{n: 1})
	}
	apart := len(goals) == 1 && !together || action == "pick"
	left = append(left, goals[1:]...)
	if apart && len(left) > 1 {
		return toyApart{toyState{left}}, nil
	}
	return toyState{left}, nil
}

// toyRun runs a chain of tactics on one goal.
func toyRun(g toyGoal, text string) (left []toyGoal, together bool, err error) {
	left = []toyGoal{g}
	l := lex(text)
	for i, part := range l.split(l.outside(";")) {
		var now []toyGoal
		parts := slices.Repeat([]string{part}, len(left))
		if in, ok := strings.CutPrefix(part, "["); ok && i > 0 {
			if parts = strings.Split(strings.TrimSuffix(in, "]"), "|"); len(parts) != len(left) {
				return nil, false, fmt.Errorf("%d branches for %d goals", len(parts), len(left))
			}
		}
		for k, g := range left {
			more, t, err := toyOne(g, strings.TrimSpace(parts[k]))
			if err != nil {
				return nil, false, err
			}
			now, together = append(now, more...), together || t
		}
		left = now
	}
	return left, together && len(left) > 1, nil
}

func toyOne(g toyGoal, text string) (left []toyGoal, together bool, err error) {
	if in, ok := strings.CutPrefix(text, "("); ok {
		return toyRun(g, strings.TrimSuffix(in, ")"))
	}
	if in, ok := strings.CutPrefix(text, "try "); ok {
		if left, together, err = toyOne(g, in); err != nil {
			return []toyGoal{g}, false, nil
		}
		return left, together, nil
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) == 0 {
		return []toyGoal{g}, false, nil
	}
	head, args := words[0], words[1:]
	proves := func(yes bool, otherwise error) ([]toyGoal, bool, error) {
		if yes {
			return nil, false, nil
		}
		return []toyGoal{g}, false, otherwise
	}
	no := fmt.Errorf("%s can't do that to %d", head, g.n)
	switch head {
	case "skip":
		return []toyGoal{g}, false, nil
	case "add", "sub", "rewrite":
		return toyCount(g, head, args)
	case "split", "pair":
		sum := 0
		for _, a := range args {
			k, _ := strconv.Atoi(a)
			sum += k
			left = append(left, toyGoal{k, g.hyps})
		}
		if sum != g.n || len(left) < 2 {
			return nil, false, no
		}
		return left, head == "pair", nil
	case "auto":
		return proves(toyAuto(g.n, args), nil)
	case "lia":
		return proves(g.n%2 == 0, no)
	case "intros":
		for _, a := range args {
			if slices.Contains(g.hyps, a) {
				return nil, false, fmt.Errorf("%s is used", a)
			}
			g.hyps = append(slices.Clone(g.hyps), a)
		}
		if len(args) == 0 {
			return nil, false, no
		}
		return []toyGoal{g}, false, nil
	case "use":
		return proves(len(args) == 1 && slices.Contains(g.hyps, args[0]) && g.n <= 10, no)
	}
	return nil, false, fmt.Errorf("unknown tactic %q", text)
}

func toyCount(g toyGoal, head string, args []string) ([]toyGoal, bool, error) {
	if len(args) == 0 {
		return nil, false, fmt.Errorf("%s wants a number", head)
	}
	for _, a := range args {
		k, err := strconv.Atoi(strings.TrimPrefix(a, "r"))
		if head == "add" {
			k = -k
		}
		if err != nil || g.n < k {
			return nil, false, fmt.Errorf("%s %s can't be done to %d", head, a, g.n)
		}
		g.n -= k
	}
	if g.n == 0 {
		return nil, false, nil
	}
	return []toyGoal{g}, false, nil
}

func toyAuto(n int, args []string) bool {
	most, using := 3, false
	for _, a := range args {
		if k, err := strconv.Atoi(a); err == nil {
			most = k
		}
		if using = using || a == "using"; using && a == "big" {
			most += 100
		}
	}
	return n <= most
}

// tree reads a proof: "tactic { proof } { proof }" for goals apart, "tactic {+ proof }"
// for goals that aren't, "tactic > proof" for one goal.
func tree(t testing.TB, text string) *proof.Tree {
	t.Helper()
	p, rest := readTree(text)
	if strings.TrimSpace(rest) != "" {
		t.Fatalf("%q ends with %q", text, rest)
	}
	return p
}

func readTree(text string) (*proof.Tree, string) {
	end := strings.IndexAny(text, "{}>")
	if end < 0 {
		end = len(text)
	}
	p, rest := &proof.Tree{Tactic: strings.TrimSpace(text[:end])}, text[end:]
	if in, ok := strings.CutPrefix(rest, ">"); ok {
		next, rest := readTree(in)
		p.Next = append(p.Next, next)
		return p, rest
	}
	for {
		in, ok := strings.CutPrefix(strings.TrimSpace(rest), "{")
		if !ok {
			return p, rest
		}
		if in, p.Together = strings.CutPrefix(in, "+"); p.Together {
			rest = in
		}
		var next *proof.Tree
		next, rest = readTree(in)
		p.Next = append(p.Next, next)
		rest = strings.TrimPrefix(strings.TrimSpace(rest), "}")
	}
}

// line is a proof of n of so many steps.
func line(tactics ...string) *proof.Tree {
	var t *proof.Tree
	for _, tactic := range slices.Backward(tactics) {
		next := t
		if t = (&proof.Tree{Tactic: tactic}); next != nil {
			t.Next = []*proof.Tree{next}
		}
	}
	return t
}
