package main

import (
	"strings"
	"testing"
)

func TestSpace(t *testing.T) {
	for _, tt := range []struct {
		processes  int
		free, each uint64
		warning    string
	}{
		{2, 0, 3 << 30, ""},
		{2, 16 << 30, 3 << 30, ""},
		{4, 8 << 30, 2 << 30, ""},
		{8, 8 << 30, 1536 << 20, ""},
		{64, 8 << 30, 1536 << 20, "64 Coq processes take some 25.0 GB, and 8.0 GB of memory are free"},
		{1, 1 << 20, 1536 << 20, "such as 1 in all"},
	} {
		each, warning := space(tt.processes, tt.free)
		if each != tt.each || !strings.Contains(warning, tt.warning) || (warning == "") != (tt.warning == "") {
			t.Errorf("%d processes, %d bytes free: %d bytes each, %q", tt.processes, tt.free, each, warning)
		}
	}
}

func TestAvailable(t *testing.T) {
	for text, want := range map[string]uint64{
		"MemTotal:       24 kB\nMemAvailable:   1024 kB\nBuffers: 1 kB\n": 1 << 20,
		"MemAvailable: many kB\n": 0,
		"MemTotal: 24 kB\n":       0,
		"":                        0,
	} {
		if got := available(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
