package main

import "testing"

func TestRecentCoq(t *testing.T) {
	for version, want := range map[string]bool{
		"8.15.2": false, "8.4pl6": false, "7.4": false, "8.16.1": true, "8.20": true, "9.0.0": true, "10.1": true, "": true, "trunk": true,
	} {
		if recent(version) != want {
			t.Errorf("%q is recent: %v", version, !want)
		}
	}
}
