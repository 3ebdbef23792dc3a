package serve

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
)

// placeholder stands in index.html where the token of the server belongs.
const placeholder = "{{token}}"

// kinds are the content types of the page's files. The system's own table is
// not asked: it may call a script a text.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": jsonType,
	".map":  jsonType,
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".ico":  "image/x-icon",
	".txt":  "text/plain; charset=utf-8",
}

func (s *Server) file(name string) ([]byte, error) {
	missing := problem{http.StatusNotFound, fmt.Sprintf("there is no file %.80q", name)}
	if s.opt.Files == nil || !fs.ValidPath(name) {
		return nil, missing
	}
	info, err := fs.Stat(s.opt.Files, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, missing
	}
	text, err := fs.ReadFile(s.opt.Files, name)
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	return text, nil
}

// index is the page. It holds the token, so it is never kept or compressed.
func (s *Server) index(w http.ResponseWriter, _ *http.Request) error {
	page, err := s.file("index.html")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kinds[".html"])
	_, _ = w.Write(bytes.ReplaceAll(page, []byte(placeholder), []byte(s.csrf))) // a client that is gone
	return nil
}

func (s *Server) asset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	text, err := s.file(name)
	if err != nil {
		return err
	}
	kind := kinds[path.Ext(name)]
	if kind == "" {
		kind = "application/octet-stream"
	}
	if known(w, r, fmt.Sprintf(`"%x"`, sha256.Sum256(text))) {
		return nil
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(text) // a client that is gone
	return nil
}
