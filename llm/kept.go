package llm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Keeper keeps finished calls: a store, or a tape. Its methods are safe for
// concurrent use.
type Keeper interface {
	// Find returns the call of that key, if it is kept.
	Find(ctx context.Context, key Key) (Call, bool, error)
	// Keep takes a call and makes it safe: at once, or within milliseconds and
	// in any case before anything that is kept later, such as what was made of
	// it.
	Keep(ctx context.Context, call Call) error
}

// Reserve is the ability of a Keeper to spare a call that is about to be paid
// for: one that is known, but is to count as made.
type Reserve interface {
	Spare(ctx context.Context, key Key) (Call, bool, error)
}

// ErrKeep marks a call that was made, but could not be kept: going on would
// spend what can't be accounted for.
var ErrKeep = errors.New("a finished model call could not be kept")

// Kept is a Model in two layers that pays for no call twice. Above a budget
// (Free) a call that is known costs nothing. Below it, Generate keeps each call
// that it makes before it hands the reply out.
//
// Calls that a run made, but could not use before it was stopped, are owed to
// it: they pass the budget and count as made, as if they had come just now, so
// that a run that was interrupted costs what it would have cost in one go.
type Kept struct {
	model  Model
	id     Identity
	keeper Keeper

	mu     sync.Mutex // guards what follows
	owed   map[Key]bool
	flying map[Key]chan struct{} // closed when the call is back
}

// NewKept puts keeper around model.
func NewKept(model Model, id Identity, keeper Keeper, owed []Key) *Kept {
	k := &Kept{model: model, id: id, keeper: keeper, owed: map[Key]bool{}, flying: map[Key]chan struct{}{}}
	for _, key := range owed {
		k.owed[key] = true
	}
	return k
}

// Free returns next, which leads to k through a budget, with the calls that are
// known in front of it.
func (k *Kept) Free(next Model) Model { return free{k, next} }

type free struct {
	*Kept
	next Model
}

// Generate implements Model. Of equal calls at once one is made; the others wait
// for it, and make their own only if it fails.
func (f free) Generate(ctx context.Context, req Request) (Completion, error) {
	key := KeyOf(f.id, req)
	for {
		if !f.isOwed(key) {
			c, found, err := answer(f.keeper.Find(ctx, key))
			if err != nil || found {
				c.Known = found
				return c, err
			}
		}
		back, first := f.takeOff(key)
		if first {
			defer f.land(key)
			return f.next.Generate(ctx, req)
		}
		select {
		case <-back:
		case <-ctx.Done():
			return Completion{}, ctx.Err()
		}
	}
}

// takeOff notes that a call is about to be made, unless it is under way already.
func (k *Kept) takeOff(key Key) (back chan struct{}, first bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if back, flies := k.flying[key]; flies {
		return back, false
	}
	k.flying[key] = make(chan struct{})
	return nil, true
}

func (k *Kept) land(key Key) {
	k.mu.Lock()
	defer k.mu.Unlock()
	close(k.flying[key])
	delete(k.flying, key)
}

// Generate implements Model.
func (k *Kept) Generate(ctx context.Context, req Request) (Completion, error) {
	key := KeyOf(k.id, req)
	if k.take(key) {
		if c, found, err := answer(k.keeper.Find(ctx, key)); err != nil || found {
			return c, err
		}
	}
	if r, ok := k.keeper.(Reserve); ok {
		if c, found, err := answer(r.Spare(ctx, key)); err != nil || found {
			return c, err
		}
	}
	start := time.Now()
	c, err := k.model.Generate(ctx, req)
	if err != nil {
		return c, err
	}
	c.Key = key
	call := Call{Key: key, Model: k.id, Request: req, Completion: c, Elapsed: time.Since(start)}
	// It is paid for: a run that is being stopped keeps it all the same.
	if err := k.keeper.Keep(context.WithoutCancel(ctx), call); err != nil {
		return c, fmt.Errorf("%w: %w", ErrKeep, err)
	}
	return c, nil
}

// answer is the reply of a call that was found.
func answer(call Call, found bool, err error) (Completion, bool, error) {
	if err != nil || !found {
		return Completion{}, false, err
	}
	call.Completion.Key = call.Key
	return call.Completion, true, nil
}

func (k *Kept) isOwed(key Key) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.owed[key]
}

// take hands an owed call out once.
func (k *Kept) take(key Key) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	owed := k.owed[key]
	delete(k.owed, key)
	return owed
}
