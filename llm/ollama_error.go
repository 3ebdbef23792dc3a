package llm

import (
	"bufio"
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
// ponder looked and what can be done, and says whether another attempt may help.
func (o *Ollama) explain(err error, limit time.Duration) (told error, again bool) {
	where := "ollama at " + o.Host()
	if o.opts.Model != "" {
		where += ", model " + clean(o.opts.Model)
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrUnavailable, where, fmt.Sprintf(format, args...))
	}

	var status api.StatusError
	var auth api.AuthorizationError
	var dial *net.OpError
	var request *url.Error
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, errSlow):
		return fail("no complete answer within %v", limit), false
	case errors.Is(err, errHuge), errors.Is(err, bufio.ErrTooLong):
		return fail("the answer is longer than %d MB", maxReply/1_000_000), false
	case errors.As(err, &auth):
		return fail(`not signed in: run "ollama signin"`), false
	case errors.As(err, &status):
		return o.explainStatus(status, where)
	case errors.As(err, &dial) && dial.Op == "dial":
		// A server that was never there won't be in a second; one that was may
		// be restarting.
		return fmt.Errorf(`%w: no Ollama server at %s (%s): start it with "ollama serve", or set OLLAMA_HOST to where it runs`,
			ErrUnavailable, o.Host(), clean(dial.Err.Error())), o.reached.Load()
	case errors.As(err, &syntax), errors.As(err, &kind):
		return fail("the answer is not Ollama's JSON: %s", clean(err.Error())), false
	case errors.Is(err, errCut):
		return fail("%v", err), true
	case errors.As(err, &request):
		return fail("the connection broke: %s", clean(request.Err.Error())), true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, new(net.Error)):
		return fail("the connection broke: %s", clean(err.Error())), true
	}
	// The client hands both the server's late error and a line that is no JSON
	// over as a bare text.
	return fail("unexpected answer: %s", clean(err.Error())), true
}

func (o *Ollama) explainStatus(s api.StatusError, where string) (told error, again bool) {
	words := clean(s.ErrorMessage)
	lower := strings.ToLower(words)
	if words == "" {
		words = http.StatusText(s.StatusCode)
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrUnavailable, where, fmt.Sprintf(format, args...))
	}
	switch {
	case s.StatusCode == http.StatusNotFound && strings.Contains(lower, "model"):
		return fail(`not there: get it with "ollama pull %s"`, clean(o.opts.Model)), false
	case s.StatusCode == http.StatusNotFound:
		return fail("this server has no Ollama API (404 %s): set OLLAMA_HOST to where Ollama runs", words), false
	case s.StatusCode >= 500:
		return fail("the server failed (%d): %s", s.StatusCode, words), true
	case strings.Contains(lower, "context") &&
		(strings.Contains(lower, "exceed") || strings.Contains(lower, "length") || strings.Contains(lower, "size")):
		return fmt.Errorf("%w: %w: %s: %s", ErrUnavailable, ErrTooLong, where, words), false
	}
	return fail("the server refused the request (%d): %s", s.StatusCode, words), false
}

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
