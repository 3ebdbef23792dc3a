//go:build race

package vernac

import "time"

const limit = 20 * time.Second
