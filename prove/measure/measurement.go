package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/prove/measure/sample"
)

// measurement is one run of the program.
type measurement struct {
	settings
	out, err io.Writer
	search   searcher
	names    *names
	keep     *keeper
	done     []record // of this run and of the one that is resumed
	mu       sync.Mutex
}

func (m *measurement) run(ctx context.Context) (err error) {
	// lia and others keep files where Coq runs.
	if m.directory, err = os.MkdirTemp("", "ponder-measure-"); err != nil {
		return fmt.Errorf("making a folder for Coq: %w", err)
	}
	defer os.RemoveAll(m.directory)
	if m.set == "abuse" {
		return m.abuse(ctx)
	}
	list, err := m.items(ctx)
	if err != nil {
		return err
	}
	if m.list {
		for _, x := range list {
			fmt.Fprintln(m.out, x.Stratum, x.id())
		}
		return nil
	}
	if m.rename {
		if m.names, err = newNames(); err != nil {
			return err
		}
	}
	if list, err = m.begin(list); err != nil {
		return err
	}
	err = m.all(ctx, list)
	if closed := m.keep.close(); err == nil {
		err = closed
	}
	m.table(m.done)
	if err == nil && m.set == "false" {
		err = m.noneProved()
	}
	return err
}

// begin reads what is resumed and returns the items that are left.
func (m *measurement) begin(list []item) ([]item, error) {
	var size int64
	if m.resume != "" {
		old, n, err := readRecords(m.resume)
		if err != nil {
			return nil, err
		}
		size = n
		for _, r := range old {
			if r.Setting != m.String() {
				return nil, badUsage("%s was measured with %q, and this is %q: give the same flags, or another file", m.resume, r.Setting, m.String())
			}
		}
		m.done = old
	}
	keep, err := openKeeper(m.json, m.resume, m.done, size)
	if err != nil {
		return nil, err
	}
	m.keep = keep
	m.done = latest(m.done)
	seen := map[string]bool{}
	for _, r := range m.done {
		seen[r.id()] = r.Error == ""
	}
	var left []item
	for _, x := range list {
		if !seen[x.id()] {
			left = append(left, x)
		}
	}
	return left, nil
}

// latest drops records of lemmas that were tried again later.
func latest(list []record) []record {
	at := map[string]int{}
	var out []record
	for _, r := range list {
		if i, again := at[r.id()]; again {
			out[i] = r
			continue
		}
		at[r.id()] = len(out)
		out = append(out, r)
	}
	return out
}

// all searches the items, some at once.
func (m *measurement) all(ctx context.Context, list []item) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan item)
	var wg sync.WaitGroup
	for range m.jobs {
		wg.Go(func() {
			for x := range todo {
				if r := m.one(ctx, x); ctx.Err() == nil {
					if err := m.finish(r, len(list)); err != nil {
						cancel(err)
					}
				}
			}
		})
	}
	for _, x := range list {
		if ctx.Err() != nil {
			break
		}
		todo <- x
	}
	close(todo)
	wg.Wait()
	return context.Cause(ctx)
}

// one searches one item.
func (m *measurement) one(ctx context.Context, x item) record {
	r := x.record
	r.Setting = m.String()
	began := time.Now()
	f, h, flags, err := x.read(ctx, &r)
	if err == nil {
		o := m.options
		o.flags = flags
		began = time.Now() // renaming does not count
		r.found, err = m.search(ctx, f, h, o)
	}
	r.ElapsedMS = time.Since(began).Milliseconds()
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// finish keeps a record and tells of it.
func (m *measurement) finish(r record, of int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done = latest(append(m.done, r))
	fmt.Fprintf(m.err, "%d/%d %s %s %s\n", len(m.done), max(of, len(m.done)), r.Stratum, r.id(), r.tell())
	return m.keep.add(r)
}

// tell is what came of it, in one line.
func (r record) tell() string {
	text := fmt.Sprintf("%.1fs, %d tried", float64(r.ElapsedMS)/1000, r.Tried)
	if r.Names > 0 {
		text += fmt.Sprintf(", %d of %d names changed", r.Renamed, r.Names)
	}
	switch {
	case r.Error != "":
		return "error: " + line(r.Error)
	case r.Verified:
		return "proved, " + text + ": " + line(r.Script)
	case r.Solved:
		return "refused, " + text + ": " + line(r.Script) + ": " + line(r.Reason)
	}
	return "not proved, " + text + ": " + line(r.Reason)
}

// line makes one short line that a terminal may print of what comes from files
// and from Coq.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:199]) + "…"
	}
	return text
}

// errProved says that a false statement was proved, and that coqc accepts it.
var errProved = errors.New("false statements were proved")

func (m *measurement) noneProved() error {
	var list []string
	for _, r := range m.done {
		if r.Verified {
			list = append(list, r.Name)
		}
	}
	if len(list) > 0 {
		return fmt.Errorf("%w: %s", errProved, strings.Join(list, ", "))
	}
	return nil
}

// abuse has the theorems of sample.Abuse searched.
func (m *measurement) abuse(ctx context.Context) error {
	var list []sample.Theorem
	for _, t := range sample.Abuse() {
		if m.only == "" || m.only == t.Name {
			list = append(list, t)
		}
	}
	if len(list) == 0 {
		return badUsage("there is no %q: they are abuse_01 to abuse_50", m.only)
	}
	if m.list {
		for _, t := range list {
			fmt.Fprintln(m.out, t.Name, t.What)
		}
		return nil
	}
	prover := func(ctx context.Context, f *vernac.File, h vernac.Hole, limit time.Duration) (bool, error) {
		o := m.options
		o.limit = limit
		r, err := m.search(ctx, f, h, o)
		return r.Verified, err
	}
	troubles := 0
	err := sample.RunAbuse(ctx, prover, list, m.limit, func(o sample.Ordeal) {
		fmt.Fprintf(m.err, "%s %.1fs, harmless %.1fs: %s\n", o.Name, o.Took.Seconds(), o.After.Seconds(), o.What)
		if trouble := o.Trouble(m.limit); trouble != nil {
			troubles++
			fmt.Fprintln(m.out, line(trouble.Error()))
		}
	})
	if err == nil && troubles > 0 {
		err = fmt.Errorf("trouble with %d of %d", troubles, len(list))
	}
	return err
}
