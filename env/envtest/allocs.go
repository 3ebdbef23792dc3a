package envtest

import "runtime"

// allocsPerRun is how often f allocates, in the calmest of some attempts, once it is
// warm. Other goroutines count too, hence the attempts.
func allocsPerRun(f func()) uint64 {
	for range 20 {
		f()
	}
	least := ^uint64(0)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 10 {
			f()
		}
		runtime.ReadMemStats(&after)
		least = min(least, (after.Mallocs-before.Mallocs)/10)
	}
	return least
}
