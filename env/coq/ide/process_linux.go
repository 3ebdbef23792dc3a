package ide

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// isolate gives a process a group of its own and ties its life to ours.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// confine bounds the address space. A process that is gone already needs none.
func confine(pid int, memory uint64) {
	_ = unix.Prlimit(pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: memory, Max: memory}, nil)
}

type starting struct {
	cmd  *exec.Cmd
	done chan error
}

var starter = sync.OnceValue(func() chan<- starting {
	todo := make(chan starting)
	go func() {
		runtime.LockOSThread()
		for s := range todo {
			s.done <- s.cmd.Start()
		}
	}()
	return todo
})

// begin starts a process on a thread that never ends: the death signal is that
// of the thread, not of the program.
func begin(cmd *exec.Cmd) error {
	s := starting{cmd, make(chan error, 1)}
	starter() <- s
	return <-s.done
}
