package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// grace is how long open requests may take when the server is to end.
const grace = time.Second

// Serve serves a listener until ctx is done, and then returns within about a
// second, whatever is still open. The error is nil if ctx ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.mu.Lock()
	s.listens = l.Addr().String()
	s.mu.Unlock()
	server := &http.Server{
		Handler: s, ErrorLog: s.opt.Log,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("serving %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.once.Do(func() { close(s.quit) }) // the streams end by themselves
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(short)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	<-done
	if err != nil {
		return fmt.Errorf("ending the server at %s: %w", l.Addr(), err)
	}
	return nil
}

// address is where the server listens; port 0 becomes the one it got.
func (s *Server) address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listens != "" {
		// The name that was asked for, with the port that it has.
		host, _, err := net.SplitHostPort(s.opt.Listen)
		if _, port, err2 := net.SplitHostPort(s.listens); err == nil && err2 == nil {
			return net.JoinHostPort(host, port)
		}
		return s.listens
	}
	return s.opt.Listen
}
