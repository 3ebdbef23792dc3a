package serve

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// headers are part of every answer. They let the page load its own parts and
// nothing else, and keep it out of the frames and hands of other sites. There
// are no CORS headers: no other site may read anything.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
}

// TokenHeader carries the token of the page in requests that change something.
const TokenHeader = "X-Ponder-Token"

func forbidden(text string) error { return problem{http.StatusForbidden, text} }

// guard lets a request through to next if the page may have sent it.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		t := &timed{ResponseWriter: w, patience: s.pace.write}
		if err := s.check(r); err != nil {
			fail(t, err)
			return
		}
		if s.opt.Token != "" {
			if s.login(t, r) {
				return
			}
			if !s.loggedIn(r) {
				w.Header().Set("WWW-Authenticate", `Bearer realm="ponder"`)
				fail(t, problem{http.StatusUnauthorized, "open the address with ?token= that ponder serve printed, or send the token as Authorization: Bearer"})
				return
			}
		}
		if err := s.checkChange(r); err != nil {
			fail(t, err)
			return
		}
		next.ServeHTTP(t, r)
	})
}

// check refuses what comes from other sites, whatever it asks for.
func (s *Server) check(r *http.Request) error {
	if !s.hostAllowed(r) {
		return forbidden("this host name is not that of the server: another site may be behind it")
	}
	if r.Header.Get("Upgrade") != "" {
		return forbidden("there are no other protocols here")
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	if origins, ok := r.Header["Origin"]; ok && (len(origins) != 1 || !strings.EqualFold(origins[0], scheme+r.Host)) {
		return forbidden("another site sent this")
	}
	for _, site := range r.Header["Sec-Fetch-Site"] {
		if site == "same-origin" || site == "none" {
			continue
		}
		// A link on another site may lead to the page itself.
		if r.Method != http.MethodGet || r.URL.Path != "/" ||
			r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document" {
			return forbidden("another site sent this")
		}
	}
	return nil
}

// checkChange refuses what would change something without the page's token,
// which no other site can read.
func (s *Server) checkChange(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return nil
	}
	if !same(r.Header.Get(TokenHeader), s.csrf) {
		return forbidden("the header " + TokenHeader + " is missing or of another server: load the page again")
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return problem{http.StatusUnsupportedMediaType, "the body has to be application/json"}
	}
	return nil
}

// hostAllowed reports whether the request was sent to a name that is this
// machine's for sure: a name that somebody else owns may be made to lead here.
func (s *Server) hostAllowed(r *http.Request) bool {
	host, port := splitHost(r.Host)
	listen, want := splitHost(s.opt.Listen)
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if _, p, err := net.SplitHostPort(local.String()); err == nil {
			want = p // of a listener on port 0 nothing else tells
		}
	}
	if port != want || host == "" {
		return false
	}
	if loopback(host) {
		return true
	}
	if loopback(listen) || s.opt.Listen == "" {
		return false
	}
	_, err := netip.ParseAddr(host)
	return err == nil || strings.EqualFold(host, listen)
}

// splitHost splits host and port of an address; the port of HTTP is 80. What is
// no address has neither.
func splitHost(address string) (host, port string) {
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		return host, port
	}
	if host, port, err = net.SplitHostPort(address + ":80"); err == nil {
		return host, port
	}
	return "", ""
}

// loopback reports whether a host is this machine, for itself only.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// login turns the token in the address of the page into a cookie, and sends the
// browser to the address without it. It reports whether it has answered.
func (s *Server) login(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || r.URL.Path != "/" || !r.URL.Query().Has("token") {
		return false
	}
	if !same(r.URL.Query().Get("token"), s.opt.Token) {
		fail(w, problem{http.StatusUnauthorized, "the token is wrong"})
		return true
	}
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(r), Value: s.cookie(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	w.Header().Set("Location", "/")
	w.WriteHeader(http.StatusSeeOther)
	return true
}

func (s *Server) loggedIn(r *http.Request) bool {
	if kind, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(kind, "Bearer") {
		return same(strings.TrimSpace(token), s.opt.Token)
	}
	c, err := r.Cookie(s.cookieName(r))
	return err == nil && same(c.Value, s.cookie())
}

// cookieName has the port in it: a host has one set of cookies for all ports.
func (s *Server) cookieName(r *http.Request) string {
	_, port := splitHost(r.Host)
	return "ponder-" + port
}

// cookie proves that the token was shown. It does not tell the token.
func (s *Server) cookie() string {
	h := hmac.New(sha256.New, []byte(s.opt.Token))
	h.Write([]byte("ponder serve cookie"))
	return hex.EncodeToString(h.Sum(nil))
}

// same compares secrets in a time that tells nothing of them.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// timed gives every write to a client some time, for a whole answer may take as
// long as it likes.
type timed struct {
	http.ResponseWriter
	patience time.Duration
	begun    bool
}

// Unwrap is for http.ResponseController.
func (t *timed) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (t *timed) WriteHeader(status int) {
	t.begun = true
	t.extend()
	t.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter. Of a long text each part has its time.
func (t *timed) Write(text []byte) (int, error) {
	const part = 64 << 10
	t.begun = true
	done := 0
	for {
		t.extend()
		n, err := t.ResponseWriter.Write(text[done:min(len(text), done+part)])
		if done += n; err != nil || done == len(text) {
			return done, err
		}
	}
}

func (t *timed) extend() {
	_ = http.NewResponseController(t.ResponseWriter).SetWriteDeadline(time.Now().Add(t.patience)) // a test's recorder has none
}
