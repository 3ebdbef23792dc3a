package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/env/plugin"
)

// plugged is the program plug: countdown as a plug-in, which after some steps fails in
// the way that its argument says. With a second argument, a file, it fails at once when
// it failed before; else every process lasts as long.
func plugged() {
	fault := ""
	if len(os.Args) > 1 {
		fault = os.Args[1]
	}
	if file := os.Getenv("PLUG_PIDS"); file != "" {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			fmt.Fprintln(f, os.Getpid())
			f.Close()
		}
	}
	e := &failing{Game: countdown.Game{}, fault: fault, after: 600}
	if len(os.Args) > 2 {
		e.mark = os.Args[2]
		if _, err := os.Stat(e.mark); err == nil {
			e.after = 0
		}
	}
	if err := plugin.Serve(context.Background(), e, plugin.Info{Name: "count down!", Example: "3 7 25 50 = 96"}, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// failing is countdown until so many steps were made.
type failing struct {
	countdown.Game
	fault, mark string
	after       int
}

func (f *failing) Step(ctx context.Context, s env.State, action string) (env.State, error) {
	if f.after--; f.after < 0 && f.fault != "" {
		if f.mark != "" {
			_ = os.WriteFile(f.mark, nil, 0o600)
		}
		switch f.fault {
		case "hang":
			time.Sleep(time.Hour)
		case "die":
			fmt.Fprintln(os.Stderr, "no luck today")
			os.Exit(7)
		case "garbage":
			fmt.Println("Traceback (most recent call last):")
		case "flood":
			for {
				fmt.Print(strings.Repeat("x", 1<<16))
			}
		case "memory":
			var hoard [][]byte
			for {
				b := make([]byte, 8<<20)
				for i := 0; i < len(b); i += 4096 {
					b[i] = 1
				}
				hoard = append(hoard, b)
				time.Sleep(time.Duration(len(hoard)&1) * 10 * time.Millisecond)
			}
		}
	}
	return f.Game.Step(ctx, s, action)
}

// gone is the program gone: it fails while one of the processes in a file runs.
func goneProgram() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for line := range strings.Lines(string(text)) {
		dir := "/proc/" + strings.TrimSpace(line)
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			stat, err := os.ReadFile(dir + "/stat")
			if err != nil || strings.Contains(string(stat), ") Z ") {
				break
			}
			if time.Since(began) > 5*time.Second {
				fmt.Fprintln(os.Stderr, "there still is", dir)
				os.Exit(1)
			}
		}
	}
}
