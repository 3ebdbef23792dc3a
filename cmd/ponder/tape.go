package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/tiny"
	"github.com/ponder-mcts/ponder/prompt"
)

// tapeFlags say where the calls of a search come from or go to.
type tapeFlags struct {
	record, replay string
	tape           *os.File
	cassette       *llm.Cassette
}

func (f *tapeFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.record, "record", "", "file that gets the model calls of the search, to repeat it without the model; known calls count as made")
	cmd.Flags().StringVar(&f.replay, "replay", "", "file of a recorded search: it answers instead of the models, and nothing is kept")
}

// open makes the tapes ready before anything is paid for.
func (f *tapeFlags) open() (err error) {
	if f.record != "" {
		// What is on a tape was paid for: it is not written over.
		f.tape, err = os.OpenFile(f.record, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return badInput("--record %s: there is such a file already: give another name, for example --record new.jsonl", f.record)
		}
		if err != nil {
			return badInput("--record: %w", err)
		}
	}
	if f.replay == "" {
		return nil
	}
	file, err := os.Open(f.replay)
	if err != nil {
		return badInput("--replay: %w: give a file made by --record", err)
	}
	defer file.Close()
	if f.cassette, err = llm.ReadCassette(file); err != nil {
		return badInput("--replay %s: %w", f.replay, err)
	}
	return nil
}

// close ends the tape; one on which there is nothing is removed.
func (f *tapeFlags) close(begun bool) error {
	if f.tape == nil {
		return nil
	}
	err := f.tape.Close()
	if !begun {
		err = errors.Join(err, os.Remove(f.record))
	}
	return err
}

// recorder puts the tape around a keeper.
func (f *tapeFlags) recorder(c ponder.Config, next llm.Keeper) (llm.Keeper, error) {
	if f.tape == nil {
		return next, nil
	}
	var models []llm.TapeModel
	for _, m := range []ponder.Asked{c.Model, c.CriticModel} {
		if m.Model != nil {
			_, bare := m.Style.(prompt.Line)
			models = append(models, llm.TapeModel{Identity: m.ID, Bare: bare})
		}
	}
	return llm.NewRecorder(f.tape, models, next)
}

// player is a model that answers from the tape. What is embedded in this
// program, too, is asked for there.
func (f *searchFlags) player(name string, e env.Environment) (ponder.Asked, error) {
	for _, m := range f.tapes.cassette.Models() {
		if m.Name == name || name == embedded && m.Name == tiny.Name {
			return ponder.Asked{Name: name, Model: f.tapes.cassette.Model(m.Identity), Style: f.pick(e, m.Bare), ID: m.Identity}, nil
		}
	}
	var names []string
	for _, m := range f.tapes.cassette.Models() {
		names = append(names, m.Name)
	}
	return ponder.Asked{}, badInput("--replay %s has no calls of the model %s, but of %q: name one with --model", f.tapes.replay, name, names)
}

// failed says that a tape could not be written.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the tape: %w", err)
}
