//go:build !linux

package child

import "os/exec"

// Begin starts a program in a group of its own.
func Begin(cmd *exec.Cmd) error {
	Own(cmd)
	return cmd.Start()
}
