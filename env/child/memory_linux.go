package child

import (
	"bytes"
	"os"
	"strconv"
)

// Memory is how many bytes of memory of their own (not mapped from files, as provers
// map their libraries) a process and those it has started hold; 0 if that can't be told.
func Memory(pid int) int64 {
	dir := "/proc/" + strconv.Itoa(pid)
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return 0
	}
	var sum int64
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("RssAnon:")); ok {
			kb, _ := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
			sum = kb << 10
		}
	}
	threads, err := os.ReadDir(dir + "/task")
	if err != nil {
		return sum
	}
	for _, thread := range threads {
		children, _ := os.ReadFile(dir + "/task/" + thread.Name() + "/children")
		for field := range bytes.FieldsSeq(children) {
			if child, err := strconv.Atoi(string(field)); err == nil {
				sum += Memory(child)
			}
		}
	}
	return sum
}
