package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// startPlay runs ponder play --web until the test ends, and checks that it ends
// well. It returns the address of the page.
func startPlay(t testing.TB, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"play", "--web", "--listen", "127.0.0.1:0"}, args...), out, os.Stderr)
		out.Close()
	}()
	url, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		t.Fatalf("ponder play printed no address: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		select {
		case c := <-code:
			if c != 0 {
				t.Errorf("ponder play ended with code %d", c)
			}
		case <-time.After(10 * time.Second):
			t.Error("ponder play did not end")
		}
	})
	return strings.TrimSpace(url)
}

// press clicks a button of the game by what stands on it.
func press(b *tab, within, text string) {
	b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%q + " button")].find((x) => x.textContent === %q && !x.disabled)`, within, text)
	b.until(find)
	eval[chromedp.Void](b, find+".click()")
}

// A whole game against the engine on the page: moves, a hint, why, a take-back, the
// end, and the tree of the engine's search beside it.
func TestPlayOnThePage(t *testing.T) {
	url := startPlay(t, "--simulations", "800", "tictactoe")
	b := newTab(t, 1400, 900)
	b.open(url, ".board")
	b.until(`document.querySelector(".board").textContent.includes("X to move") && document.querySelector(".turn").textContent === "Your turn."`)

	// A hint rates every move.
	press(b, ".acts", "Hint")
	b.until(`document.querySelectorAll(".thought tbody tr").length === 9`)
	if words := eval[string](b, `document.querySelector(".thought p").textContent`); !strings.HasPrefix(words, "The engine would play ") {
		t.Errorf("the hint says %q", words)
	}
	b.until(`document.querySelectorAll(".searched [data-node]").length > 3`)
	hint := eval[string](b, `ponder.views[0].tree.source.id`)

	// The engine answers, and its tree is there.
	press(b, ".moves", "5")
	b.until(`ponder.views[0].state.played.length === 2 && document.querySelector(".turn").textContent === "Your turn."`)
	b.until(fmt.Sprintf(`ponder.views[0].tree.source.id !== %q && document.querySelectorAll(".searched [data-node]").length > 3`, hint))
	b.until(`document.querySelector(".said").textContent.startsWith("The engine plays ")`)
	if n := eval[int](b, `document.querySelectorAll(".played li").length`); n != 2 {
		t.Errorf("%d moves are listed", n)
	}
	b.until(`!!document.querySelector(".searched .status") && ponder.views[0].tree.history.tree.nodes.size > 100 && !!ponder.views[0].tree.history.tree.end`)
	if move, line := eval[string](b, `ponder.views[0].state.played[1].move`), eval[string](b, `ponder.views[0].tree.history.tree.line()[0]?.action ?? ""`); move != line {
		t.Errorf("the engine plays %s, and its tree prefers %q", move, line)
	}

	press(b, ".acts", "Why?")
	b.until(`!!document.querySelector(".thought tr.made")`)
	if words := eval[string](b, `document.querySelector(".thought p").textContent`); !strings.Contains(words, "by the engine") {
		t.Errorf("why says %q", words)
	}

	// A take-back leads to the empty board.
	press(b, ".acts", "Take back")
	b.until(`ponder.views[0].state.played.length === 0 && document.querySelectorAll(".moves button:not(:disabled)").length === 9`)

	// On to the end, by the first free cell.
	for {
		b.until(`ponder.views[0].state.over !== "" || ponder.views[0].state.yours && !ponder.views[0].state.busy`)
		if eval[bool](b, `ponder.views[0].state.over !== ""`) {
			break
		}
		n := eval[int](b, `ponder.views[0].state.played.length`)
		eval[chromedp.Void](b, `document.querySelector(".moves button").click()`)
		b.until(fmt.Sprintf(`ponder.views[0].state.played.length > %d`, n))
	}
	b.until(`document.querySelector(".turn.over").textContent.length > 3 && document.querySelectorAll(".moves button").length === 0`)
	if over := eval[string](b, `document.querySelector(".turn").textContent`); over != "The engine wins." && over != "A draw." {
		t.Errorf("it ended with %q", over)
	}
	harmless(t, b)

	press(b, ".acts", "New game")
	b.until(`ponder.views[0].state.played.length === 0 && ponder.views[0].state.over === ""`)

	// A second tab sees the same game.
	other := newTab(t, 700, 500)
	other.open(url, ".board")
	press(b, ".moves", "1")
	other.until(`ponder.views[0].state.played.length === 2`)
	harmless(t, other)
}

// Who is thinking can be interrupted by a take-back.
func TestTakeBackWhileTheEngineThinks(t *testing.T) {
	url := startPlay(t, "--time", "10m", "connect4")
	b := newTab(t, 1200, 800)
	b.open(url, ".board")
	press(b, ".moves", "4")
	b.until(`ponder.views[0].state.busy === "move" && document.querySelector(".turn").textContent.includes("thinking")`)
	press(b, ".acts", "Take back")
	b.until(`ponder.views[0].state.played.length === 0 && ponder.views[0].state.busy === "" && document.querySelectorAll(".moves button:not(:disabled)").length === 7`)
}

// What the server refuses is told, and texts of problems are only texts.
func TestPlayRefusals(t *testing.T) {
	url := startPlay(t, "--simulations", "50", "game24", "4 9 10 13")
	b := newTab(t, 1200, 800)
	b.open(url, ".board")
	b.until(`document.querySelectorAll(".moves button").length > 5`)
	post := func(path, body string, token bool) int {
		return eval[int](b, fmt.Sprintf(`fetch(%q, { method: "POST", body: %q, headers: { "Content-Type": "application/json",
			"X-Ponder-Token": %v ? document.querySelector('meta[name="ponder-token"]').content : "" } }).then((r) => r.status)`, path, body, token))
	}
	tests := []struct {
		reason, path, body string
		token              bool
		want               int
	}{
		{"an illegal move", "api/play/move", `{"move":"1+1=3"}`, true, 400},
		{"markup", "api/play/move", `{"move":"<img src=x onerror=window.pwned=1>"}`, true, 400},
		{"an unknown member", "api/play/move", `{"steal":1}`, true, 400},
		{"no JSON", "api/play/move", `move`, true, 400},
		{"nothing to take back", "api/play/back", `{}`, true, 400},
		{"no move to ask about", "api/play/why", `{"back":1}`, true, 400},
		{"an unknown act", "api/play/cheat", `{}`, true, 404},
		{"without the token of the page", "api/play/move", `{"move":"13-9=4"}`, false, 403},
		{"a large body", "api/play/move", `{"move":"` + strings.Repeat("x", 70_000) + `"}`, true, 413},
		{"a move", "api/play/move", `{"move":" 13 - 9 = 4 "}`, true, 200},
	}
	for _, tt := range tests {
		if got := post(tt.path, tt.body, tt.token); got != tt.want {
			t.Errorf("%s: status %d, want %d", tt.reason, got, tt.want)
		}
	}
	b.until(`ponder.views[0].state.played.length === 1`)
	press(b, ".moves", "10-4=6")
	press(b, ".moves", "6*4=24")
	b.until(`document.querySelector(".turn").textContent === "Solved. Answer: (10-4)*(13-9) Verified."`)
	harmless(t, b)
}

// Without a game the page says how to begin one.
func TestNoGameOnThePage(t *testing.T) {
	s := startServeOn(t, filepath.Join(t.TempDir(), "ponder.db"))
	b := newTab(t, 900, 700)
	b.open(s.url+"#/play", ".play")
	b.until(`document.querySelector(".game .note").textContent.includes("ponder play --web")`)
}
