package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// counter is a game in which a move is a number to add.
type counter struct {
	mu   sync.Mutex
	seq  int
	wake chan struct{}
	acts []string
}

func newCounter() *counter { return &counter{seq: 1, wake: make(chan struct{})} }

func (c *counter) Look(ctx context.Context, seen int) (json.RawMessage, error) {
	for {
		c.mu.Lock()
		seq, wake := c.seq, c.wake
		c.mu.Unlock()
		if seq != seen {
			return json.RawMessage(fmt.Sprintf(`{"version":%d}`, seq)), nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return json.RawMessage(fmt.Sprintf(`{"version":%d}`, seq)), nil
		}
	}
}

func (c *counter) Act(ctx context.Context, what string, body json.RawMessage) (json.RawMessage, error) {
	c.mu.Lock()
	c.acts = append(c.acts, what+" "+string(body))
	c.mu.Unlock()
	switch {
	case strings.Contains(string(body), "bad"):
		return nil, &InputError{"a \x1b[31mbad move"}
	case strings.Contains(string(body), "broken"):
		return nil, errors.New("it broke")
	}
	c.mu.Lock()
	c.seq++
	close(c.wake)
	c.wake = make(chan struct{})
	c.mu.Unlock()
	return c.Look(ctx, -1)
}

func TestPlay(t *testing.T) {
	game := newCounter()
	x := open(t, Options{Table: game}, quick)
	if code, text := x.get("/api/play"); code != 200 || text != "{\"version\":1}\n" {
		t.Errorf("the game is %d %s", code, text)
	}
	for _, c := range []struct {
		path, body string
		code       int
		want       string
	}{
		{"/api/play/move", `{"move":"5"}`, 200, `{"version":2}`},
		{"/api/play/back", `{}`, 200, `{"version":3}`},
		{"/api/play/move", `{"move":"bad"}`, 400, `{"error":"a bad move"}`},
		{"/api/play/hint", `{"move":"broken"}`, 500, "it broke"},
		{"/api/play/new", `{`, 400, "the body is not JSON"},
		{"/api/play/new", ``, 400, "the body is not JSON"},
		{"/api/play/resign", `{}`, 404, `a game has no \"resign\", but move, back, hint, why, new`},
		{"/api/play/move", `{"move":"` + strings.Repeat("5", maxBody) + `"}`, 413, "more than 65536 bytes"},
	} {
		if code, text := x.post(c.path, c.body); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("POST %s %.40s: %d %s, want %d with %s", c.path, c.body, code, text, c.code, c.want)
		}
	}
	if len(game.acts) != 4 {
		t.Errorf("the game was asked for %q", game.acts)
	}
	if code, _, _ := x.do("POST", "/api/play/move", `{"move":"5"}`, "Content-Type", "application/json"); code != 403 {
		t.Errorf("a move without the token of the page: %d", code)
	}
	if code, _, _ := x.do("POST", "/api/play/move", `{"move":"5"}`, TokenHeader, x.pageToken(), "Content-Type", "text/plain"); code != 415 {
		t.Errorf("a move that is no JSON: %d", code)
	}
	if code, _ := x.get("/api/play/move"); code != 405 {
		t.Errorf("a move to be read: %d", code)
	}
	if code, _ := x.get("/api/play?after=x"); code != 400 {
		t.Errorf("a version that is no number: %d", code)
	}
}

// Who has seen the game as it is waits for news, but not for ever.
func TestPlayWaits(t *testing.T) {
	game := newCounter()
	x := open(t, Options{Table: game}, quick)
	if code, text := x.get("/api/play?after=1"); code != 200 || text != "{\"version\":1}\n" {
		t.Errorf("without news: %d %s", code, text)
	}
	slow := quick
	slow.beat = time.Minute
	y := open(t, Options{Table: game}, slow)
	news := make(chan string, 1)
	go func() {
		_, text := y.get("/api/play?after=1")
		news <- text
	}()
	time.Sleep(20 * time.Millisecond)
	y.post("/api/play/move", `{"move":"5"}`)
	select {
	case text := <-news:
		if text != "{\"version\":2}\n" {
			t.Errorf("the news are %s", text)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("news were not told")
	}
}

func TestNoGame(t *testing.T) {
	x := open(t, Options{}, quick)
	if code, text := x.get("/api/play"); code != 404 || !strings.Contains(text, "ponder play --web") {
		t.Errorf("%d %s", code, text)
	}
	if code, _ := x.post("/api/play/move", `{"move":"5"}`); code != 404 {
		t.Errorf("a move of no game: %d", code)
	}
}
