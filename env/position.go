package env

// Move is an action of a Position: a number below 32768 that the game gives a
// meaning.
type Move uint16

// Position is one mutable situation of a game or puzzle, for searches at engine
// speed: it is played forward and taken back on the spot, and none of its
// methods but Clone and String allocates. A Position belongs to one goroutine.
type Position interface {
	// Moves appends every legal move to buf, in a fixed order. There are none
	// exactly where Result says that the position is over.
	Moves(buf []Move) []Move
	// Play makes a legal move, Undo takes back the last one. How far Undo can
	// go is not bounded, but it may not go behind the position of Clone.
	Play(Move)
	Undo()
	// Hash identifies the position: equal hashes mean equal futures. It must be
	// so good that two positions of one search never share it by accident.
	Hash() uint64
	// ToMove is the player (0 or 1) to move, or at the end the one to whom
	// Result speaks. A puzzle has one player, 0.
	ToMove() int
	// Result reports whether the position is the end, and then its reward in
	// [0,1] for the player to move.
	Result() (value float32, over bool)
	// Clone returns an independent copy, which need not remember how it came
	// about. CopyFrom makes the position such a copy of another one of the same
	// game; it does not allocate.
	Clone() Position
	CopyFrom(Position)
	// String is what a person or a model reads.
	String() string
	// MoveText names a legal move as a person or a model writes it; no other
	// legal move of the position has the same name.
	MoveText(Move) string
}

// Roller is the ability of a Position to play itself out at random faster than
// move by move.
type Roller interface {
	// Roll plays one game to its end, each move chosen evenly from the legal
	// ones, and returns the reward for the player who is to move now. The
	// position stays what it is; it must not be over.
	Roll(*Rand) float32
}

// Positional is the ability of an Environment whose problems are positions.
type Positional interface {
	// Position reads a problem as Start does.
	Position(problem string) (Position, error)
}

// Estimator is the ability of a State or a Position to guess its value from its
// own looks, for next to nothing; it allocates nothing. Where there is such a
// guess it is taken instead of random play.
type Estimator interface {
	// Estimate returns the probability of success, in [0,1], for the player to
	// move; known is false where there is no guess. It is not asked at an end.
	Estimate() (value float64, known bool)
}

// Drawer is the ability of a State or a Position to draw itself for people, in
// plain text of several lines.
type Drawer interface {
	Draw() string
}

// Rand is a small, fast generator of random numbers: SplitMix64 (Steele, Lea
// & Flood 2014). It is not for secrets. The zero value is ready to use.
type Rand uint64

// Next returns 64 random bits.
func (r *Rand) Next() uint64 {
	*r += 0x9e3779b97f4a7c15
	return Mix(uint64(*r))
}

// N returns a random number from 0 to n-1, for 0 < n < 2^32, by multiplication
// (Lemire 2019): the bias is below n/2^32.
func (r *Rand) N(n int) int {
	return int((r.Next() >> 32) * uint64(n) >> 32)
}

// Float returns a random number in (0,1).
func (r *Rand) Float() float64 {
	return (float64(r.Next()>>11) + 0.5) / (1 << 53)
}

// Mix spreads the bits of x over all 64: the finaliser of SplitMix64.
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
