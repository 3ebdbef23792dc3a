package play_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/play"
)

var you = play.Names{{You: true}, {Text: "the engine"}}

func TestGame(t *testing.T) {
	g := at(t, noughts, "start")
	if g.Players() != 2 || g.Seat(0) != 0 || g.Ply() != 0 {
		t.Fatalf("players %d, seat %d, ply %d", g.Players(), g.Seat(0), g.Ply())
	}
	makeMoves(t, g, "5", " 1 ")
	before := g.State().String()
	if err := g.Move(t.Context(), "5"); !errors.Is(err, env.ErrIllegal) {
		t.Errorf("a taken cell: %v", err)
	}
	if diff := cmp.Diff([]string{"5", "1"}, g.Moves()); diff != "" || g.State().String() != before {
		t.Errorf("after an illegal move: %s, moves (-want +got):\n%s", g.State(), diff)
	}
	makeMoves(t, g, "9")
	if g.Seat(3) != 1 {
		t.Error("the other player is to move after three moves")
	}
	if err := g.Back(4); err == nil {
		t.Error("more moves were taken back than made")
	}
	if err := g.Back(1); err != nil || g.State().String() != before {
		t.Errorf("taken back to %s, %v", g.State(), err)
	}
	makeMoves(t, g, "2", "9", "8")
	if _, over := g.End(); !over {
		t.Fatal("three in a row are no end")
	}
	if err := g.Move(t.Context(), "3"); !errors.Is(err, play.ErrOver) {
		t.Errorf("a move after the end: %v", err)
	}
	if _, err := g.Find(t.Context(), "3"); !errors.Is(err, play.ErrOver) {
		t.Errorf("a move to find after the end: %v", err)
	}
	if err := g.Back(g.Ply()); err != nil || g.State().String() != ".../.../..." {
		t.Errorf("taken back to %s, %v", g.State(), err)
	}
}

// Who begins has the first seat, whichever side that is.
func TestSeats(t *testing.T) {
	g := at(t, noughts, "X../.../...")
	if g.Seat(0) != 0 {
		t.Error("O, who is to move, has not the first seat")
	}
	makeMoves(t, g, "5", "9")
	if g.Seat(1) != 1 || g.Seat(2) != 0 {
		t.Errorf("seats %d and %d", g.Seat(1), g.Seat(2))
	}
	if p := at(t, make24, make24.Text); p.Players() != 1 || p.Seat(0) != 0 {
		t.Errorf("a puzzle has %d players", p.Players())
	}
}

func TestEnds(t *testing.T) {
	tests := []struct {
		reason, start string
		moves         []string
		want          string
	}{
		{"the first player", "start", []string{"1", "4", "2", "5", "3"}, "You win."},
		{"the second player", "start", []string{"1", "4", "2", "5", "9", "6"}, "The engine wins."},
		{"nobody", "start", []string{"1", "5", "9", "2", "8", "7", "3", "6", "4"}, "A draw."},
		{"it was over before it began, by the other side", "XXX/OO./...", nil, "The engine wins."},
	}
	for _, tt := range tests {
		g := at(t, noughts, tt.start)
		makeMoves(t, g, tt.moves...)
		end, over := g.End()
		if !over || end.Words(you) != tt.want {
			t.Errorf("%s: %v, %q, want %q", tt.reason, over, end.Words(you), tt.want)
		}
	}
}

func TestPuzzleEnds(t *testing.T) {
	g := at(t, make24, make24.Text)
	makeMoves(t, g, "13-9=4", "10-4=6", "4*6=24")
	end, over := g.End()
	answer, checked, err := g.Verify(t.Context())
	if !over || end.Words(you) != "Solved." || !checked || err != nil || answer == "" {
		t.Errorf("over %v, %q, answer %q, checked %v, %v", over, end.Words(you), answer, checked, err)
	}
	g = at(t, make24, make24.Text)
	makeMoves(t, g, "13-9=4", "10-4=6", "4+6=10")
	if end, over = g.End(); !over || end.Words(you) == "Solved." {
		t.Errorf("over %v, %q", over, end.Words(you))
	}
	if _, checked, _ := g.Verify(t.Context()); checked {
		t.Error("there is nothing to check")
	}
}

func TestEndWords(t *testing.T) {
	tests := []struct {
		end  play.End
		want string
	}{
		{play.End{Reward: 1}, "Solved."},
		{play.End{}, "Not solved."},
		{play.End{Reward: 0.25}, "The end: worth 0.25 of 1."},
		{play.End{Stuck: true}, "There are no more moves: it is not solved."},
	}
	for _, tt := range tests {
		if got := tt.end.Words(you); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.end, got, tt.want)
		}
	}
}

func TestFind(t *testing.T) {
	tests := []struct {
		reason, text, want, wrong string
	}{
		{"as it is", "13-9=4", "13-9=4", ""},
		{"spaces are forgiven", "  13 - 9 = 4\t", "13-9=4", ""},
		{"another way to write it", "4*9=36", "9*4=36", ""},
		{"not there", "13-9=5", "", `illegal step "13-9=5": the legal moves are `},
		{"nothing", "", "", `illegal step "": the legal moves are `},
		{"a long one is not repeated", strings.Repeat("é", 1000), "", "…"},
	}
	g := at(t, make24, make24.Text)
	for _, tt := range tests {
		got, err := g.Find(t.Context(), tt.text)
		if got != tt.want || (err == nil) != (tt.wrong == "") || err != nil && (!errors.Is(err, env.ErrIllegal) || !strings.Contains(err.Error(), tt.wrong)) {
			t.Errorf("%s: %q, %v", tt.reason, got, err)
		}
		if err != nil && (len(err.Error()) > 500 || !strings.Contains(err.Error(), "more")) {
			t.Errorf("%s: the list of moves is not bounded: %v", tt.reason, err)
		}
	}
}

func TestWords(t *testing.T) {
	win := play.Proof{Known: true, Value: 1, Plies: 5}
	loss := play.Proof{Known: true, Plies: 4}
	draw := play.Proof{Known: true, Value: 0.5}
	tests := []struct {
		p           play.Proof
		two         bool
		short, long string
	}{
		{play.Proof{}, true, "", ""},
		{win, true, "wins in 5", "you win in 5 moves at most"},
		{play.Proof{Known: true, Value: 1, Plies: 1}, true, "wins in 1", "you win with the next move"},
		{play.Proof{Known: true, Value: 1}, true, "wins", "you win"},
		{loss, true, "loses in 4", "the engine wins in 4 moves at most"},
		{draw, true, "draws", "a draw if nobody errs"},
		{win, false, "solves in 5", "it is solved in 5 moves at most"},
		{loss, false, "dead", "it can't be solved any more"},
		{draw, false, "worth 0.50", "it is worth just 0.50"},
	}
	for _, tt := range tests {
		if short, long := tt.p.Short(tt.two), tt.p.Words(you, 0, tt.two); short != tt.short || long != tt.long {
			t.Errorf("%+v: %q and %q, want %q and %q", tt.p, short, long, tt.short, tt.long)
		}
	}
	if got := (play.Name{Text: "qwen3:8b"}).Subject("play", "plays"); got != "qwen3:8b plays" {
		t.Errorf("a model is called %q", got)
	}
	if got := you[0].Subject("play", "plays"); got != "You play" {
		t.Errorf("a person is called %q", got)
	}
}
