package llm

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

var (
	// errBytes is a reply that is no UTF-8. The decoder would replace the bytes
	// without a word.
	errBytes = errors.New("the answer has bytes that are no UTF-8")
	errHuge  = errors.New("reply too long")
)

// maxReply bounds the bytes of one reply; Ollama's client can read no longer line.
const maxReply = 8_000_000

// maxRetryAfter bounds the wait that a server may ask for.
const maxRetryAfter = 5 * time.Second

// line is what the transport tells of one attempt beside its reply.
type line struct {
	conn  atomic.Pointer[conn]
	after atomic.Int64
	// logprobs counts the numbers that came as "logprob": the decoder makes
	// null and a missing number 0, which would mean certainty.
	logprobs atomic.Int64
}

type lineKey struct{}

// watch makes a context for the attempt.
func (l *line) watch(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, lineKey{}, l)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		under := got.Conn
		if secure, ok := under.(*tls.Conn); ok {
			under = secure.NetConn()
		}
		if c, ok := under.(*conn); ok {
			c.user.Store(l)
			l.conn.Store(c)
		}
	}})
}

// lineOf is the line of an attempt's context; there is always one to write to.
func lineOf(ctx context.Context) *line {
	if l, ok := ctx.Value(lineKey{}).(*line); ok {
		return l
	}
	return new(line)
}

// drop closes the connection, unless another attempt has it by now. One that is
// just about to take it finds it closed before it has sent a byte, and the
// transport then takes another one.
func (l *line) drop() {
	if c := l.conn.Load(); c != nil && c.user.Load() == l {
		c.Close()
	}
}

func (l *line) retryAfter() time.Duration { return time.Duration(l.after.Load()) }

// conn is a connection that knows which attempt has used it last.
type conn struct {
	net.Conn
	user atomic.Pointer[line]
}

type transport struct {
	base    *http.Transport
	reached *atomic.Bool
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	t.reached.Store(true)
	l := lineOf(req.Context())
	l.after.Store(int64(retryAfter(resp.Header.Get("Retry-After"))))
	resp.Body = &body{ReadCloser: resp.Body, left: maxReply, line: l}
	return resp, nil
}

// retryAfter reads the header of that name, in seconds; dates are not for
// servers whose clock is another's.
func retryAfter(text string) time.Duration {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxRetryAfter)
}

// body is a reply on its way to the decoder. It fails with errHuge once more
// than left bytes were read, and with errBytes at the first bytes that are no
// UTF-8.
type body struct {
	io.ReadCloser
	left int
	line *line
	text utf8Check
	keys logprobCount
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errHuge
	}
	if !b.text.add(p[:n]) || err == io.EOF && !b.text.whole() {
		return 0, errBytes
	}
	if k := b.keys.add(p[:n]); k > 0 {
		b.line.logprobs.Add(int64(k))
	}
	return n, err
}

// utf8Check tells whether a text that comes in pieces is UTF-8.
type utf8Check struct {
	rest [utf8.UTFMax]byte // the begun character at the end of the last piece
	n    int
}

// add is false once the text can't become UTF-8 any more.
func (u *utf8Check) add(p []byte) bool {
	for u.n > 0 && len(p) > 0 {
		u.rest[u.n] = p[0]
		u.n, p = u.n+1, p[1:]
		if utf8.FullRune(u.rest[:u.n]) {
			if r, size := utf8.DecodeRune(u.rest[:u.n]); r == utf8.RuneError && size == 1 {
				return false
			}
			u.n = 0
		}
	}
	// A character that is cut by the end of the piece is at most 3 bytes of it.
	end := len(p)
	for i := max(0, len(p)-utf8.UTFMax+1); i < len(p); i++ {
		if utf8.RuneStart(p[i]) && !utf8.FullRune(p[i:]) {
			end = i
			break
		}
	}
	if end < len(p) {
		u.n = copy(u.rest[:], p[end:])
	}
	return utf8.Valid(p[:end])
}

// whole is false in the middle of a character.
func (u *utf8Check) whole() bool { return u.n == 0 }

// logprobCount counts in JSON that comes in pieces the keys "logprob" with a
// number. Within a string the quotes would be escaped, so that it finds keys only.
type logprobCount struct{ at int }

const logprobKey = `"logprob"`

// add returns how many end in this piece.
func (c *logprobCount) add(p []byte) (found int) {
	const colon, value = len(logprobKey), len(logprobKey) + 1
	for _, b := range p {
		switch {
		case c.at < colon && b == logprobKey[c.at]:
			c.at++
		case c.at >= colon && (b == ' ' || b == '\t' || b == '\n' || b == '\r'):
		case c.at == colon && b == ':':
			c.at = value
		case c.at == value && (b == '-' || '0' <= b && b <= '9'):
			found++
			c.at = 0
		case b == '"':
			c.at = 1
		default:
			c.at = 0
		}
	}
	return found
}
