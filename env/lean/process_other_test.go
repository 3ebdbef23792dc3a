//go:build !unix

package lean

// running is not known here.
func running(int) bool { return false }
