package tidy

import (
	"fmt"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

func lines(word string, args ...int) string {
	for _, a := range args {
		word += fmt.Sprint(" ", a)
	}
	return word
}
