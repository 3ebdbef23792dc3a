package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// minToken is the shortest token that keeps strangers out.
const minToken = 16

// CheckListen reports why a server may not listen on an address with a token:
// beyond this machine it needs one that can't be guessed.
func CheckListen(addr, token string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--listen %q is no address: give for example --listen 127.0.0.1:8080", addr)
	}
	if !loopback(host) && len(token) < minToken {
		return fmt.Errorf("--listen %s lets other machines in: give a secret of at least %d characters with --token, or --listen 127.0.0.1:PORT", addr, minToken)
	}
	return nil
}

// Serve answers requests on a listener, which it closes, until ctx is done; then
// streams end at once and other requests have most of a second. It may be called
// once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	if err := CheckListen(ln.Addr().String(), s.opt.Token); err != nil {
		return errors.Join(err, ln.Close())
	}
	logger := s.opt.Log
	if logger == nil {
		logger = log.New(io.Discard, "", 0)
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          logger,
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		s.once.Do(func() { close(s.quit) })
		return errors.Join(fmt.Errorf("serve: %w", err), srv.Close())
	case <-ctx.Done():
	}
	s.once.Do(func() { close(s.quit) })
	grace, done := context.WithTimeout(base, 800*time.Millisecond)
	defer done()
	err := srv.Shutdown(grace)
	cancel()
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close() // what is left was warned
	}
	<-failed
	if err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}
