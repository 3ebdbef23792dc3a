package llm

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ollama/ollama/envconfig"
)

// parseHost reads a host as Ollama's own client reads OLLAMA_HOST, which an
// empty text stands for. Where that client falls back to a default with a
// warning, parseHost fails: a typing error must not lead to another server.
func parseHost(text string) (*url.URL, error) {
	name := "Ollama host"
	if text == "" {
		text, name = envconfig.Var("OLLAMA_HOST"), "OLLAMA_HOST"
	}
	text = strings.TrimSpace(text)
	bad := func(why string) error {
		return fmt.Errorf("bad %s %q: %s (examples: 127.0.0.1:11434, https://ollama.example)", name, text, why)
	}

	scheme, rest, port := "http", text, "11434"
	if s, after, ok := strings.Cut(text, "://"); ok {
		scheme, rest = s, after
		switch scheme {
		case "http":
			port = "80"
		case "https":
			port = "443"
		default:
			return nil, bad("the scheme is neither http nor https")
		}
	} else if text == "ollama.com" {
		scheme, port = "https", "443"
	}
	hostport, path, _ := strings.Cut(rest, "/")

	host := strings.Trim(hostport, "[]")
	if h, p, err := net.SplitHostPort(hostport); err == nil {
		host = h
		if p != "" {
			port = p
		}
	} else if strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return nil, bad("this is no host:port")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return nil, bad("the port is not a number from 1 to 65535")
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`@?#%"<>\`, r) }) {
		return nil, bad("this is no host name")
	}
	// A server may listen on every address; a client can only call one.
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.To4() != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	} else if ip != nil && ip.IsUnspecified() {
		host = "::1"
	}
	return &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, port), Path: path}, nil
}

// newHTTPClient makes a client that keeps a connection for each of many
// parallel callers, never sends a call to this machine through a proxy, and
// bounds every reply. It has no time limit of its own: contexts bring them.
func newHTTPClient(reached *atomic.Bool) *http.Client {
	return &http.Client{Transport: &transport{
		reached: reached,
		base: &http.Transport{
			Proxy:               proxy,
			DialContext:         dial,
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 64,
			IdleConnTimeout:     90 * time.Second,
			DisableCompression:  true,
		},
	}}
}

func proxy(req *http.Request) (*url.URL, error) {
	host := req.URL.Hostname()
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil, nil
	}
	return http.ProxyFromEnvironment(req)
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}
