package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/tiny"
	"github.com/ponder-mcts/ponder/prompt"
)

// The models that need no server.
const (
	embedded = "embedded"
	none     = "none"
)

// modelFlags say which server to ask, and how.
type modelFlags struct {
	hosts       []string
	keepAlive   time.Duration
	callTimeout time.Duration
	hedge       time.Duration
	style       string
	quiet       bool
}

func (f *modelFlags) registerHosts(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.hosts, "hosts", nil, "Ollama servers, separated by commas (default: OLLAMA_HOST, else 127.0.0.1:11434)")
}

// open makes the model of that name ready, and finds out how to ask it.
func (f modelFlags) open(ctx context.Context, name string, e env.Environment, note func(string)) (ponder.Asked, error) {
	asked := ponder.Asked{Name: name}
	switch name {
	case none:
		return asked, nil
	case embedded:
		m, err := tiny.Embedded()
		if err != nil {
			return asked, fmt.Errorf("embedded model: %w", err)
		}
		asked.Model, asked.Style = m, f.pick(e, true)
		asked.ID = llm.Identity{Name: tiny.Name, Digest: m.Digest()}
		return asked, nil
	}
	pool, err := f.pool(name, note)
	if err != nil {
		return asked, err
	}
	details, err := pool.Show(ctx)
	if err != nil {
		return asked, err
	}
	if asked.ID, err = pool.Identity(ctx); err != nil {
		return asked, err
	}
	asked.Model, asked.Style = pool, f.pick(e, details.BareTemplate)
	return asked, nil
}

// pool makes a client of all hosts.
func (f modelFlags) pool(name string, note func(string)) (*llm.Pool, error) {
	pool, err := llm.NewPool(llm.PoolOptions{
		OllamaOptions: f.options(name, note), Hosts: f.hosts, Hedge: f.hedge,
		Down: func(host string, err error) { note(fmt.Sprintf("%s is left out for now: %v", host, err)) },
		Back: func(host string) { note(host + " is back") },
	})
	if err != nil {
		return nil, inputError{err}
	}
	return pool, nil
}

func (f modelFlags) options(name string, note func(string)) llm.OllamaOptions {
	return llm.OllamaOptions{
		Model: name, KeepAlive: f.keepAlive, CallTimeout: f.callTimeout, Warn: note,
		Loading: func(on bool) {
			if on && !f.quiet {
				note("loading model " + name + " …")
			}
		},
	}
}

// client makes a client of one server; name may be empty to ask about that.
func (f modelFlags) client(name string, note func(string)) (*llm.Ollama, error) {
	opts := f.options(name, note)
	if len(f.hosts) > 1 {
		return nil, badInput("--hosts %s: one server at a time can be asked about, for example --hosts 127.0.0.1:11434", strings.Join(f.hosts, ","))
	}
	if len(f.hosts) == 1 {
		opts.Host = f.hosts[0]
	}
	client, err := llm.NewOllama(opts)
	if err != nil {
		return nil, inputError{err}
	}
	return client, nil
}

// pick chooses how to ask a model: one without a chat template completes lines.
func (f modelFlags) pick(e env.Environment, bare bool) prompt.Style {
	if f.style == "line" || f.style == "auto" && bare {
		return prompt.Line{}
	}
	return prompt.Chat{Env: e}
}
