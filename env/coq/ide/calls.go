package ide

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// StateID names a state of a process: what it was after one of its sentences.
type StateID int

// Goal is one goal as Coq prints it.
type Goal struct {
	ID    string
	Hyps  []string // "n, m : nat"
	Concl string
}

// Goals is what is left to prove. Focused ones are those that tactics work on,
// Background the others, Shelved and GivenUp those put away.
type Goals struct {
	Proving                      bool // false: no proof is open
	Focused                      []Goal
	Background, Shelved, GivenUp int
}

const goalCall = `<call val="Goal"><unit/></call>`

// Init opens the session and returns its first state.
func (p *Process) Init(ctx context.Context, limit time.Duration) (StateID, error) {
	r, err := p.one(ctx, limit, `<call val="Init"><option val="none"/></call>`)
	if err != nil {
		return 0, fmt.Errorf("opening a session: %w", err)
	}
	return stateOf(r)
}

// Version is that of Coq, such as 8.16.1.
func (p *Process) Version(ctx context.Context) (string, error) {
	r, err := p.one(ctx, patience, `<call val="About"><unit/></call>`)
	if err != nil {
		return "", fmt.Errorf("asking for the version: %w", err)
	}
	s, ok := r.value.find("string")
	if !ok {
		return "", fmt.Errorf("asking for the version: unreadable reply")
	}
	return s.flat(), nil
}

// addTime is the limit of Add: a library may take minutes to load.
const addTime = 10 * time.Minute

// Add parses a sentence after the state tip, which must be the last one, and
// returns the state after it. Nothing but Require and the like is executed before
// Goals asks. An error that is a *Refusal is one of syntax.
func (p *Process) Add(ctx context.Context, tip StateID, sentence string) (StateID, error) {
	r, err := p.one(ctx, addTime, addCall(tip, sentence))
	if err != nil {
		return 0, err
	}
	return stateOf(r)
}

func addCall(tip StateID, sentence string) string {
	return `<call val="Add"><pair><pair><pair><pair><string>` + escape(sentence) +
		`</string><int>-1</int></pair><pair><state_id val="` + strconv.Itoa(int(tip)) +
		`"/><bool val="false"/></pair></pair><int>0</int></pair><pair><int>1</int><int>0</int></pair></pair></call>`
}

// Try goes back to the state tip, adds a sentence there, executes it and tells
// what is left to prove: EditAt, Add and Goals in one exchange. Whatever comes of
// it, tip is what the next Try starts from or must be gone back to.
func (p *Process) Try(ctx context.Context, limit time.Duration, tip StateID, sentence string) (StateID, Goals, error) {
	rs, err := p.call(ctx, limit, editCall(tip), addCall(tip, sentence), goalCall)
	if err != nil {
		return 0, Goals{}, err
	}
	if rs[0].err != nil {
		return 0, Goals{}, fmt.Errorf("%w: going back to a state: %w", ErrDied, rs[0].err)
	}
	if err := first(rs[1].err, rs[2].err); err != nil {
		return 0, Goals{}, err
	}
	next, err := stateOf(rs[1])
	return next, goalsOf(rs[2].value), err
}

// first is the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Full tells the same goals as Goals did last, printed in full: no notation, no
// implicit argument is hidden.
func (p *Process) Full(ctx context.Context) (Goals, error) {
	rs, err := p.call(ctx, 10*time.Second, setCall("Printing All", true), goalCall, setCall("Printing All", false))
	if err != nil {
		return Goals{}, err
	}
	if err := first(rs[0].err, rs[1].err, rs[2].err); err != nil {
		return Goals{}, fmt.Errorf("printing goals in full: %w", err)
	}
	return goalsOf(rs[1].value), nil
}

// Goals executes what was added and tells what is left to prove. An error that
// is a *Refusal is that of a sentence; EditAt must follow.
func (p *Process) Goals(ctx context.Context, limit time.Duration) (Goals, error) {
	r, err := p.one(ctx, limit, goalCall)
	if err != nil {
		return Goals{}, err
	}
	return goalsOf(r.value), nil
}

// EditAt goes back to a state: what was added after it is forgotten.
func (p *Process) EditAt(ctx context.Context, to StateID) error {
	_, err := p.one(ctx, 10*time.Second, editCall(to))
	return err
}

func editCall(to StateID) string {
	return `<call val="Edit_at"><state_id val="` + strconv.Itoa(int(to)) + `"/></call>`
}

// Query runs a sentence at the state at and takes it back again. It returns
// what Coq said.
func (p *Process) Query(ctx context.Context, limit time.Duration, at StateID, sentence string) ([]string, error) {
	r, err := p.one(ctx, limit, `<call val="Query"><pair><route_id val="0"/><pair><string>`+escape(sentence)+
		`</string><state_id val="`+strconv.Itoa(int(at))+`"/></pair></pair></call>`)
	p.silence = r.silence
	return r.messages, err
}

func setCall(option string, on bool) string {
	var b strings.Builder
	for _, w := range strings.Fields(option) {
		b.WriteString("<string>" + escape(w) + "</string>")
	}
	return `<call val="SetOptions"><list><pair><list>` + b.String() +
		`</list><option_value val="boolvalue"><bool val="` + strconv.FormatBool(on) + `"/></option_value></pair></list></call>`
}

func stateOf(r reply) (StateID, error) {
	at, ok := r.value.find("state_id")
	if !ok {
		return 0, fmt.Errorf("%w: a reply names no state", ErrDied)
	}
	id, err := strconv.Atoi(at.val)
	if err != nil {
		return 0, fmt.Errorf("%w: reading the number of a state: %w", ErrDied, err)
	}
	return StateID(id), nil
}

func goalsOf(value element) Goals {
	all, ok := value.find("goals")
	if !ok {
		return Goals{}
	}
	g := Goals{Proving: true}
	parts := all.elements()
	if len(parts) < 4 {
		return Goals{}
	}
	for _, el := range parts[0].elements() {
		g.Focused = append(g.Focused, goalOf(el))
	}
	for _, pair := range parts[1].elements() {
		for _, side := range pair.elements() {
			g.Background += len(side.elements())
		}
	}
	g.Shelved, g.GivenUp = len(parts[2].elements()), len(parts[3].elements())
	return g
}

func goalOf(el element) Goal {
	var g Goal
	for i, part := range el.elements() {
		switch i {
		case 0:
			g.ID = part.flat()
		case 1:
			for _, h := range part.elements() {
				g.Hyps = append(g.Hyps, h.flat())
			}
		case 2:
			g.Concl = part.flat()
		}
	}
	return g
}
