//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

// Own lets a program and all it starts be killed together.
func Own(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// KillGroup kills a program that was made Own, and all it has started.
func KillGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
