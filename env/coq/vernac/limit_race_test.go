//go:build race

package vernac

import "time"

const limit = 15 * time.Second
