//go:build !linux

package ide

// confine can't bound the memory of another process here.
func confine(int, uint64) {}
