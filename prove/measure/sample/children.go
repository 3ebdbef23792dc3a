package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// marked is a variable by which those are known whose parents have ended.
const marked = "PONDER_ABUSE"

// children are the processes below this one, and those that have its mark in
// their environment, with the command of each. Where there is no /proc there are
// none.
func children() map[int]string {
	parent, command := map[int]int{}, map[int]string{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		if pid, up, name, ok := parseStat(string(text)); ok {
			parent[pid], command[pid] = up, name
		}
	}
	found := map[int]string{}
	self := os.Getpid()
	for pid, name := range command {
		if hasMark(pid) && pid != self {
			found[pid] = name
		}
		for up, n := parent[pid], 0; up > 0 && n < len(parent); up, n = parent[up], n+1 {
			if up == self {
				found[pid] = name
				break
			}
		}
	}
	return found
}

func hasMark(pid int) bool {
	mark := os.Getenv(marked)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return mark != "" && err == nil && strings.Contains(string(text), marked+"="+mark+"\x00")
}

// parseStat reads "12 (name) S 11 …"; a name may have brackets and blanks.
func parseStat(text string) (pid, parent int, name string, ok bool) {
	open, shut := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || shut < open {
		return 0, 0, "", false
	}
	fields := strings.Fields(text[shut+1:])
	if len(fields) < 2 {
		return 0, 0, "", false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(text[:open]))
	parent, err2 := strconv.Atoi(fields[1])
	return pid, parent, text[open+1 : shut], err == nil && err2 == nil
}

// left are the children that are new, after they had a moment to end.
func left(before map[int]string) (list []string) {
	for range 10 {
		list = nil
		for pid, name := range children() {
			if _, old := before[pid]; !old {
				list = append(list, fmt.Sprintf("%s (%d)", name, pid))
			}
		}
		if len(list) == 0 {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	slices.Sort(list)
	return list
}
