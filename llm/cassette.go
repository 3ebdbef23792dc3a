package llm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sync"
)

// cassetteVersion is that of the format: JSON lines, the first one a header,
// then one for each call.
const cassetteVersion = 1

// cassetteHeader is the first line. It holds what a replay must know of the
// models, so that it needs no server.
type cassetteHeader struct {
	Version int         `json:"ponder_cassette"`
	Models  []TapeModel `json:"models"`
}

// TapeModel is a model whose calls are on a tape.
type TapeModel struct {
	Identity
	Bare bool `json:"bare,omitempty"` // it has no chat template
}

// Recorder is a Keeper that puts each call on a tape, so that the tape alone is
// enough to repeat the search. Calls that the Keeper behind it knew already are
// not made again, but pass the budget and count as made: whoever replays the tape
// knows nothing beforehand, and the search is to be the same there.
type Recorder struct {
	w    io.Writer
	next Keeper

	mu     sync.Mutex // guards what follows, and w
	taped  map[Key]bool
	broken error
}

// NewRecorder begins a tape of calls to the models, in front of another Keeper.
// Each call is one Write. The tape of one search with one worker is always the
// same, byte by byte: it holds no times.
func NewRecorder(w io.Writer, models []TapeModel, next Keeper) (*Recorder, error) {
	if err := writeLine(w, cassetteHeader{cassetteVersion, models}); err != nil {
		return nil, err
	}
	return &Recorder{w: w, next: next, taped: map[Key]bool{}}, nil
}

func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing a cassette: %w", err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing a cassette: %w", err)
	}
	return nil
}

// Find implements Keeper: it finds what is on the tape.
func (r *Recorder) Find(ctx context.Context, key Key) (Call, bool, error) {
	r.mu.Lock()
	taped := r.taped[key]
	r.mu.Unlock()
	if !taped {
		return Call{}, false, nil
	}
	return r.next.Find(ctx, key)
}

// Spare implements Reserve.
func (r *Recorder) Spare(ctx context.Context, key Key) (Call, bool, error) {
	c, found, err := r.next.Find(ctx, key)
	if err == nil && found {
		err = r.tape(c)
	}
	return c, found, err
}

// Keep implements Keeper.
func (r *Recorder) Keep(ctx context.Context, c Call) error {
	return errors.Join(r.next.Keep(ctx, c), r.tape(c))
}

// tape writes a call, once. After a failed write the tape ends, maybe in the
// middle of a line, and each later call fails too.
func (r *Recorder) tape(c Call) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken != nil || r.taped[c.Key] {
		return r.broken
	}
	c.Elapsed = 0
	if r.broken = writeLine(r.w, c); r.broken == nil {
		r.taped[c.Key] = true
	}
	return r.broken
}

// Cassette is a tape that was read.
type Cassette struct {
	// Truncated says that the last line was cut short, as it is when the
	// recorder was killed.
	Truncated bool

	models []TapeModel
	calls  map[Key]Completion
}

// ErrCassette marks a tape that can't be read, ErrNotOnTape a call that a tape
// does not answer. The latter wraps ErrUnavailable.
var (
	ErrCassette  = errors.New("not a sound cassette of model calls")
	ErrNotOnTape = fmt.Errorf("%w: not on the cassette", ErrUnavailable)
)

// maxTapeLine bounds a line of a tape in bytes.
const maxTapeLine = 64 << 20

// ReadCassette reads a tape. A last line that was cut short is left out; any
// other that is not as it was written is an error that wraps ErrCassette and
// names it.
func ReadCassette(r io.Reader) (*Cassette, error) {
	c := &Cassette{calls: map[Key]Completion{}}
	in := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, whole, err := tapeLine(in)
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d of the cassette: %w", number, err)
		case len(line) == 0 && !whole:
			if number == 1 {
				return nil, fmt.Errorf("%w: it is empty", ErrCassette)
			}
			return c, nil
		case !whole && number > 1:
			c.Truncated = true
			return c, nil
		}
		if number == 1 {
			err = c.readHeader(line)
		} else {
			err = c.readCall(line)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w: record it anew", ErrCassette, number, err)
		}
	}
}

// tapeLine reads a line without its end; whole is false where the file ends
// before it.
func tapeLine(in *bufio.Reader) (line []byte, whole bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return bytes.TrimSuffix(line, []byte("\n")), true, nil
		case errors.Is(err, io.EOF):
			return line, false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, err
		case len(line) > maxTapeLine:
			return nil, false, fmt.Errorf("%w: it is longer than %d MB", ErrCassette, maxTapeLine>>20)
		}
	}
}

// strictly decodes one JSON value that has no other fields and nothing behind it.
func strictly(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind it")
	}
	return nil
}

func (c *Cassette) readHeader(line []byte) error {
	var h cassetteHeader
	if err := strictly(line, &h); err != nil {
		return fmt.Errorf("it is no header of a cassette: %w", err)
	}
	if h.Version != cassetteVersion {
		return fmt.Errorf("version %d, this program knows %d", h.Version, cassetteVersion)
	}
	c.models = h.Models
	return nil
}

func (c *Cassette) readCall(line []byte) error {
	var call Call
	if err := strictly(line, &call); err != nil {
		return err
	}
	if err := call.Check(); err != nil {
		return err
	}
	if old, twice := c.calls[call.Key]; twice && !reflect.DeepEqual(old, call.Completion) {
		return fmt.Errorf("call %s has two different replies", call.Key)
	}
	c.calls[call.Key] = call.Completion
	return nil
}

// Models are those whose calls are on the tape.
func (c *Cassette) Models() []TapeModel { return slices.Clone(c.models) }

// Len is the number of calls on the tape.
func (c *Cassette) Len() int { return len(c.calls) }

// Model answers for a model from the tape alone. A request that is not on it is
// an error that wraps ErrNotOnTape.
func (c *Cassette) Model(id Identity) Model { return player{c, id} }

type player struct {
	tape *Cassette
	id   Identity
}

// Generate implements Model.
func (p player) Generate(ctx context.Context, req Request) (Completion, error) {
	if err := ctx.Err(); err != nil {
		return Completion{}, err
	}
	if c, ok := p.tape.calls[KeyOf(p.id, req)]; ok {
		return c, nil
	}
	return Completion{}, fmt.Errorf("%w: model %s was never asked %q this way: it was recorded with another problem, other flags, another model or another version of ponder",
		ErrNotOnTape, clean(p.id.Name), clean(req.Prompt))
}
