package main

import (
	"errors"
	"io"
)

// exportHTML writes a page that stands alone.
func exportHTML(_ io.Writer, _ exported) error {
	return errors.New("--format html: not built yet")
}
