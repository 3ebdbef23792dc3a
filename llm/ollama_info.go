package llm

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"
)

// askTimeout bounds a question about the server or a model, which needs no
// generation.
const askTimeout = 30 * time.Second

// logprobsSince is the first version of Ollama that gives log-probabilities.
var logprobsSince = [3]int{0, 12, 11}

// ModelInfo is one model that a server has.
type ModelInfo struct {
	Name          string
	Digest        string // SHA-256 in hexadecimal
	Size          int64  // bytes on disk
	ParameterSize string // such as "8.2B"
}

// ModelDetails is what a server says about one model.
type ModelDetails struct {
	ModelInfo
	// ContextLength is the longest context in tokens that the model was made
	// for, 0 if the server does not say.
	ContextLength int
	Capabilities  []string
	// Thinking says that the model can think before it answers.
	Thinking bool
	// BareTemplate says that the model has no chat template: a prompt reaches
	// it as it is, and a System text not at all.
	BareTemplate bool
}

// Version is the server's version, such as "0.17.4". A server that was built
// without one says "0.0.0". The error wraps ErrUnavailable.
func (o *Ollama) Version(ctx context.Context) (string, error) {
	var version string
	err := o.ask(ctx, o.askVersion(&version))
	return version, err
}

func (o *Ollama) askVersion(to *string) func(context.Context) error {
	return func(ctx context.Context) error {
		version, err := o.client.Version(ctx)
		if *to = clean(version); err == nil && *to == "" {
			err = wrong("the answer names no version")
		}
		return err
	}
}

// Logprobs says whether the server can give token log-probabilities: those
// before 0.12.11 can't. It is false if the server can't be asked.
func (o *Ollama) Logprobs(ctx context.Context) bool {
	version, err := o.Version(ctx)
	return err == nil && hasLogprobs(version)
}

// hasLogprobs takes a version that it can't read, and "0.0.0", which stands
// for a build from source, for a new one.
func hasLogprobs(version string) bool {
	var v [3]int
	core, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), "-")
	parts := strings.Split(core, ".")
	if len(parts) != len(v) {
		return true
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil {
			return true
		}
		v[i] = n
	}
	return v == [3]int{} || slices.Compare(v[:], logprobsSince[:]) >= 0
}

func (o *Ollama) warnNoLogprobs(ctx context.Context) {
	if o.opts.Warn == nil {
		return
	}
	what := fmt.Sprintf("model %s of ollama at %s", clean(o.opts.Model), o.Host())
	if version, err := o.Version(ctx); err == nil && !hasLogprobs(version) {
		what = fmt.Sprintf("ollama %s at %s", version, o.Host())
	}
	o.opts.Warn(what + " gives no token log-probabilities (Ollama has them since 0.12.11): going on without")
}

// Models lists the models that the server has. The error wraps ErrUnavailable.
func (o *Ollama) Models(ctx context.Context) ([]ModelInfo, error) {
	var models []ModelInfo
	err := o.ask(ctx, func(ctx context.Context) (err error) {
		models, err = o.list(ctx)
		return err
	})
	return models, err
}

func (o *Ollama) list(ctx context.Context) ([]ModelInfo, error) {
	list, err := o.client.List(ctx)
	if err != nil {
		return nil, err
	}
	if list.Models == nil {
		return nil, wrong("the answer is no list of models")
	}
	models := make([]ModelInfo, 0, len(list.Models))
	for _, m := range list.Models {
		models = append(models, ModelInfo{
			Name:          clean(m.Name),
			Digest:        clean(m.Digest),
			Size:          m.Size,
			ParameterSize: clean(m.Details.ParameterSize),
		})
	}
	return models, nil
}

// Show describes the client's model. The error wraps ErrUnavailable and, if the
// model is missing, names the command that gets it.
func (o *Ollama) Show(ctx context.Context) (ModelDetails, error) {
	shown, err := o.show(ctx)
	if err != nil {
		return ModelDetails{}, err
	}
	models, err := o.Models(ctx)
	if err != nil {
		return ModelDetails{}, err
	}
	d := ModelDetails{
		ModelInfo:    ModelInfo{Name: o.opts.Model, ParameterSize: clean(shown.Details.ParameterSize)},
		Thinking:     canThink(shown),
		BareTemplate: isBare(shown),
	}
	// Only the list knows digests, under the full name.
	for _, m := range models {
		if sameModel(m.Name, o.opts.Model) {
			d.ModelInfo = m
		}
	}
	for _, c := range shown.Capabilities {
		d.Capabilities = append(d.Capabilities, clean(c.String()))
	}
	for key, value := range shown.ModelInfo {
		if n, ok := value.(float64); ok && strings.HasSuffix(key, ".context_length") {
			d.ContextLength = int(n)
		}
	}
	return d, nil
}

func (o *Ollama) show(ctx context.Context) (*api.ShowResponse, error) {
	var shown *api.ShowResponse
	err := o.ask(ctx, func(ctx context.Context) (err error) {
		shown, err = o.client.Show(ctx, &api.ShowRequest{Model: o.opts.Model})
		if err == nil && saysNothing(shown) {
			err = wrong("the answer tells nothing of the model")
		}
		return err
	})
	return shown, err
}

// saysNothing: JSON of another shape leaves every field empty.
func saysNothing(s *api.ShowResponse) bool {
	return s.Modelfile == "" && s.Template == "" && s.Renderer == "" && s.RemoteHost == "" && len(s.Capabilities) == 0 && len(s.ModelInfo) == 0
}

// Identity says which model the server has under the client's name. A server
// that does not tell its digest is an error. The error wraps ErrUnavailable.
func (o *Ollama) Identity(ctx context.Context) (Identity, error) {
	if o.opts.Model == "" {
		return Identity{}, errNoName
	}
	var id Identity
	err := o.ask(ctx, func(ctx context.Context) (err error) {
		id, err = o.identity(ctx)
		return err
	})
	return id, err
}

// identity is one attempt at Identity.
func (o *Ollama) identity(ctx context.Context) (Identity, error) {
	models, err := o.list(ctx)
	if err != nil {
		return Identity{}, err
	}
	for _, m := range models {
		if !sameModel(m.Name, o.opts.Model) {
			continue
		}
		d := strings.TrimPrefix(m.Digest, "sha256:")
		if !digest.MatchString(d) {
			return Identity{}, wrong("the model's digest is %q, not a SHA-256", m.Digest)
		}
		return o.opts.identity(d), nil
	}
	// A list without the model may be wrong itself: this knows.
	if _, err := o.client.Show(ctx, &api.ShowRequest{Model: o.opts.Model}); err != nil {
		return Identity{}, err
	}
	return Identity{}, wrong("the model is not in the server's list, so that its digest is unknown")
}

// identity is that of the model these options name, with its digest.
func (o *OllamaOptions) identity(digest string) Identity {
	id := Identity{Name: o.Model, Digest: digest}
	if o.NumCtx > 0 {
		id.Options = fmt.Sprintf("num_ctx=%d", o.NumCtx)
	}
	return id
}

var digest = regexp.MustCompile("^[0-9a-f]{64}$")

func (o *Ollama) ask(ctx context.Context, question func(context.Context) error) error {
	return o.call(ctx, min(askTimeout, o.opts.CallTimeout), question)
}

func canThink(shown *api.ShowResponse) bool {
	return slices.Contains(shown.Capabilities, model.CapabilityThinking)
}

var (
	bareTemplate = regexp.MustCompile(`^\s*(\{\{-?\s*\.Prompt\s*-?\}\}\s*)?$`)
	renderer     = regexp.MustCompile(`(?m)^RENDERER\s`)
)

// isBare: models with a renderer built into the server have a bare template
// too; older servers tell of the renderer in the model file only.
func isBare(shown *api.ShowResponse) bool {
	return bareTemplate.MatchString(shown.Template) && shown.Renderer == "" && !renderer.MatchString(shown.Modelfile)
}

// Parallel measures how much longer two equal requests at once take than one
// alone: about 1 on a server that works on both, about 2 on one that queues
// (OLLAMA_NUM_PARALLEL is 1). It makes some ten short requests.
func (o *Ollama) Parallel(ctx context.Context) (float64, error) {
	req := Request{Prompt: "1 2 3 4 5 6 7 8", Raw: true, MaxTokens: 32}
	together := func(n int) (time.Duration, error) {
		start := time.Now()
		errs := make(chan error, n)
		for range n {
			go func() {
				_, err := o.Generate(ctx, req)
				errs <- err
			}()
		}
		var err error
		for range n {
			err = errors.Join(err, <-errs)
		}
		return time.Since(start), err
	}
	// The first two load the model and fill the slots' prompt caches.
	if _, err := together(2); err != nil {
		return 0, err
	}
	const rounds = 3
	var one, two [rounds]time.Duration
	for i := range rounds {
		var err error
		if one[i], err = together(1); err != nil {
			return 0, err
		}
		if two[i], err = together(2); err != nil {
			return 0, err
		}
	}
	// The shortest time of each is the least disturbed one.
	return float64(slices.Min(two[:])) / float64(slices.Min(one[:])), nil
}
