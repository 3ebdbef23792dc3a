package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/ponder-mcts/ponder/play"
)

// command does what a person asks for.
func (g *gameText) command(ctx context.Context, word, rest string) (quit bool, err error) {
	m := g.match
	switch word {
	case "hint":
		t, err := m.Hint(ctx)
		if err != nil {
			return false, g.tolerate(ctx, err)
		}
		g.tellHint(t)
	case "why":
		back, err := lookBack(rest)
		if err != nil {
			return false, g.tolerate(ctx, err)
		}
		a, err := m.Why(ctx, back)
		if err != nil {
			return false, g.tolerate(ctx, err)
		}
		g.say("%s", a.Words(g.names))
		g.table(a.Thought, a.Made)
	case "back":
		plies, err := m.Back()
		if err != nil {
			return false, g.tolerate(ctx, err)
		}
		g.ended = false
		g.say("%s", takenBack(plies))
	case "new":
		if err := m.Anew(); err != nil {
			return false, err
		}
		g.ended, g.drawn = false, ""
		g.say("A new game.")
	case "moves":
		g.tellMoves()
	case "draw":
		g.draw(true)
	case "help":
		for _, c := range commands {
			g.say("  %-6s %s", c[0], c[1])
		}
	case "quit":
		g.leave()
		return true, nil
	}
	return false, nil
}

// lookBack reads how many moves back to look.
func lookBack(text string) (int, error) {
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("why %.20q: give a number of moves to look back, such as why 2", text)
	}
	return n, nil
}

func takenBack(plies int) string {
	if plies == 1 {
		return "One move is taken back."
	}
	return fmt.Sprintf("%d moves are taken back.", plies)
}

func (g *gameText) tellMoves() {
	actions, listed := g.match.Game.Actions()
	switch {
	case !listed:
		g.say("The legal moves can't be listed here.")
		return
	case len(actions) == 0:
		g.say("There are no more moves.")
		return
	}
	more := len(actions) - maxShown
	line := ""
	for _, a := range actions[:min(len(actions), maxShown)] {
		if a = g.clean(a); line != "" && len(line)+2+len(a) > textWidth {
			g.say("%s", line)
			line = ""
		}
		if line != "" {
			line += "  "
		}
		line += a
	}
	g.say("%s", line)
	if more > 0 {
		g.say("and %d more", more)
	}
}

// tellHint tells what the engine would do.
func (g *gameText) tellHint(t *play.Thought) {
	words := "The engine would play " + t.Best
	if known := t.Proof.Words(g.names, t.Seat, g.two); known != "" {
		words += ": " + known
	} else {
		words += fmt.Sprintf(" (%.2f)", t.Value)
	}
	g.say("%s.", words)
	g.table(t, play.Rated{})
}

// table shows what was thought of the moves, and of one that was made.
func (g *gameText) table(t *play.Thought, made play.Rated) {
	shown := slices.Clone(t.Moves[:min(len(t.Moves), maxRated)])
	if made.Action != "" {
		if i := slices.IndexFunc(shown, func(r play.Rated) bool { return r.Action == made.Action }); i >= 0 {
			shown[i] = made
		} else {
			shown = append(shown, made)
		}
	}
	w := tabwriter.NewWriter(g.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "    move\tN\tQ\tP")
	for _, r := range shown {
		mark := "  "
		if r.Action == made.Action {
			mark = "* "
		}
		q := "–"
		if v, known := r.Worth(); known {
			q = fmt.Sprintf("%.2f", v)
		}
		row := fmt.Sprintf("  %s%s\t%d\t%s\t%.2f\t%s", mark, g.clean(r.Action), r.N, q, r.P, r.Proof.Short(g.two))
		fmt.Fprintln(w, strings.TrimRight(row, "\t"))
	}
	_ = w.Flush() // what can't be written is told by the next flush
	if n := len(t.Moves) - maxRated; n > 0 {
		g.say("    and %d more moves", n)
	}
	if len(t.Line) > 1 {
		g.say("    line: %s", strings.Join(t.Line[:min(len(t.Line), maxRated)], " "))
	}
	if t.Simulations > 0 {
		g.say("    %d simulations", t.Simulations)
	}
}

// replyWords tells of a move that was made after a thought.
func replyWords(t *play.Thought, names play.Names, two bool) string {
	words := names[t.Seat].Subject("play", "plays") + " " + t.Best
	proof := t.Proof
	if proof.Plies == 1 {
		return words + "." // the end will be told
	}
	if proof.Plies > 0 {
		proof.Plies-- // from here on
	}
	if known := proof.Words(names, t.Seat, two); known != "" {
		return words + ": " + known + "."
	}
	if t.Searched() {
		return fmt.Sprintf("%s (%.2f).", words, t.Value)
	}
	return words + "."
}
