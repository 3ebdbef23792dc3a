//go:build !race

package vernac

import "time"

// limit is for a megabyte, read and searched some ten times over on a busy
// machine; what is done once takes a tenth of a second.
const limit = 2 * time.Second
