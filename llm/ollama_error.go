package llm

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/ollama/ollama/api"
)

// explain turns the error of one attempt into one that tells the user where
// ponder looked and what can be done.
func (o *Ollama) explain(err error, limit time.Duration) *fault {
	where := "ollama at " + o.Host()
	if o.opts.Model != "" {
		where += ", model " + clean(o.opts.Model)
	}
	fail := func(class class, format string, args ...any) *fault {
		return &fault{error: fmt.Errorf("%w: %s: %s", ErrUnavailable, where, fmt.Sprintf(format, args...)), class: class}
	}

	var status api.StatusError
	var auth api.AuthorizationError
	var dial *net.OpError
	var request *url.Error
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var wrong *wrongReply
	switch {
	case errors.Is(err, errSlow):
		f := fail(unproven, "no complete answer within %v", limit)
		f.slow = true
		return f
	case errors.Is(err, errHuge), errors.Is(err, bufio.ErrTooLong):
		return fail(unproven, "the answer is longer than %d MB", maxReply/1_000_000)
	case errors.As(err, &wrong):
		return fail(passing, "%v", wrong)
	case errors.Is(err, errBytes):
		return fail(passing, "%v", errBytes)
	case errors.As(err, &auth):
		return fail(lasting, `not signed in: run "ollama signin"`)
	case errors.As(err, &status):
		return o.explainStatus(status, where)
	case errors.As(err, &dial) && dial.Op == "dial":
		// A server that was never there won't be in a second; one that was may
		// be restarting.
		class := absent
		if o.reached.Load() {
			class = broken
		}
		return &fault{error: fmt.Errorf(`%w: no Ollama server at %s (%s): start it with "ollama serve", or set OLLAMA_HOST to where it runs`,
			ErrUnavailable, o.Host(), clean(dial.Err.Error())), class: class}
	case errors.As(err, &syntax), errors.As(err, &kind):
		return fail(unproven, "the answer is not Ollama's JSON: %s", clean(err.Error()))
	case errors.Is(err, errCut):
		return fail(passing, "%v", err)
	case errors.As(err, &request):
		return fail(broken, "the connection broke: %s", clean(request.Err.Error()))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, new(net.Error)):
		return fail(broken, "the connection broke: %s", clean(err.Error()))
	}
	// The client hands both the server's late error and a line that is no JSON
	// over as a bare text.
	return fail(passing, "unexpected answer: %s", clean(err.Error()))
}

func (o *Ollama) explainStatus(s api.StatusError, where string) *fault {
	words := clean(s.ErrorMessage)
	lower := strings.ToLower(words)
	if words == "" {
		words = http.StatusText(s.StatusCode)
	}
	fail := func(class class, format string, args ...any) *fault {
		return &fault{error: fmt.Errorf("%w: %s: %s", ErrUnavailable, where, fmt.Sprintf(format, args...)), class: class}
	}
	switch {
	case s.StatusCode == http.StatusNotFound && strings.Contains(lower, "model") && !strings.Contains(lower, "<"):
		return fail(missing, `not there: get it with "ollama pull %s"`, clean(o.opts.Model))
	case s.StatusCode == http.StatusNotFound:
		return fail(unproven, "this server has no Ollama API (404 %s): set OLLAMA_HOST to where Ollama runs", words)
	case s.StatusCode >= 500:
		return fail(passing, "the server failed (%d): %s", s.StatusCode, words)
	case s.StatusCode == http.StatusTooManyRequests, s.StatusCode == http.StatusRequestTimeout:
		return fail(passing, "the server is too busy (%d): %s", s.StatusCode, words)
	case strings.Contains(lower, "context") &&
		(strings.Contains(lower, "exceed") || strings.Contains(lower, "length") || strings.Contains(lower, "size")):
		return &fault{error: fmt.Errorf("%w: %w: %s: %s", ErrUnavailable, ErrTooLong, where, words), class: lasting}
	}
	return fail(lasting, "the server refused the request (%d): %s", s.StatusCode, words)
}

// isOllama asks a server that has not answered properly so far whether it is an
// Ollama all the same: twice, for what went wrong once may go wrong again.
func (o *Ollama) isOllama(ctx context.Context) bool {
	for range 2 {
		if ctx.Err() == nil && o.try(ctx, strangerTimeout, o.askVersion(new(string))) == nil {
			return true
		}
	}
	return false
}

// strangerTimeout bounds the question whether a server is an Ollama.
const strangerTimeout = 2 * time.Second

// escape is a terminal control sequence: CSI, OSC, or a two-byte one.
var escape = regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b.?|\u009b[0-?]*[ -/]*[@-~]")

// maxWords bounds, in characters, what is repeated of somebody else's text.
const maxWords = 300

// clean makes a text of the server fit for a terminal and an error line: no
// control or formatting characters, white space as single blanks, bounded.
func clean(s string) string {
	if len(s) > 16*maxWords {
		s = s[:16*maxWords]
	}
	s = escape.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r): // such as reversed writing
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxWords {
		s = string(runes[:maxWords-1]) + "…"
	}
	return s
}
