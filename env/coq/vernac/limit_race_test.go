//go:build race

package vernac

import "time"

const (
	size  = 1 << 18
	limit = 5 * time.Second
)
