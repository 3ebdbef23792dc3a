package llm_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/ponder-mcts/ponder/llm"
)

// Two servers that have the same model answer as one.
func ExamplePool() {
	a := httptest.NewServer(&ollama{digest: soundDigest, version: "0.17.4"})
	defer a.Close()
	b := httptest.NewServer(&ollama{digest: soundDigest, version: "0.17.4"})
	defer b.Close()

	pool, err := llm.NewPool(llm.PoolOptions{
		OllamaOptions: llm.OllamaOptions{Model: "m", NumCtx: 2048},
		Hosts:         []string{a.URL, b.URL},
		Down:          func(host string, err error) { fmt.Println(host, "is left out:", err) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := pool.Identity(context.Background())
	if err != nil {
		fmt.Println(err) // such as a host with another model of that name
		return
	}
	c, err := pool.Generate(context.Background(), llm.Request{Prompt: "Is 7 prime? "})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s (%.8s, %s): %s\n", id.Name, id.Digest, id.Options, c.Text)
	// Output: m (5eed5eed, num_ctx=2048): yes
}

func ExampleOllama_Identity() {
	s := httptest.NewServer(&ollama{digest: soundDigest, version: "0.17.4"})
	defer s.Close()
	o, err := llm.NewOllama(llm.OllamaOptions{Host: s.URL, Model: "m"})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := o.Identity(context.Background())
	fmt.Printf("%s %.8s %v\n", id.Name, id.Digest, err)
	// Output: m 5eed5eed <nil>
}
