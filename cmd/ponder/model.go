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
	style       string
	quiet       bool
}

func (f *modelFlags) registerHosts(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.hosts, "hosts", nil, "Ollama server (default: OLLAMA_HOST, else 127.0.0.1:11434)")
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
		return asked, nil
	}
	client, err := f.client(name, note)
	if err != nil {
		return asked, err
	}
	details, err := client.Show(ctx)
	if err != nil {
		return asked, err
	}
	asked.Model, asked.Style = client, f.pick(e, details.BareTemplate)
	return asked, nil
}

// client makes an Ollama client; name may be empty to ask about the server.
func (f modelFlags) client(name string, note func(string)) (*llm.Ollama, error) {
	opts := llm.OllamaOptions{Model: name, KeepAlive: f.keepAlive, CallTimeout: f.callTimeout, Warn: note}
	if len(f.hosts) > 1 {
		return nil, badInput("--hosts %s: only one host is supported so far, for example --hosts 127.0.0.1:11434", strings.Join(f.hosts, ","))
	}
	if len(f.hosts) == 1 {
		opts.Host = f.hosts[0]
	}
	opts.Loading = func(on bool) {
		if on && !f.quiet {
			note("loading model " + name + " …")
		}
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
