package child

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

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

// Begin starts a program in a group of its own, that is killed when this program
// ends, however that comes about. It does so on a thread that never ends: the
// death signal is that of the thread.
func Begin(cmd *exec.Cmd) error {
	Own(cmd)
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	s := starting{cmd, make(chan error, 1)}
	starter() <- s
	return <-s.done
}
