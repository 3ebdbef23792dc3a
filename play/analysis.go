package play

import (
	"context"
	"fmt"
	"strings"
)

// Analysis is what is thought of a move that was made.
type Analysis struct {
	*Thought         // of the position before the move
	Made     Rated   // the move
	Two      bool    // it is a game of two
	Better   Rated   // the best move, if Made falls short of it; else the zero Rated
	Lost     float64 // how much value Made gave away against it, in [0,1]
	Known    bool    // Lost is known: both moves have a value
}

// Why looks at the move that was made so many moves ago, 1 for the last one.
func (m *Match) Why(ctx context.Context, back int) (*Analysis, error) {
	g := m.Game
	if back < 1 || back > g.Ply() {
		if g.Ply() == 0 {
			return nil, fmt.Errorf("no move was made yet")
		}
		return nil, fmt.Errorf("%d is no number of moves to look back: give 1, for the last one, to %d", back, g.Ply())
	}
	ply := g.Ply() - back
	t, err := m.searched(ctx, ply)
	if err != nil {
		return nil, err
	}
	made, _ := t.Of(g.moves[ply])
	if _, known := made.Worth(); !known {
		// A search that has found a win does not look at other moves.
		if err := m.rate(ctx, &made, ply); err != nil {
			return nil, err
		}
	}
	return analyse(t, made, g.Players() == 2), nil
}

// searched is what a search found out about the position after so many moves, which
// is not over.
func (m *Match) searched(ctx context.Context, ply int) (*Thought, error) {
	if t := m.Thought(ply); t != nil && t.Searched() {
		return t, nil
	}
	t, err := m.adviser.Think(ctx, m.Game, ply)
	if err != nil {
		return nil, err
	}
	m.keep(t)
	return t, nil
}

// rate finds the value of the move that was made after so many others, by a look at
// where it led to.
func (m *Match) rate(ctx context.Context, made *Rated, ply int) error {
	g := m.Game
	var after Rated // as if a move had led there, for who is to move there
	if end, over := g.endAt(ply + 1); over {
		after.Q, after.Proof = end.Reward, Proof{Known: true, Value: end.Reward}
		after.Proof.Plies = 1
	} else {
		t, err := m.searched(ctx, ply+1)
		if err != nil {
			return err
		}
		after.N, after.Q, after.Proof = t.Simulations, t.Value, t.Proof
		if after.Proof.Plies > 0 {
			after.Proof.Plies++
		}
	}
	if g.Seat(ply) != g.Seat(ply+1) {
		after.Q = 1 - after.Q
		if after.Proof.Known {
			after.Proof.Value = 1 - after.Proof.Value
		}
	}
	made.N, made.Q, made.Proof = after.N, after.Q, after.Proof
	return nil
}

// analyse compares a move with the best one.
func analyse(t *Thought, made Rated, two bool) *Analysis {
	a := &Analysis{Thought: t, Two: two, Made: made}
	best, _ := t.Of(t.Best)
	if best.Action == made.Action {
		a.Known = true
		return a
	}
	high, knownHigh := best.Worth()
	low, knownLow := a.Made.Worth()
	a.Known = knownHigh && knownLow
	if a.Known {
		a.Lost = max(0, high-low)
	}
	if !a.Known || a.Lost > 0 || best.Proof.Known && a.Made.Proof.Known && sooner(best.Proof, a.Made.Proof) {
		a.Better = best
	}
	return a
}

// sooner reports whether one of two proofs of the same value leads to its end more
// to the liking of who moves.
func sooner(a, b Proof) bool {
	switch {
	case a.Value != b.Value || a.Plies == 0 || b.Plies == 0:
		return false
	case a.Value == 1:
		return a.Plies < b.Plies
	}
	return a.Value == 0 && a.Plies > b.Plies
}

// Words tells the analysis in a sentence.
func (a *Analysis) Words(names Names) string {
	who := names[a.Seat]
	var b strings.Builder
	fmt.Fprintf(&b, "Move %d, %s by %s, ", a.Ply+1, a.Made.Action, who)
	made := told(a.Made, a.Two)
	switch {
	case len(a.Moves) == 1:
		b.WriteString("was the only one there was.")
	case a.Made.Action == a.Best:
		fmt.Fprintf(&b, "was the best: it %s.", made)
	case !a.Known:
		fmt.Fprintf(&b, "was hardly looked at; the best, %s, %s.", a.Best, told(a.Better, a.Two))
	case a.Better.Action == "":
		fmt.Fprintf(&b, "is as good as the best, %s: it %s.", a.Best, made)
	case a.Better.Proof.Known || a.Made.Proof.Known:
		fmt.Fprintf(&b, "%s; the best, %s, %s.", made, a.Best, told(a.Better, a.Two))
	default:
		fmt.Fprintf(&b, "%s; the best, %s, %s: it gave away %.2f.", made, a.Best, told(a.Better, a.Two), a.Lost)
	}
	return b.String()
}

// told is what is known of a move, behind "it".
func told(r Rated, two bool) string {
	if s := r.Proof.Short(two); s != "" {
		switch s {
		case "dead":
			return "leads nowhere"
		case "draws":
			return "draws if nobody errs"
		}
		if strings.HasPrefix(s, "worth") {
			return "is " + s
		}
		if r.Proof.Plies > 1 {
			return s + " moves at most"
		}
		if r.Proof.Plies == 1 {
			return strings.TrimSuffix(s, " in 1") + " at once"
		}
		return s
	}
	if r.N == 0 {
		return "has no value yet"
	}
	return fmt.Sprintf("is worth %.2f", r.Q)
}
