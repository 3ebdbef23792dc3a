package llm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ollama/ollama/api"
)

// OllamaOptions says which model to ask and with how much patience. The zero
// value of a field means what its comment says.
type OllamaOptions struct {
	// Host is the server, as OLLAMA_HOST would name it: host, host:port or a
	// URL. Empty means OLLAMA_HOST, and without that 127.0.0.1:11434.
	Host string
	// Model is the name in Ollama, such as "qwen3:8b". It may be empty where
	// only the server is asked about (Version, Models).
	Model string
	// KeepAlive is how long the server keeps the model in memory after a call;
	// 0 leaves that to the server, a negative value means for ever.
	KeepAlive time.Duration
	// CallTimeout bounds one attempt from request to last token, the wait in
	// the server's queue included; 0 means 2 minutes.
	CallTimeout time.Duration
	// LoadTimeout bounds the loading of the model at the first call; 0 means
	// 10 minutes.
	LoadTimeout time.Duration
	// NumCtx is the context in tokens; 0 means the model's own setting. Two
	// values for one model make the server load it again and again.
	NumCtx int
	// Retries bounds how often a call is repeated after a fault that may pass: a
	// broken connection, a server error, a time limit, a broken or impossible
	// reply; 0 means 3, a negative value none. A reply that is only doubtful (no
	// text, control characters) is asked for again apart from that, a few times,
	// and then taken as it is.
	Retries int
	// RetryDelay is about how long the first repetition waits; the next ones
	// wait twice as long each. 0 means half a second.
	RetryDelay time.Duration
	// Warn, if set, gets at most one message, when the server gives no token
	// log-probabilities although they were asked for.
	Warn func(string)
	// Loading, if set, is called with true when the first call makes the
	// server load the model, and with false when that has ended.
	Loading func(bool)
}

// Ollama is a Model of an Ollama server. All methods are safe for concurrent
// use. The first Generate looks the model up and loads it while the others
// wait, so that a missing model or server is told once and loaded once.
type Ollama struct {
	opts   OllamaOptions
	base   *url.URL
	client *api.Client

	// gate holds the goroutine that prepares; ready is set when that is done,
	// and thinks and remote are written before it.
	gate   chan struct{}
	ready  atomic.Bool
	thinks bool
	remote bool // the server asks another one for this model

	// reached is set by the first response of any kind, proper by the first one
	// that makes sense.
	reached, proper atomic.Bool
	logprobs        logprobsState
	warn            sync.Once
}

// NewOllama makes a client; it does not connect. It fails on a host that can't
// be understood.
func NewOllama(opts OllamaOptions) (*Ollama, error) {
	base, err := parseHost(opts.Host)
	if err != nil {
		return nil, err
	}
	if opts.CallTimeout <= 0 {
		opts.CallTimeout = 2 * time.Minute
	}
	if opts.LoadTimeout <= 0 {
		opts.LoadTimeout = 10 * time.Minute
	}
	if opts.Retries == 0 {
		opts.Retries = 3
	}
	if opts.RetryDelay <= 0 {
		opts.RetryDelay = 500 * time.Millisecond
	}
	o := &Ollama{opts: opts, base: base, gate: make(chan struct{}, 1)}
	o.client = api.NewClient(base, newHTTPClient(&o.reached))
	return o, nil
}

// Host is the URL of the server.
func (o *Ollama) Host() string { return o.base.String() }

// Name is the model's name.
func (o *Ollama) Name() string { return o.opts.Model }

// Generate implements Model. The error of a cancelled ctx is ctx's own. A
// request that no server could take (no prompt, numbers out of range) is an
// error of its own; every other error wraps ErrUnavailable.
func (o *Ollama) Generate(ctx context.Context, req Request) (Completion, error) {
	if err := o.check(req); err != nil {
		return Completion{}, err
	}
	if err := o.prepare(ctx); err != nil {
		return Completion{}, err
	}
	var c Completion
	err := o.call(ctx, o.opts.CallTimeout, func(ctx context.Context) (err error) {
		c, err = o.generate(ctx, req)
		return err
	})
	if err != nil {
		return Completion{}, err
	}
	return c, nil
}

// generate is one attempt at Generate. With a *doubt comes a completion.
func (o *Ollama) generate(ctx context.Context, req Request) (Completion, error) {
	got := reply{model: o.opts.Model, most: req.maxTokens()}
	if o.remote {
		// Others count, and name, as they like.
		got.model, got.most = "", 0
	}
	if err := o.client.Generate(ctx, o.request(req), got.add); err != nil {
		return Completion{}, err
	}
	if err := got.finish(); err != nil {
		return Completion{}, err
	}
	c := got.completion()
	return c, o.judge(ctx, req, &got, c)
}

func (o *Ollama) check(req Request) error {
	switch {
	case o.opts.Model == "":
		return errNoName
	case req.Prompt == "":
		return errors.New("llm: empty prompt") // Ollama would only load the model
	case req.MaxTokens < 0:
		return fmt.Errorf("llm: MaxTokens %d is negative", req.MaxTokens)
	case req.TopK < 0:
		return fmt.Errorf("llm: TopK %d is negative", req.TopK)
	case req.TopLogprobs < 0 || req.TopLogprobs > 20:
		return fmt.Errorf("llm: TopLogprobs %d is not in 0 to 20", req.TopLogprobs)
	case !(req.Temperature >= 0) || math.IsInf(req.Temperature, 1):
		return fmt.Errorf("llm: Temperature %v is not a number from 0 up", req.Temperature)
	}
	return nil
}

// request says everything that the server or the model's file would else
// decide: their defaults (top_p 0.9, repeat_penalty 1.1, a silently truncated
// prompt) change with the version.
func (o *Ollama) request(req Request) *api.GenerateRequest {
	no := false
	options := o.loadOptions()
	options["num_predict"] = req.maxTokens()
	options["temperature"] = req.Temperature
	options["top_k"] = req.TopK
	options["top_p"] = 1.0
	options["min_p"] = 0.0
	options["repeat_penalty"] = 1.0
	options["presence_penalty"] = 0.0
	options["frequency_penalty"] = 0.0
	// The server takes -1 for "random" and reads numbers as float64.
	options["seed"] = req.Seed & math.MaxInt32
	if len(req.Stop) > 0 {
		options["stop"] = req.Stop
	}
	body := &api.GenerateRequest{
		Model:     o.opts.Model,
		Prompt:    req.Prompt,
		Raw:       req.Raw,
		Options:   options,
		KeepAlive: o.keepAlive(),
		Truncate:  &no,
		Shift:     &no,
		Logprobs:  req.Logprobs,
	}
	if req.Logprobs {
		body.TopLogprobs = req.TopLogprobs
	}
	if !req.Raw {
		body.System = req.System
	}
	// A thinking model thinks unless told not to; another one may refuse the field.
	if o.thinks {
		body.Think = &api.ThinkValue{Value: req.Think}
	}
	return body
}

// loadOptions are the options that decide how the model is loaded.
func (o *Ollama) loadOptions() map[string]any {
	options := map[string]any{}
	if o.opts.NumCtx > 0 {
		options["num_ctx"] = o.opts.NumCtx
	}
	return options
}

func (o *Ollama) keepAlive() *api.Duration {
	if o.opts.KeepAlive == 0 {
		return nil
	}
	return &api.Duration{Duration: o.opts.KeepAlive}
}

// prepare looks the model up and loads it, once.
func (o *Ollama) prepare(ctx context.Context) error {
	if o.ready.Load() {
		return nil
	}
	select {
	case o.gate <- struct{}{}:
		defer func() { <-o.gate }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if o.ready.Load() {
		return nil
	}
	shown, err := o.show(ctx)
	if err != nil {
		return err
	}
	// A model of somebody else's server has nothing to load here.
	if shown.RemoteHost == "" {
		if err := o.load(ctx); err != nil {
			return err
		}
	}
	o.thinks, o.remote = canThink(shown), shown.RemoteHost != ""
	o.ready.Store(true)
	return nil
}

// load has the server load the model: that is what it does with no prompt.
func (o *Ollama) load(ctx context.Context) error {
	if o.opts.Loading != nil {
		o.opts.Loading(true)
		defer o.opts.Loading(false)
	}
	body := &api.GenerateRequest{
		Model:     o.opts.Model,
		Options:   o.loadOptions(),
		KeepAlive: o.keepAlive(),
	}
	p := o.opts.patience()
	p.slowIsFinal = true // another wait of minutes would end alike
	return o.spend(ctx, p, o.opts.LoadTimeout, func(ctx context.Context) error {
		got := reply{model: o.opts.Model}
		err := o.client.Generate(ctx, body, got.add)
		if err == nil && !got.done {
			err = errCut
		}
		return err
	})
}
