package sample

import (
	"os/exec"

	"golang.org/x/sys/unix"
)

// confine bounds the address space of a process that has just been started.
func confine(cmd *exec.Cmd) {
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: memory, Max: memory}, nil)
}
