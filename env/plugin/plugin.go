// Package plugin makes an Environment of a program in any language: it is asked in
// lines of JSON on its standard input and answers on its standard output. The
// protocol is in docs/plugin.md.
//
// Several processes of the program work at once. One that dies, hangs, talks nonsense
// or takes too much memory is replaced, and the steps that led to a state are made
// again there, so that nothing is lost but time.
package plugin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/child"
)

// Config says which program, and within which bounds.
type Config struct {
	Argv    []string      // the program and its arguments
	Dir     string        // where it runs; empty means the current folder
	Workers int           // processes at most; 0 means 1
	Timeout time.Duration // of a request; 0 means 10 s
	Warm    time.Duration // of the first request, while the program starts; 0 means 30 s
	Memory  int64         // bytes that a process and its children may hold; 0 means 2 GB
	Reply   int           // bytes of a reply; 0 means 16 MB
	// States is how many states a process that keeps them is told of before another
	// takes its place; 0 means 100,000.
	States int
	// Stderr gets the lines that the program writes there, each with a prefix and
	// without control characters; nil means nobody does.
	Stderr io.Writer
}

func (c Config) withDefaults() Config {
	c.Workers = max(1, c.Workers)
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	c.Warm = cmp.Or(c.Warm, 30*time.Second)
	c.Memory = cmp.Or(c.Memory, 2<<30)
	c.Reply = cmp.Or(c.Reply, child.ReplyLimit)
	c.States = cmp.Or(c.States, 100_000)
	return c
}

// protocol is the version of the protocol.
const protocol = 1

// Info is what a plug-in says of itself.
type Info struct {
	Protocol int    `json:"protocol"` // 1
	Name     string `json:"name"`
	Players  int    `json:"players"`           // 2 for a game; 0 or 1 for a puzzle
	Finite   bool   `json:"finite,omitempty"`  // the actions of every state can be listed
	Lasting  bool   `json:"lasting,omitempty"` // the data of a state are good in every process
	Verifies bool   `json:"verifies,omitempty"`
	Texts    bool   `json:"texts,omitempty"` // the text of a state is a problem that starts there

	Example     string `json:"example"` // of a problem
	Rules       string `json:"rules,omitempty"`
	SampleState string `json:"sample_state,omitempty"`
	SampleStep  string `json:"sample_step,omitempty"`
}

func (i Info) check() error {
	switch {
	case i.Protocol != protocol:
		return fmt.Errorf(`its protocol is %d, and must be 1: the reply to "info" has "protocol": 1`, i.Protocol)
	case i.Players < 0 || i.Players > 2:
		return fmt.Errorf("it is for %d players, and must be for 1 or 2", i.Players)
	case i.Example == "":
		return errors.New(`the reply to "info" has no "example", a problem that it can start from`)
	}
	return nil
}

// MissingError says that the program can't be started.
type MissingError struct {
	Program string
	Err     error
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("the plug-in's program: %v; give for example --env-cmd \"python3 my_env.py\"", e.Err)
}

func (e *MissingError) Unwrap() error { return e.Err }

// Env is a plug-in at work. It is safe for concurrent use; Close it after use.
type Env struct {
	cfg  Config
	pool *pool
	info Info
}

var (
	_ env.Environment = (*Env)(nil)
	_ env.Describer   = (*Env)(nil)
	_ env.Verifier    = (*Verifying)(nil)
)

// Open starts a plug-in and asks what it is. Errors: *MissingError if there is no such
// program; one that wraps env.ErrBroken if it does not answer as it should.
func Open(ctx context.Context, c Config) (*Env, error) {
	if len(c.Argv) == 0 {
		return nil, &MissingError{"", errors.New("no program is named")}
	}
	e := &Env{cfg: c.withDefaults()}
	e.pool = newPool(e.cfg)
	var info Info
	err := e.pool.do(ctx, nil, func(w *worker) error {
		r, err := w.ask(ctx, request{Op: "info"})
		if err != nil {
			return err
		}
		if r.Error != nil {
			return fmt.Errorf(`%w: "info" is refused: %s`, child.ErrGarbled, r.Error.Message)
		}
		if r.Info == nil {
			return fmt.Errorf(`%w: the reply to "info" has no "info"`, child.ErrGarbled)
		}
		info = *r.Info
		return nil
	})
	if err == nil {
		if bad := info.check(); bad != nil {
			err = fmt.Errorf("%w: the plug-in %q: %w", env.ErrBroken, strings.Join(c.Argv, " "), bad)
		}
	}
	if err != nil {
		e.Close()
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
			return nil, &MissingError{c.Argv[0], err}
		}
		return nil, err
	}
	e.info, e.pool.lasting = info, info.Lasting
	return e, nil
}

// Close ends all processes.
func (e *Env) Close() { e.pool.close() }

// Info is what the plug-in says of itself.
func (e *Env) Info() Info { return e.info }

// Environment is the plug-in with the abilities it claims: a *Verifying if it
// verifies, else the Env itself.
func (e *Env) Environment() env.Environment {
	if e.info.Verifies {
		return &Verifying{e}
	}
	return e
}

// Rules implements env.Describer.
func (e *Env) Rules() string { return e.info.Rules }

// Example implements env.Describer.
func (e *Env) Example() (state, step string) { return e.info.SampleState, e.info.SampleStep }

// Start implements env.Environment.
func (e *Env) Start(ctx context.Context, problem string) (env.State, error) {
	root := &state{env: e, problem: problem}
	err := e.pool.do(ctx, nil, func(w *worker) error {
		r, err := w.ask(ctx, request{Op: "start", Problem: &problem})
		if err != nil {
			return err
		}
		if r.Error != nil {
			return r.Error.asInput(problem, e.info.Example)
		}
		if err := root.fill(w, r); err != nil {
			return err
		}
		return w.list(ctx, []*state{root})
	})
	if err != nil {
		return nil, err
	}
	return root.typed(), nil
}

// Step implements env.Environment.
func (e *Env) Step(ctx context.Context, s env.State, action string) (env.State, error) {
	at, ok := s.(interface{ plugged() *state })
	if !ok || at.plugged().env != e {
		return nil, fmt.Errorf("plugin: a state of another environment: %T", s)
	}
	next, err := at.plugged().step(ctx, action)
	if err != nil {
		return nil, err
	}
	return next.typed(), nil
}

// Verifying is a plug-in that can judge answers.
type Verifying struct{ *Env }

// Verify implements env.Verifier.
func (e *Verifying) Verify(ctx context.Context, problem, answer string) error {
	return e.pool.do(ctx, nil, func(w *worker) error {
		r, err := w.ask(ctx, request{Op: "verify", Problem: &problem, Answer: &answer})
		switch {
		case err != nil:
			return err
		case r.Error != nil:
			return fmt.Errorf("the plug-in's checker: %s", r.Error.words())
		case r.Verified == nil:
			return fmt.Errorf(`%w: the reply to "verify" has no "verified"`, child.ErrGarbled)
		case !*r.Verified:
			return fmt.Errorf("the plug-in's checker: %s", child.Shorten(cmp.Or(r.Reason, "no reason given"), mostWords))
		}
		return nil
	})
}

// request is a line, or a part of one, to the plug-in.
type request struct {
	ID      int64           `json:"id"`
	Op      string          `json:"op"`
	Problem *string         `json:"problem,omitempty"`
	State   json.RawMessage `json:"state,omitempty"`
	Action  *string         `json:"action,omitempty"`
	Answer  *string         `json:"answer,omitempty"`
}

// reply is what comes back.
type reply struct {
	ID       int64       `json:"id"`
	Info     *Info       `json:"info"`
	State    *stateReply `json:"state"`
	Actions  *[]string   `json:"actions"`
	Verified *bool       `json:"verified"`
	Reason   string      `json:"reason"`
	Error    *failure    `json:"error"`
}

// stateReply is a state as the plug-in tells it.
type stateReply struct {
	Data     json.RawMessage `json:"data"`
	Text     string          `json:"text"`
	Key      string          `json:"key"`
	Actions  *[]string       `json:"actions"`
	Over     bool            `json:"over"`
	Reward   float64         `json:"reward"`
	Note     string          `json:"note"`
	Player   int             `json:"player"`
	Answer   *string         `json:"answer"`
	Estimate *float64        `json:"estimate"`
}

// failure is what the plug-in refuses, and why.
type failure struct {
	Kind    string `json:"kind"` // illegal, input, or anything else for what is broken
	Message string `json:"message"`
	Example string `json:"example"`
}

// mostWords bounds, in characters, what is repeated of a plug-in's words.
const mostWords = 400

func (f *failure) words() string {
	return child.Shorten(cmp.Or(f.Message, "no message given"), mostWords)
}

// asInput is the refusal of a problem.
func (f *failure) asInput(problem, example string) error {
	if f.Kind == "input" {
		return &env.InputError{Input: problem, Reason: f.words(), Example: cmp.Or(f.Example, example)}
	}
	return fmt.Errorf("%w: the plug-in fails to start: %s", env.ErrBroken, f.words())
}

// asStep is the refusal of a step.
func (f *failure) asStep(action string) error {
	if f.Kind == "illegal" {
		return env.Illegal(child.Shorten(action, 60), "%s", f.words())
	}
	return fmt.Errorf("%w: the plug-in fails at the step %q: %s", env.ErrBroken, child.Shorten(action, 60), f.words())
}
