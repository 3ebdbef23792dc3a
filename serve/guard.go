package serve

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// policy lets the page use its own files and nothing else, and no script or
// style that stands in the page itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Names of what a request brings.
const (
	tokenHeader = "X-Ponder-Token"
	cookieName  = "ponder-token"
)

// leastToken is the length of a token that can't be guessed.
const leastToken = 16

// CheckListen refuses an address beyond this machine without a token.
func CheckListen(address, token string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen %q is no address with a port: give for example --listen 127.0.0.1:11435", address)
	}
	if token != "" && len(token) < leastToken {
		return fmt.Errorf("--token has %d characters, at least %d are needed: give for example --token \"$(openssl rand -hex 16)\"", len(token), leastToken)
	}
	if !isLoopback(host) && token == "" {
		return fmt.Errorf("--listen %s can be reached from other machines and needs a --token: give for example --token \"$(openssl rand -hex 16)\", or --listen 127.0.0.1:11435", address)
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// guard lets a request through that comes from the page of this server, or from
// no page at all. A page of another site is known by its Origin, one that made
// its own name point here by the Host that it asks for.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if err := s.foreign(r); err != nil {
			refuse(w, http.StatusForbidden, err)
			return
		}
		if s.opt.Token != "" && !s.admit(w, r) {
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			if err := s.unsafe(r); err != nil {
				refuse(w, http.StatusForbidden, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// foreign says what is wrong with where a request comes from or goes to.
func (s *Server) foreign(r *http.Request) error {
	if !s.ours(r.Host) {
		return fmt.Errorf("the host %.100q is not a name of this server", r.Host)
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" || u.Host != r.Host {
			return fmt.Errorf("the origin %.100q is not this server", origin)
		}
	}
	if r.Header.Get("Upgrade") != "" {
		return errors.New("there is nothing to upgrade to")
	}
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "same-origin", "none":
		return nil
	default:
		// A link to the page is harmless: it shows nothing to the site it stands on.
		if r.Method == http.MethodGet && r.URL.Path == "/" && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
			return nil
		}
		return fmt.Errorf("a request from another site (%.20q)", site)
	}
}

// ours reports whether a Host is one that nobody else's name can stand for.
func (s *Server) ours(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return false
	}
	listen, wantPort, err := net.SplitHostPort(s.address())
	if err != nil || port != wantPort {
		return false
	}
	ip, err := netip.ParseAddr(name)
	if isLoopback(listen) {
		return name == "localhost" || err == nil && ip.IsLoopback()
	}
	// Rebinding needs a name: an address can't be made to point elsewhere.
	return err == nil || name == "localhost" || strings.EqualFold(name, listen)
}

// admit lets those in who show the token, and gives a browser that brings it
// in its address a cookie instead.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) bool {
	if given := r.URL.Query().Get("token"); given != "" && r.URL.Path == "/" && r.Method == http.MethodGet {
		if !same(given, s.opt.Token) {
			refuse(w, http.StatusUnauthorized, errors.New("the token is wrong"))
			return false
		}
		http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.opt.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return false
	}
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	ok := same(bearer, s.opt.Token)
	if c, err := r.Cookie(cookieName); err == nil {
		ok = same(c.Value, s.opt.Token) || ok
	}
	if !ok {
		w.Header().Set("WWW-Authenticate", "Bearer")
		refuse(w, http.StatusUnauthorized, errors.New("the token of this server is needed: open its address with /?token=… once, or send Authorization: Bearer"))
	}
	return ok
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// unsafe says why a request must not change anything.
func (s *Server) unsafe(r *http.Request) error {
	if !same(r.Header.Get(tokenHeader), s.csrf) {
		return errors.New("the token of the page is missing: load the page again")
	}
	if t := r.Header.Get("Content-Type"); t != "application/json" {
		return fmt.Errorf("the content type is %.60q, not application/json", t)
	}
	return nil
}
