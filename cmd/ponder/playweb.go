package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	neturl "net/url"
	"sync"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/play"
	"github.com/ponder-mcts/ponder/serve"
	"github.com/ponder-mcts/ponder/view/web"
)

// pageNodes is how many nodes of a search tree the page gets.
const pageNodes = 1500

// table is a game on a page. Who touches the match has the turn; mu guards what
// others see of it.
type table struct {
	ctx    context.Context // of those who think
	note   func(string)
	server *serve.Server
	turn   chan struct{} // a lock that nobody has to wait for
	busy   sync.WaitGroup

	match *play.Match
	shown tableState
	trees int    // trees that were shown so far
	hide  func() // takes the last one away

	mu     sync.Mutex
	state  json.RawMessage
	seq    int           // of state
	wake   chan struct{} // closed at the next change
	cancel func()        // stops who thinks now; nil if nobody does
}

// playOnPage serves the page of a game until ctx is done.
func playOnPage(ctx context.Context, t terminal, f *playFlags, m *play.Match, note func(string)) error {
	l, err := listenAt(ctx, f.listen, f.token)
	if err != nil && f.listen == pageAddress && f.token == "" { // the usual place is taken
		l, err = listenAt(ctx, "127.0.0.1:0", "")
	}
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	game := newTable(ctx, m, note)
	game.server = serve.New(serve.Options{Table: game, Files: web.Files, Listen: l.Addr().String(), Token: f.token})
	game.begin()
	url := pageURL(l, "")
	if f.token != "" {
		url += "?token=" + neturl.QueryEscape(f.token)
	}
	url += "#/play"
	fmt.Fprintln(t.out, url)
	browse(url)
	err = game.server.Serve(ctx, l)
	stop()
	game.busy.Wait()
	if errors.Is(err, context.Canceled) {
		return nil // Ctrl-C is how a server ends
	}
	return err
}

func newTable(ctx context.Context, m *play.Match, note func(string)) *table {
	return &table{ctx: ctx, match: m, note: note, turn: make(chan struct{}, 1), wake: make(chan struct{}), hide: func() {}}
}

// begin lets the first player move, if it is no person.
func (t *table) begin() {
	t.turn <- struct{}{}
	t.goOn()
}

// Look implements serve.Table.
func (t *table) Look(ctx context.Context, seen int) (json.RawMessage, error) {
	for {
		t.mu.Lock()
		state, seq, wake := t.state, t.seq, t.wake
		t.mu.Unlock()
		if seq != seen {
			return state, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return state, nil
		}
	}
}

// publish shows how the game stands. The caller has the turn.
func (t *table) publish() {
	t.shown.look(t.match)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seq++
	t.shown.Version = t.seq
	text, err := json.Marshal(t.shown)
	if err != nil {
		t.note(fmt.Sprintf("showing the game: %v", err))
		return
	}
	t.state = text
	close(t.wake)
	t.wake = make(chan struct{})
}

// tableOrder is what a person says with what they want.
type tableOrder struct {
	Move string `json:"move"`
	Back int    `json:"back"` // moves to look back
}

// Act implements serve.Table.
func (t *table) Act(ctx context.Context, what string, body json.RawMessage) (json.RawMessage, error) {
	var o tableOrder
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	if err := in.Decode(&o); err != nil {
		return nil, &serve.InputError{Text: fmt.Sprintf("what is wanted of the game: %v", err)}
	}
	if what == "back" || what == "new" {
		t.interrupt()
	}
	select {
	case t.turn <- struct{}{}:
	default:
		if what != "back" && what != "new" {
			return nil, &serve.InputError{Text: "somebody is thinking: wait, or take back"}
		}
		select {
		case t.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err := t.act(ctx, what, o); err != nil {
		<-t.turn
		return nil, forPerson(err)
	}
	return t.Look(ctx, -1)
}

// forPerson makes what a person can mend an error of the input.
func forPerson(err error) error {
	if errors.Is(err, env.ErrBroken) || errors.Is(err, context.Canceled) {
		return err
	}
	return &serve.InputError{Text: oneLine(err)}
}

// act does what is wanted and gives the turn on. With an error nothing is done and
// the caller keeps the turn.
func (t *table) act(ctx context.Context, what string, o tableOrder) error {
	m := t.match
	_, over := m.Game.End()
	switch what {
	case "move":
		if !over && m.Turn() != nil {
			return errors.New("it is not your turn: take back, or begin anew")
		}
		action, err := m.Game.Find(ctx, o.Move)
		if err != nil {
			return err
		}
		if err := m.Move(ctx, action); err != nil {
			return err
		}
	case "back":
		if _, err := m.Back(); err != nil {
			return err
		}
	case "new":
		if err := m.Anew(); err != nil {
			return err
		}
	case "hint":
		if over {
			return play.ErrOver
		}
		t.think("hint", t.hint)
		return nil
	case "why":
		if n := m.Game.Ply(); o.Back < 1 || o.Back > n {
			return fmt.Errorf("there is no move %d moves back: %d were made", o.Back, n)
		}
		t.think("why", func(ctx context.Context) error { return t.why(ctx, o.Back) })
		return nil
	}
	t.shown.forget()
	t.goOn()
	return nil
}

// goOn lets those move who are no persons, or shows whose turn it is. It gives the
// turn on.
func (t *table) goOn() {
	if _, over := t.match.Game.End(); over || t.match.Turn() == nil {
		t.publish()
		<-t.turn
		return
	}
	t.think("move", t.reply)
}

// think works in the background and gives the turn back then.
func (t *table) think(what string, work func(context.Context) error) {
	ctx, cancel := context.WithCancel(t.ctx)
	t.mu.Lock()
	t.cancel = cancel
	t.mu.Unlock()
	t.shown.Busy, t.shown.Fault = what, ""
	t.publish()
	t.busy.Go(func() {
		defer cancel()
		err := work(ctx)
		t.mu.Lock()
		t.cancel = nil
		t.mu.Unlock()
		t.shown.Busy = ""
		if err != nil && ctx.Err() == nil {
			t.shown.Fault = oneLine(err)
		}
		t.publish()
		<-t.turn
	})
}

// interrupt stops who is thinking.
func (t *table) interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cancel != nil {
		t.cancel()
	}
}

// reply lets players move until it is a person's turn, or the end.
func (t *table) reply(ctx context.Context) error {
	m := t.match
	for {
		x, err := m.Reply(ctx)
		if err != nil {
			return err
		}
		t.shown.Said = replyWords(x, m.Names(), m.Game.Players() == 2)
		t.grow(x, fmt.Sprintf("%s before move %d, %s", x.By, x.Ply+1, x.Best))
		if _, over := m.Game.End(); over || m.Turn() == nil {
			return nil
		}
		if m.Game.Ply() >= maxPlies {
			return fmt.Errorf("nobody has ended the game within %d moves", maxPlies)
		}
		t.publish()
	}
}

func (t *table) hint(ctx context.Context) error {
	x, err := t.match.Hint(ctx)
	if err != nil {
		return err
	}
	t.shown.Hint = t.shown.thought(x, play.Rated{})
	t.grow(x, fmt.Sprintf("hint for move %d", x.Ply+1))
	return nil
}

func (t *table) why(ctx context.Context, back int) error {
	a, err := t.match.Why(ctx, back)
	if err != nil {
		return err
	}
	t.shown.Why = t.shown.thought(a.Thought, a.Made)
	t.shown.Why.Words = a.Words(t.match.Names())
	t.grow(a.Thought, fmt.Sprintf("before move %d, %s", a.Ply+1, a.Made.Action))
	return nil
}

// grow shows the tree of a thought, in the place of the last one.
func (t *table) grow(x *play.Thought, title string) {
	if len(x.Events) == 0 {
		return
	}
	t.trees++
	id := fmt.Sprintf("play-%d", t.trees)
	feed := serve.NewFeed(serve.FeedOptions{})
	for _, e := range x.Events {
		if e.Started != nil {
			start := *e.Started
			start.Run = id
			e.Started = &start
		}
		feed.Apply(e)
	}
	feed.State(serve.Ended)
	if err := feed.Err(); err != nil {
		t.note(fmt.Sprintf("showing the search: %v", err))
		return
	}
	t.hide()
	t.hide = t.server.Live(id, feed)
	t.shown.Tree, t.shown.TreeOf = id, title
}
