//go:build !race

package vernac

import "time"

// A megabyte is read and searched some ten times over within limit; what is
// done once takes a tenth of a second.
const (
	size  = 1 << 20
	limit = 2 * time.Second
)
