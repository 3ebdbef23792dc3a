package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/play"
	"github.com/ponder-mcts/ponder/view"
)

// gameText is a game in lines of text: moves and commands come in, the board and
// what the players do go out. The same lines and the same seed give the same text.
type gameText struct {
	match *play.Match
	names play.Names
	two   bool
	in    io.Reader
	out   *bufio.Writer
	echo  bool   // what is read is written too, for a transcript
	drawn string // what the board was when it was last drawn
	ended bool   // the end was told
}

func newGameText(m *play.Match, in io.Reader, out io.Writer, echo bool) *gameText {
	return &gameText{match: m, names: m.Names(), two: m.Game.Players() == 2, in: in, out: bufio.NewWriter(out), echo: echo}
}

// Bounds of what is shown.
const (
	maxLine       = 64 << 10 // bytes that a person may write
	maxShown      = 500      // moves
	maxRated      = 12       // moves of a hint
	maxDrawnLines = 200
	maxDrawnRunes = 500 // in each
	textWidth     = 78
)

// commands are what a person may write instead of a move.
var commands = [][2]string{
	{"hint", "what the engine would do, and what it thinks of the other moves"},
	{"back", "take back to your last turn"},
	{"why", "what the engine thinks of the last move; why 2 of the one before it"},
	{"moves", "list the legal moves"},
	{"draw", "draw the board again"},
	{"new", "begin anew"},
	{"quit", "end the game"},
	{"help", "this list"},
}

// run plays until the game is over and nothing more is read.
func (g *gameText) run(ctx context.Context) (err error) {
	defer func() {
		if bad := g.out.Flush(); bad != nil && err == nil {
			err = fmt.Errorf("writing the game: %w", bad)
		}
	}()
	stop := make(chan struct{})
	defer close(stop)
	lines, broken := readLines(g.in, stop)
	g.greet()
	for {
		if err := g.out.Flush(); err != nil {
			return fmt.Errorf("writing the game: %w", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, over := g.match.Game.End()
		switch {
		case over && !g.ended:
			if err := g.tellEnd(ctx); err != nil {
				return err
			}
			continue
		case over && !g.match.Persons():
			return nil
		case !over && g.match.Turn() != nil:
			if err := g.reply(ctx); err != nil {
				return err
			}
			continue
		}
		g.draw(false)
		line, more, err := g.ask(ctx, lines)
		if err != nil {
			return err
		}
		if !more {
			g.leave()
			return <-broken
		}
		if quit, err := g.obey(ctx, line); quit || err != nil {
			return err
		}
	}
}

// readLines reads in the background, for a reader can't be told to stop. The last
// error comes when lines is closed.
func readLines(in io.Reader, stop <-chan struct{}) (lines chan string, broken chan error) {
	lines, broken = make(chan string), make(chan error, 1)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(in)
		s.Buffer(nil, maxLine)
		for s.Scan() {
			select {
			case lines <- s.Text():
			case <-stop:
				return
			}
		}
		if err := s.Err(); errors.Is(err, bufio.ErrTooLong) {
			broken <- badInput("a line has more than %d bytes: write a move or a command", maxLine)
		} else if err != nil {
			broken <- fmt.Errorf("reading a move: %w", err)
		} else {
			broken <- nil
		}
	}()
	return lines, broken
}

// ask reads a line; there is none at the end of what can be read.
func (g *gameText) ask(ctx context.Context, lines <-chan string) (line string, more bool, err error) {
	fmt.Fprint(g.out, "> ")
	if err := g.out.Flush(); err != nil {
		return "", false, fmt.Errorf("writing the game: %w", err)
	}
	select {
	case line, more = <-lines:
	case <-ctx.Done():
		return "", false, ctx.Err()
	}
	if !more {
		fmt.Fprintln(g.out)
	} else if g.echo {
		fmt.Fprintln(g.out, g.clean(line))
	}
	return line, more, nil
}

// clean makes a text safe to print, and bounds it.
func (g *gameText) clean(s string) string {
	if runes := []rune(view.Clean(s)); len(runes) > maxDrawnRunes {
		return string(runes[:maxDrawnRunes]) + "…"
	}
	return view.Clean(s)
}

func (g *gameText) say(format string, args ...any) {
	fmt.Fprintf(g.out, "%s\n", g.clean(fmt.Sprintf(format, args...)))
}

func (g *gameText) greet() {
	p := g.match.Game.Problem()
	who := g.names[0].String()
	if g.two {
		who += " against " + g.names[1].String()
	}
	g.say("%s: %s.", p.EnvName, who)
	if g.match.Persons() {
		g.say("Write a move, or help for the commands.")
	}
}

// draw draws the board, if it is not there as it is already.
func (g *gameText) draw(again bool) {
	board := g.match.Game.Draw()
	if board == g.drawn && !again {
		return
	}
	g.drawn = board
	fmt.Fprintln(g.out)
	lines := 0
	for line := range strings.Lines(board) {
		if lines++; lines > maxDrawnLines {
			g.say("…")
			break
		}
		g.say("%s", strings.TrimRight(line, "\r\n"))
	}
	fmt.Fprintln(g.out)
}

// reply lets the player whose turn it is move, and tells of it.
func (g *gameText) reply(ctx context.Context) error {
	t, err := g.match.Reply(ctx)
	if err != nil {
		return err
	}
	g.say("%s", replyWords(t, g.names, g.two))
	if !g.match.Persons() {
		g.draw(false)
		if g.match.Game.Ply() >= maxPlies {
			return fmt.Errorf("nobody has ended the game within %d moves", maxPlies)
		}
	}
	return nil
}

// maxPlies ends games that nobody looks after.
const maxPlies = 2000

// tellEnd tells how the game ended.
func (g *gameText) tellEnd(ctx context.Context) error {
	g.ended = true
	g.draw(false)
	end, _ := g.match.Game.End()
	g.say("%s", end.Words(g.names))
	answer, checked, err := g.match.Game.Verify(ctx)
	if answer != "" {
		g.say("answer  %s", answer)
	}
	if err != nil {
		return err
	}
	if checked {
		g.say("verified")
	}
	return nil
}

// leave tells how a game stands that is not played to its end.
func (g *gameText) leave() {
	if g.ended {
		return
	}
	g.say("The game is not over.")
	ply := g.match.Game.Ply()
	if t := g.match.Thought(ply); t != nil && t.Proof.Known {
		g.say("The engine knows: %s.", t.Proof.Words(g.names, t.Seat, g.two))
	} else if t := g.match.Thought(ply - 1); t != nil {
		made, _ := t.Of(g.match.Game.Moves()[ply-1])
		if p := made.Proof; p.Known {
			p.Plies = max(0, p.Plies-1)
			g.say("The engine knows: %s.", p.Words(g.names, t.Seat, g.two))
		}
	}
}

// obey does what a line says: it is a move, a command, or a move that is written a
// little otherwise.
func (g *gameText) obey(ctx context.Context, line string) (quit bool, err error) {
	text := strings.TrimSpace(line)
	if text == "" {
		return false, nil
	}
	actions, _ := g.match.Game.Actions()
	word, rest, _ := strings.Cut(strings.TrimPrefix(text, "/"), " ")
	known := slices.ContainsFunc(commands, func(c [2]string) bool { return strings.EqualFold(c[0], word) })
	if known && !slices.Contains(actions, text) {
		return g.command(ctx, strings.ToLower(word), strings.TrimSpace(rest))
	}
	action, err := g.match.Game.Find(ctx, text)
	if err == nil {
		err = g.match.Move(ctx, action)
	}
	return false, g.tolerate(ctx, err)
}

// tolerate tells of what a person can mend, and passes on the rest.
func (g *gameText) tolerate(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case exitCode(err) == exitUnavailable:
		return err
	}
	g.say("%s", oneLine(err))
	return nil
}
