package serve

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// attackable is a site whose orders an attacker wants to give.
func attackable(t *testing.T, opt Options) (*site, *hand) {
	t.Helper()
	h := &hand{}
	opt.Starter, opt.Steerer = h, h
	x := open(t, opt, quick)
	x.Live("r", fill(NewFeed(FeedOptions{}), story("r", 3)))
	return x, h
}

var everyGet = []string{
	"/", "/assets/main.mjs", "/api/runs", "/api/runs/stream", "/api/runs/r", "/api/runs/r/tree", "/api/runs/r/events",
	"/api/runs/r/stream", "/api/calls?keys=" + aKey, "/api/choices", "/api/play", "/none",
}

// No other site may read or change anything, in whatever words a browser would
// ask in its name.
func TestOtherSites(t *testing.T) {
	x, h := attackable(t, Options{})
	_, port, _ := net.SplitHostPort(x.host)
	for _, c := range []struct {
		name    string
		headers []string
	}{
		{"a name that was made to lead here", []string{"Host", "evil.example:" + port}},
		{"the same with our port left out", []string{"Host", "evil.example"}},
		{"a name that begins like ours", []string{"Host", "localhost.evil.example:" + port}},
		{"a name that is an address at first sight", []string{"Host", "127.0.0.1.nip.io:" + port}},
		{"a name that ends in a dot", []string{"Host", "localhost.:" + port}},
		{"the address of another machine", []string{"Host", "192.0.2.1:" + port}},
		{"all addresses", []string{"Host", "0.0.0.0:" + port}},
		{"another port", []string{"Host", "localhost:1"}},
		{"no port, which is 80", []string{"Host", "localhost"}},
		{"a user in front", []string{"Host", "localhost@evil.example:" + port}},
		{"a script of another site", []string{"Origin", "http://evil.example"}},
		{"a page of another port", []string{"Origin", "http://127.0.0.1:1"}},
		{"a page of another name of ours", []string{"Origin", "http://localhost:" + port}},
		{"a page over TLS", []string{"Origin", "https://" + x.host}},
		{"a file or a sandboxed frame", []string{"Origin", "null"}},
		{"an empty origin", []string{"Origin", ""}},
		{"two origins", []string{"Origin", "http://" + x.host, "Origin", "http://evil.example"}},
		{"an image or a script tag", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}},
		{"a frame", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}},
		{"another port of this machine", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}},
		{"two sites", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Site", "cross-site"}},
		{"an unknown relation", []string{"Sec-Fetch-Site", "friend"}},
		{"a WebSocket", []string{"Connection", "Upgrade", "Upgrade", "websocket"}},
	} {
		token := []string{TokenHeader, x.csrf, "Content-Type", "application/json"} // as if it had been guessed
		for _, path := range everyGet {
			code, header, text := x.do("GET", path, "", c.headers...)
			if code != 403 || strings.Contains(text, x.csrf) {
				t.Errorf("%s: GET %s: %d %s", c.name, path, code, text)
			}
			closed(t, header)
		}
		for _, path := range []string{"/api/runs", "/api/runs/r/orders"} {
			for _, method := range []string{"POST", "PUT", "OPTIONS"} {
				code, header, text := x.do(method, path, `{"order":"stop"}`, append(c.headers, token...)...)
				if code != 403 {
					t.Errorf("%s: %s %s: %d %s", c.name, method, path, code, text)
				}
				closed(t, header)
			}
		}
	}
	if len(h.told) > 0 {
		t.Errorf("orders came through: %q", h.told)
	}
}

// closed checks the headers that every answer has, and those that none has.
func closed(t *testing.T, h http.Header) {
	t.Helper()
	for name, want := range headers {
		got := h.Get(name)
		if name == "Cache-Control" && h.Get("ETag") != "" {
			want = "no-cache"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s: %q opens the answer to other sites", name, h.Get(name))
		}
	}
}

func TestEveryAnswerIsClosed(t *testing.T) {
	x, _ := attackable(t, Options{})
	for _, path := range everyGet {
		if strings.HasSuffix(path, "/stream") {
			continue // it doesn't end
		}
		_, header, _ := x.do("GET", path, "")
		closed(t, header)
	}
	for _, path := range everyGet {
		code, header, _ := x.do("HEAD", path, "")
		if code == 403 {
			t.Errorf("HEAD %s is refused", path)
		}
		closed(t, header)
	}
}

// What the page itself and a person do must work, or the guard is worth nothing.
func TestOwnPageIsServed(t *testing.T) {
	x, h := attackable(t, Options{})
	_, port, _ := net.SplitHostPort(x.host)
	for _, c := range []struct {
		name    string
		headers []string
	}{
		{"a program", nil},
		{"the page", []string{"Origin", "http://" + x.host, "Sec-Fetch-Site", "same-origin"}},
		{"a typed address", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		{"by name", []string{"Host", "localhost:" + port}},
		{"by name, in capitals", []string{"Host", "LOCALHOST:" + port, "Origin", "http://localhost:" + port}},
		{"by the address of IPv6", []string{"Host", "[::1]:" + port}},
	} {
		for _, path := range []string{"/", "/api/runs", "/api/runs/r/tree"} {
			if code, text := x.get(path, c.headers...); code != 200 {
				t.Errorf("%s: GET %s: %d %s", c.name, path, code, text)
			}
		}
		headers := append([]string{TokenHeader, x.pageToken(), "Content-Type", "application/json; charset=utf-8"}, c.headers...)
		if code, _, text := x.do("POST", "/api/runs/r/orders", `{"order":"stop"}`, headers...); code != 204 {
			t.Errorf("%s: POST: %d %s", c.name, code, text)
		}
	}
	if len(h.told) != 6 {
		t.Errorf("orders: %q", h.told)
	}
	link := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	if code, text := x.get("/?run=r", link...); code != 200 {
		t.Errorf("a link to the page: %d %s", code, text)
	}
	if code, _ := x.get("/api/runs", link...); code != 403 {
		t.Errorf("a link to the API: %d", code)
	}
}

func TestChangesNeedTheTokenOfThePage(t *testing.T) {
	x, h := attackable(t, Options{})
	const json = "application/json"
	for _, c := range []struct {
		name string
		code int
		with []string
	}{
		{"no token", 403, []string{"Content-Type", json}},
		{"an empty token", 403, []string{"Content-Type", json, TokenHeader, ""}},
		{"a wrong token", 403, []string{"Content-Type", json, TokenHeader, x.csrf[1:] + "A"}},
		{"the beginning of the token", 403, []string{"Content-Type", json, TokenHeader, x.csrf[:8]}},
		{"a form", 415, []string{"Content-Type", "application/x-www-form-urlencoded", TokenHeader, x.csrf}},
		{"a text, which needs no leave of the browser", 415, []string{"Content-Type", "text/plain", TokenHeader, x.csrf}},
		{"no type", 415, []string{TokenHeader, x.csrf}},
		{"a type with JSON in it", 415, []string{"Content-Type", "text/plain; application/json", TokenHeader, x.csrf}},
	} {
		for _, path := range []string{"/api/runs", "/api/runs/r/orders"} {
			if code, _, text := x.do("POST", path, `{"order":"stop"}`, c.with...); code != c.code {
				t.Errorf("%s: POST %s: %d %s", c.name, path, code, text)
			}
		}
	}
	if len(h.told) > 0 {
		t.Errorf("orders came through: %q", h.told)
	}
	if y, _ := attackable(t, Options{}); y.csrf == x.csrf || len(x.csrf) < 26 {
		t.Errorf("tokens %q and %q", x.csrf, y.csrf)
	}
}

const secret = "a secret of 26 characters!"

func TestTokenOfTheServer(t *testing.T) {
	var logged bytes.Buffer
	x, _ := attackable(t, Options{Token: secret, Log: log.New(&logged, "", 0)})
	for _, c := range []struct {
		name string
		with []string
	}{
		{"nothing", nil},
		{"a wrong token", []string{"Authorization", "Bearer " + secret[1:]}},
		{"another way to log in", []string{"Authorization", "Basic " + secret}},
		{"an empty token", []string{"Authorization", "Bearer "}},
		{"the token itself as the cookie", []string{"Cookie", x.cookieOf(secret)}},
		{"a wrong token beside the right cookie", []string{"Cookie", x.cookieOf(x.cookie()), "Authorization", "Bearer x"}},
	} {
		for _, path := range everyGet {
			code, header, text := x.do("GET", path, "", c.with...)
			if code != 401 || strings.Contains(text, x.csrf) {
				t.Errorf("%s: GET %s: %d %s", c.name, path, code, text)
			}
			closed(t, header)
		}
		post := append([]string{TokenHeader, x.csrf, "Content-Type", "application/json"}, c.with...)
		if code, _, text := x.do("POST", "/api/runs/r/orders", `{"order":"stop"}`, post...); code != 401 {
			t.Errorf("%s: POST: %d %s", c.name, code, text)
		}
	}
	if code, _ := x.get("/api/runs?token=" + strings.ReplaceAll(secret, " ", "+")); code != 401 {
		t.Errorf("a token in the address of the API: %d", code)
	}
	if code, text := x.get("/?token=wrong"); code != 401 {
		t.Errorf("a wrong token in the address: %d %s", code, text)
	}
	if code, text := x.get("/api/runs", "Authorization", "Bearer "+secret); code != 200 {
		t.Errorf("the right token: %d %s", code, text)
	}

	code, header, _ := x.do("GET", "/?token="+strings.ReplaceAll(secret, " ", "+"), "")
	cookie := header.Get("Set-Cookie")
	if code != 303 || header.Get("Location") != "/" || !strings.HasSuffix(cookie, "; Path=/; HttpOnly; SameSite=Strict") || strings.Contains(cookie, secret) {
		t.Errorf("the address with the token: %d, to %q, %q", code, header.Get("Location"), cookie)
	}
	closed(t, header)
	value, _, _ := strings.Cut(cookie, ";")
	if code, text := x.get("/api/runs", "Cookie", value); code != 200 {
		t.Errorf("with the cookie: %d %s", code, text)
	}
	if x.pageToken("Cookie", value) != x.csrf {
		t.Error("the page has no token")
	}
	if code, _, text := x.do("POST", "/api/runs/r/orders", `{"order":"stop"}`, "Cookie", value); code != 403 {
		t.Errorf("a change with the cookie alone: %d %s", code, text)
	}
	if err := x.stop(); err != nil {
		t.Error(err)
	}
	if strings.Contains(logged.String(), "secret") {
		t.Errorf("the log tells: %s", logged.String())
	}
}

func (x *site) cookieOf(value string) string {
	_, port, _ := net.SplitHostPort(x.host)
	return "ponder-" + port + `="` + value + `"`
}

// Beyond loopback addresses and the name that is listened on are ours; names of
// others still are not.
func TestHostsBeyondLoopback(t *testing.T) {
	x, _ := attackable(t, Options{Token: secret, Listen: "box.example:0"})
	_, port, _ := net.SplitHostPort(x.host)
	for host, want := range map[string]int{
		"192.0.2.7:": 200, "[2001:db8::1]:": 200, "localhost:": 200, "box.example:": 200, "BOX.example:": 200,
		"evil.example:": 403, "box.example.evil.example:": 403, "192.0.2.7.nip.io:": 403, ":": 403,
	} {
		if code, text := x.get("/api/runs", "Host", host+port, "Authorization", "Bearer "+secret); code != want {
			t.Errorf("Host %s%s: %d %s", host, port, code, text)
		}
	}
}

func TestCheckListen(t *testing.T) {
	for _, c := range []struct {
		addr, token string
		ok          bool
	}{
		{"127.0.0.1:0", "", true},
		{"127.9.9.9:80", "", true},
		{"localhost:8080", "", true},
		{"[::1]:8080", "", true},
		{"[::ffff:127.0.0.1]:8080", "", true},
		{":8080", "", false},
		{"0.0.0.0:8080", "", false},
		{"[::]:8080", "", false},
		{"192.0.2.1:8080", "fifteen letters", false},
		{"192.0.2.1:8080", "sixteen letters!", true},
		{"localhost.example:8080", "", false},
		{"8080", secret, false},
	} {
		err := CheckListen(c.addr, c.token)
		if (err == nil) != c.ok {
			t.Errorf("%q with a token of %d: %v", c.addr, len(c.token), err)
		}
		if err != nil && (!strings.Contains(err.Error(), "--listen") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q: %v", c.addr, err)
		}
		if err != nil && c.token == "" && !strings.Contains(err.Error(), "--token") {
			t.Errorf("%q: the way out is not named: %v", c.addr, err)
		}
	}
}

// Whatever the caller forgot, nothing is served beyond loopback without a token.
func TestServeRefusesToBeOpen(t *testing.T) {
	ln, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := New(Options{}).Serve(ctx, ln); err == nil || !strings.Contains(err.Error(), "--token") {
		t.Errorf("error %v", err)
	}
	if c, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		c.Close()
		t.Error("the listener is open")
	}
}

// What no client of Go's would send.
func TestRawRequests(t *testing.T) {
	x, h := attackable(t, Options{})
	order := `{"order":"stop"}`
	for _, c := range []struct {
		name, text string
		codes      string // what may come back
	}{
		{"no host", "GET / HTTP/1.0\r\n\r\n", "403"},
		{"an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "403"},
		{"two hosts", "GET / HTTP/1.1\r\nHost: " + x.host + "\r\nHost: evil.example\r\n\r\n", "400"},
		{"another host in the address", "GET http://evil.example/ HTTP/1.1\r\nHost: " + x.host + "\r\n\r\n", "403"},
		{"a proxy", "CONNECT evil.example:80 HTTP/1.1\r\nHost: " + x.host + "\r\n\r\n", "403"},
		{"a way out of the files", "GET /assets/../../go.mod HTTP/1.1\r\nHost: " + x.host + "\r\n\r\n", "301 307 404"},
		{"a huge header", "GET / HTTP/1.1\r\nHost: " + x.host + "\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "431"},
		{"a body that a GET hides", "GET / HTTP/1.1\r\nHost: " + x.host + "\r\nContent-Length: 4\r\n\r\nabcd", "200"},
		{"another method in a header", "GET /api/runs/r/orders HTTP/1.1\r\nHost: " + x.host + "\r\nX-HTTP-Method-Override: POST\r\n\r\n", "405"},
		{"an order without the token", fmt.Sprintf("POST /api/runs/r/orders HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", x.host, len(order), order), "403"},
	} {
		conn, err := net.Dial("tcp", x.host)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		go func() { _, _ = io.WriteString(conn, c.text) }() // the server may not read all of it
		status := make([]byte, 12)
		_, err = io.ReadFull(conn, status)
		conn.Close()
		if code := string(status[9:]); err != nil || !strings.Contains(c.codes, code) {
			t.Errorf("%s: %q, %v, want %s", c.name, status, err, c.codes)
		}
	}
	if len(h.told) > 0 {
		t.Errorf("orders came through: %q", h.told)
	}
}
