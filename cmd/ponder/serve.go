package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	neturl "net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/serve"
	"github.com/ponder-mcts/ponder/store"
)

// pageAddress is where the page is, unless --listen says otherwise.
const pageAddress = "127.0.0.1:11435"

func serveCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	listen, token, open := "", "", false
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Show all runs on a web page, live, and start and steer searches there",
		Long: "The page needs nothing from outside. It listens on this machine only; --listen beyond it demands\n" +
			"a --token, which has to be part of the first address: http://HOST:PORT/?token=TOKEN",
		Example: "  ponder serve --open\n" +
			"  ponder serve --listen 192.168.1.5:11435 --token \"$(openssl rand -hex 16)\"",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return servePage(cmd.Context(), t, f, listen, token, open)
		},
	}
	f.registerDB(cmd)
	f.registerClient(cmd)
	f.preset()
	cmd.Flags().StringVar(&listen, "listen", pageAddress, "address of the page; port 0 takes a free one")
	cmd.Flags().StringVar(&token, "token", "", "what every request has to show; at least 16 characters")
	cmd.Flags().BoolVar(&open, "open", false, "open the page in the browser")
	cmd.Flags().SortFlags = false
	return cmd
}

// preset gives the flags that a command does not have the values that they have
// where nobody names them.
func (f *searchFlags) preset() {
	all := &searchFlags{}
	p := &cobra.Command{}
	all.register(p)
	all.registerDB(p)
	db, cache, hosts := f.db, f.cacheSize, f.modelFlags
	*f = *all
	f.db, f.cacheSize, f.modelFlags = db, cache, hosts
	f.style, f.quiet = all.style, true
}

func servePage(ctx context.Context, t terminal, f *searchFlags, listen, token string, open bool) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	note := func(s string) { fmt.Fprintln(t.err, "ponder:", oneLine(errors.New(s))) }
	l, err := listenAt(ctx, listen, token)
	if err != nil {
		return err
	}
	defer l.Close()
	var s *store.Store
	if f.db != inMemory {
		if s, err = openStore(ctx, f.db, f.storeOptions()); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
	}
	d := newDesk(ctx, s, f, listen, token, note)
	url := pageURL(l, "")
	if token != "" {
		url += "?token=" + neturl.QueryEscape(token)
	}
	fmt.Fprintln(t.out, url)
	if open {
		browse(url)
	}
	err = d.server.Serve(ctx, l)
	cancel() // the searches it began stop, and can be resumed
	d.busy.Wait()
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		return nil // Ctrl-C is how a server ends
	}
	return err
}

// listenAt opens the port of a page.
func listenAt(ctx context.Context, address, token string) (net.Listener, error) {
	if err := serve.CheckListen(address, token); err != nil {
		return nil, inputError{err}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, badInput("--listen %s: something listens there already, maybe another ponder serve; take for example --listen 127.0.0.1:0", address)
	}
	if err != nil {
		return nil, badInput("--listen %s: %w; give for example --listen %s", address, err, pageAddress)
	}
	return l, nil
}

// pageURL is the address of the page, or of one run on it.
func pageURL(l net.Listener, run string) string {
	address := l.Addr().String()
	if host, port, err := net.SplitHostPort(address); err == nil && net.ParseIP(host).IsUnspecified() {
		address = net.JoinHostPort("localhost", port) // or any other of its names
	}
	url := "http://" + address + "/"
	if run != "" {
		url += "#/run/" + run
	}
	return url
}

// browse opens an address in the browser, if there is one to be found.
func browse(url string) {
	command := []string{"xdg-open", url}
	switch runtime.GOOS {
	case "darwin":
		command[0] = "open"
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", url}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
	}
	cmd := exec.Command(command[0], command[1:]...)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // its exit says nothing of the browser
	}
}

// webPage shows one run of this process while it is searched, and after that
// until the user ends it.
type webPage struct {
	desk *desk
	hide func() // the run is not worked on any more
	l    net.Listener
	stop context.CancelFunc
	done chan error
}

// openPage serves a page for a run that is about to begin.
func openPage(ctx context.Context, w *work, f *searchFlags, note func(string)) (*webPage, error) {
	l, err := listenAt(ctx, pageAddress, "")
	if err != nil { // the usual place is taken
		if l, err = listenAt(ctx, "127.0.0.1:0", ""); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &webPage{desk: newDesk(ctx, w.store, f, l.Addr().String(), "", note), l: l, stop: stop, done: make(chan error, 1)}
	p.hide = p.desk.show(w)
	go func() { p.done <- p.desk.server.Serve(ctx, l) }()
	url := pageURL(l, w.run.ID)
	note("the search is shown at " + url)
	browse(url)
	return p, nil
}

// linger keeps the page open after the search until ctx is done.
func (p *webPage) linger(ctx context.Context, note func(string)) {
	if ctx.Err() == nil {
		note(fmt.Sprintf("the page stays at %s until Ctrl-C", strings.TrimSuffix(pageURL(p.l, ""), "/")))
		<-ctx.Done()
	}
}

// close ends the page, and the searches that were begun there.
func (p *webPage) close() error {
	p.stop()
	p.desk.busy.Wait()
	select {
	case err := <-p.done:
		if errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	case <-time.After(2 * time.Second):
		return nil
	}
}
