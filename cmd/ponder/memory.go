package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// What a Coq process needs, in bytes: hardly any file loads in less address space than
// leastSpace, few ever need more than mostSpace, and most occupy less than usual.
const (
	leastSpace = 1536 << 20
	mostSpace  = 3 << 30
	usual      = 400 << 20
)

// space is the address space that each of some Coq processes may take: its share of the
// free memory (0 means that this is not known), but leastSpace at least; and a warning
// where not even what they usually occupy would fit.
func space(processes int, free uint64) (each uint64, warning string) {
	if free == 0 {
		return mostSpace, ""
	}
	n := uint64(processes)
	if free/n < usual {
		warning = fmt.Sprintf("%d Coq processes take some %.1f GB, and %.1f GB of memory are free: fewer --jobs or --workers are faster, such as %d in all",
			processes, gigabytes(n*usual), gigabytes(free), max(1, free/usual))
	}
	return min(mostSpace, max(leastSpace, free/n)), warning
}

func gigabytes(n uint64) float64 { return float64(n) / (1 << 30) }

// freeMemory is how much memory programs could take without swapping, in bytes; 0 where
// the system doesn't tell as Linux does.
func freeMemory() uint64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return available(string(info))
}

// available reads /proc/meminfo.
func available(info string) uint64 {
	for line := range strings.Lines(info) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kilobytes, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 40)
			if err != nil {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}
