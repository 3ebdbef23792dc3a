package play

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Name is how sentences call a player.
type Name struct {
	Text string // "the engine", "qwen3:8b"
	You  bool   // it is who reads the sentence
}

// Names are those of the players by their seats. In a puzzle only the first counts.
type Names [2]Name

// does is the player and a verb: "you win", "the engine wins".
func (n Name) does(you, other string) string {
	if n.You {
		return "you " + you
	}
	return n.Text + " " + other
}

// Subject is the player at the beginning of a sentence, with a verb in both forms.
func (n Name) Subject(you, other string) string { return capital(n.does(you, other)) }

// String names the player in the middle of a sentence.
func (n Name) String() string {
	if n.You {
		return "you"
	}
	return n.Text
}

// capital makes the first letter of a sentence a capital. A name that begins in
// small letters for a reason has more than letters in it, or is none of ours.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	for _, ours := range []string{"you ", "the "} {
		if len(s) >= len(ours) && s[:len(ours)] == ours {
			return string(unicode.ToUpper(r)) + s[size:]
		}
	}
	return s
}

// Proof is what is known for sure of a position or a move, for who moves there.
type Proof struct {
	Known bool
	Value float64 // 1 is a win or a solution, 0 a loss or a dead end; 0.5 a draw between two
	// Plies is how many moves, those of both sides counted, the end is away at most
	// if the winner hurries; 0 where that isn't known.
	Plies int
}

// Short is the proof in a word or two, for tables of moves; empty if there is none.
func (p Proof) Short(two bool) string {
	switch {
	case !p.Known:
		return ""
	case p.Value == 1 && two:
		return p.within("wins")
	case p.Value == 1:
		return p.within("solves")
	case p.Value == 0 && two:
		return p.within("loses")
	case p.Value == 0:
		return "dead"
	case p.Value == 0.5 && two:
		return "draws"
	}
	return fmt.Sprintf("worth %.2f", p.Value)
}

func (p Proof) within(verb string) string {
	if p.Plies == 0 {
		return verb
	}
	return fmt.Sprintf("%s in %d", verb, p.Plies)
}

// Words is the proof of a position in a sentence without its end, where the player
// of a seat is to move; empty if there is none.
func (p Proof) Words(names Names, seat int, two bool) string {
	switch {
	case !p.Known:
		return ""
	case !two && p.Value == 1:
		return p.atMost("it is solved")
	case !two && p.Value == 0:
		return "it can't be solved any more"
	case two && p.Value == 1:
		return p.atMost(names[seat].does("win", "wins"))
	case two && p.Value == 0:
		return p.atMost(names[1-seat].does("win", "wins"))
	case two && p.Value == 0.5:
		return "a draw if nobody errs"
	}
	return fmt.Sprintf("it is worth just %.2f", p.Value)
}

func (p Proof) atMost(what string) string {
	switch p.Plies {
	case 0:
		return what
	case 1:
		return what + " with the next move"
	}
	return fmt.Sprintf("%s in %d moves at most", what, p.Plies)
}
