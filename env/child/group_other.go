//go:build !unix

package child

import (
	"os"
	"os/exec"
)

// Own can't do anything here.
func Own(*exec.Cmd) {}

// KillGroup kills a program.
func KillGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
