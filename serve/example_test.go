package serve_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing/fstest"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/serve"
)

// A server of the runs that this process works on: each has a feed, which gets
// the events of its search.
func ExampleNew() {
	server := httptest.NewUnstartedServer(nil)
	s := serve.New(serve.Options{Files: fstest.MapFS{"index.html": {}}, Listen: server.Listener.Addr().String()})
	server.Config.Handler = s
	server.Start()
	defer server.Close()

	feed := serve.NewFeed(serve.FeedOptions{})
	remove := s.Live("R1", feed)
	defer remove()
	feed.Apply(event.Event{Seq: 1, Started: &event.Started{Version: event.Version, Run: "R1", Root: event.Node{State: "4 7 8 8"}}})

	reply, err := http.Get(server.URL + "/api/runs/R1/tree")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reply.Body.Close()
	text, _ := io.ReadAll(reply.Body)
	fmt.Printf("%.43s…\n", text)
	// Output: {"format":"ponder-tree","version":1,"seq":1…
}
