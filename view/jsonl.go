package view

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ponder-mcts/ponder/event"
)

// JSONL writes events as they are, one a line. Characters that a terminal might
// obey are escaped. It returns the first error of w.
func JSONL(w io.Writer, events []event.Event) error {
	b := bufio.NewWriter(w)
	for _, e := range events {
		if err := writeLine(b, e); err != nil {
			return err
		}
	}
	return b.Flush()
}

// ReadTree reads a tree from what an export wrote: a Record, or the events of a
// search, which it returns too. The error says what is wrong, and wraps
// ErrRecord or ErrEvent.
func ReadTree(r io.Reader) (*Tree, []event.Event, error) {
	dec := json.NewDecoder(r)
	var first json.RawMessage
	if err := dec.Decode(&first); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrRecord, plainEOF(err))
	}
	var head struct {
		Format  string `json:"format"`
		Started *struct{}
	}
	if err := json.Unmarshal(first, &head); err != nil || head.Format == "" && head.Started == nil {
		return nil, nil, fmt.Errorf("%w: it begins neither with a tree (\"format\": %q) nor with the first event of a search (\"started\")", ErrRecord, recordFormat)
	}
	if head.Format != "" {
		record, err := decodeRecord(first)
		if err != nil {
			return nil, nil, err
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return nil, nil, fmt.Errorf("%w: something follows the tree", ErrRecord)
		}
		t, err := record.Tree()
		return t, nil, err
	}
	t, events := new(Tree), []event.Event(nil)
	for n := 1; ; n++ {
		var e event.Event
		if err := json.Unmarshal(first, &e); err != nil {
			return nil, nil, fmt.Errorf("%w %d: %w", ErrEvent, n, err)
		}
		if err := t.Apply(e); err != nil {
			return nil, nil, err
		}
		events = append(events, e)
		if err := dec.Decode(&first); errors.Is(err, io.EOF) {
			return t, events, nil
		} else if err != nil {
			return nil, nil, fmt.Errorf("%w %d: %w", ErrEvent, n+1, err)
		}
	}
}

// plainEOF is the error of a decoder, in words.
func plainEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("it is empty")
	}
	return err
}
