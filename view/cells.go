package view

// Cells is the width of clean text on a terminal: the sum over its characters.
func Cells(s string) int { return cells(s) }

// Cut shortens clean text to at most w cells, of which tail uses the last if
// something was left out.
func Cut(s string, w int, tail string) string { return cut(s, w, tail) }

// Count writes a count in at most five characters up to the billions.
func Count(n int) string { return short(n) }

// Solved reports that the player to move is proven to win.
func (n *Node) Solved() bool { return n.Lo >= 1-slack }

// Dead reports that nothing can be won any more.
func (n *Node) Dead() bool { return n.Hi <= slack }
