package llm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Identity says which model answers: two models of one identity give the same
// reply to the same request, as far as models do.
type Identity struct {
	Name string `json:"name"`
	// Digest is that of the weights and their settings, as Ollama reports it.
	Digest string `json:"digest"`
	// Options are what else of the client's settings changes replies, such as
	// the length of the context.
	Options string `json:"options,omitempty"`
	// Scope sets calls apart that must not be shared, such as those of a run
	// that wants none of the others' replies.
	Scope string `json:"scope,omitempty"`
}

// Key is the content address of a call: the SHA-256 of the model's digest, the
// prompt and everything else that the request says. The model's name is not
// part of it.
type Key [sha256.Size]byte

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// MarshalText and UnmarshalText write a key as String does.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error {
	if len(text) != 2*len(k) {
		return fmt.Errorf("a key has %d hexadecimal digits, not %d", 2*len(k), len(text))
	}
	if _, err := hex.Decode(k[:], text); err != nil {
		return fmt.Errorf("key %q: %w", text, err)
	}
	return nil
}

// keyVersion changes when the same fields come to mean something else.
const keyVersion = 1

// KeyOf returns the address of a request to a model. Each part stands with its
// length, so that no two requests run together.
func KeyOf(id Identity, r Request) Key {
	h := sha256.New()
	part := func(name, value string) { fmt.Fprintf(h, "%s %d\n%s\n", name, len(value), value) }
	part("version", strconv.Itoa(keyVersion))
	part("digest", id.Digest)
	part("options", id.Options)
	part("scope", id.Scope)
	part("system", r.System)
	part("prompt", r.Prompt)
	part("raw", strconv.FormatBool(r.Raw))
	part("max tokens", strconv.Itoa(r.maxTokens()))
	part("temperature", strconv.FormatUint(math.Float64bits(r.Temperature+0), 16)) // -0 is 0
	part("top k", strconv.Itoa(r.TopK))
	part("seed", strconv.Itoa(r.Seed))
	for _, s := range r.Stop {
		part("stop", s)
	}
	part("logprobs", strconv.FormatBool(r.Logprobs))
	part("top logprobs", strconv.Itoa(r.TopLogprobs))
	part("think", strconv.FormatBool(r.Think))
	var k Key
	h.Sum(k[:0])
	return k
}

// Call is one finished call, as it is kept.
type Call struct {
	Key        Key           `json:"key"`
	Model      Identity      `json:"model"`
	Request    Request       `json:"request"`
	Completion Completion    `json:"completion"`
	Elapsed    time.Duration `json:"elapsed_ns,omitempty"`
}

// Check reports what makes a call that was read back impossible to use: a key
// that is not that of the request, or numbers that no model gives.
func (c Call) Check() error {
	if want := KeyOf(c.Model, c.Request); c.Key != want {
		return fmt.Errorf("the key of a call is %s, its request makes %s", c.Key, want)
	}
	return c.Completion.check()
}

func (c Completion) check() error {
	if c.Stop != Stop && c.Stop != Length {
		return fmt.Errorf("a completion ended by %q", c.Stop)
	}
	if c.Usage.PromptTokens < 0 || c.Usage.CompletionTokens < 0 {
		return fmt.Errorf("negative numbers of tokens: %d and %d", c.Usage.PromptTokens, c.Usage.CompletionTokens)
	}
	for _, t := range c.Tokens {
		for _, a := range append([]Alternative{t.Alternative}, t.Top...) {
			// A rounding error above 0 is one; 1 is a probability of 2.7.
			if !(a.Logprob <= 0.01) {
				return fmt.Errorf("token %q has log-probability %v", a.Text, a.Logprob)
			}
		}
	}
	return nil
}

// raw is a text in JSON that need not be UTF-8, as part of a character is not:
// then it is {"base64": …} instead of a string.
type raw string

type rawJSON struct {
	Base64 []byte `json:"base64"`
}

func (r raw) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(r)) {
		return json.Marshal(string(r))
	}
	return json.Marshal(rawJSON{[]byte(r)})
}

func (r *raw) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		var j rawJSON
		if err := json.Unmarshal(text, &j); err != nil {
			return err
		}
		*r = raw(j.Base64)
		return nil
	}
	return json.Unmarshal(text, (*string)(r))
}

// alternativeJSON has one of T and B. It is plain, for there are many: a
// marshaler for each costs more than the rest of a call.
type alternativeJSON struct {
	T *string  `json:"t,omitempty"`
	B []byte   `json:"b,omitempty"` // a text that is no UTF-8, in base64
	P *float64 `json:"p,omitempty"` // left out: minus infinity, which is no JSON number
}

type tokenJSON struct {
	alternativeJSON
	Top []alternativeJSON `json:"top,omitempty"`
}

func (a *Alternative) json() alternativeJSON {
	var j alternativeJSON
	if utf8.ValidString(a.Text) {
		j.T = &a.Text
	} else {
		j.B = []byte(a.Text)
	}
	if !math.IsInf(a.Logprob, -1) {
		j.P = &a.Logprob
	}
	return j
}

func (j alternativeJSON) alternative() Alternative {
	a := Alternative{Text: string(j.B), Logprob: math.Inf(-1)}
	if j.T != nil {
		a.Text = *j.T
	}
	if j.P != nil {
		a.Logprob = *j.P
	}
	return a
}

func tokensJSON(tokens []Token) []tokenJSON {
	var out []tokenJSON
	for i := range tokens {
		t := &tokens[i]
		j := tokenJSON{alternativeJSON: t.json()}
		for k := range t.Top {
			j.Top = append(j.Top, t.Top[k].json())
		}
		out = append(out, j)
	}
	return out
}

func tokensOf(list []tokenJSON) []Token {
	var out []Token
	for _, j := range list {
		t := Token{Alternative: j.alternative()}
		for _, top := range j.Top {
			t.Top = append(t.Top, top.alternative())
		}
		out = append(out, t)
	}
	return out
}

// The texts of requests and completions stand in front of the fields of the
// same name.
type (
	plainRequest Request
	requestJSON  struct {
		System raw   `json:"system,omitempty"`
		Prompt raw   `json:"prompt"`
		Stop   []raw `json:"stop,omitempty"`
		plainRequest
	}
	plainCompletion Completion
	completionJSON  struct {
		Text     raw         `json:"text"`
		Thinking raw         `json:"thinking,omitempty"`
		Tokens   []tokenJSON `json:"tokens,omitempty"`
		plainCompletion
	}
)

// MarshalJSON writes a request so that it comes back byte by byte.
func (r Request) MarshalJSON() ([]byte, error) {
	j := requestJSON{System: raw(r.System), Prompt: raw(r.Prompt), plainRequest: plainRequest(r)}
	for _, s := range r.Stop {
		j.Stop = append(j.Stop, raw(s))
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Request) UnmarshalJSON(text []byte) error {
	var j requestJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*r = Request(j.plainRequest)
	r.System, r.Prompt, r.Stop = string(j.System), string(j.Prompt), nil
	for _, s := range j.Stop {
		r.Stop = append(r.Stop, string(s))
	}
	return nil
}

// MarshalJSON writes a completion so that it comes back byte by byte.
func (c Completion) MarshalJSON() ([]byte, error) {
	return json.Marshal(completionJSON{
		Text: raw(c.Text), Thinking: raw(c.Thinking), Tokens: tokensJSON(c.Tokens), plainCompletion: plainCompletion(c),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Completion) UnmarshalJSON(text []byte) error {
	var j completionJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*c = Completion(j.plainCompletion)
	c.Text, c.Thinking, c.Tokens = string(j.Text), string(j.Thinking), tokensOf(j.Tokens)
	return nil
}
