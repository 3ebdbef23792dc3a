// Package web is the page that shows a search in a browser: as files for a
// server, and as one file that needs none.
//
// The page is hand-written ES modules without a build step. d3-hierarchy.js is
// d3-hierarchy 3.1.3 by Mike Bostock, under the ISC licence that stands beside
// it; everything else is ours.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

//go:embed assets
var assets embed.FS

// Files are those of the page, index.html at their root. In it, {{token}}
// stands for the token that requests have to bring.
var Files = func() fs.FS {
	sub, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}()

// Page is a run as a file of its own tells it. Its members are what the server
// of the live page would answer.
type Page struct {
	Row    any // the run, as in the list of runs
	Tree   any // a view.Record
	Events any // all events, in order
	Calls  any // the model calls behind them
}

// Write writes one HTML file with everything in it. It asks for nothing from
// outside, and its content security policy forbids every script but its own.
func (p Page) Write(w io.Writer) error {
	// A large tree is drawn before anybody asks how it came about.
	data, err := pack(map[string]any{"row": p.Row, "tree": p.Tree})
	if err != nil {
		return fmt.Errorf("packing the run: %w", err)
	}
	events, err := pack(map[string]any{"events": p.Events, "calls": p.Calls})
	if err != nil {
		return fmt.Errorf("packing the events of the run: %w", err)
	}
	script, err := bundle(Files, "app.js")
	if err != nil {
		return fmt.Errorf("bundling the page: %w", err)
	}
	style, err := fs.ReadFile(Files, "style.css")
	if err != nil {
		return err
	}
	policy := fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		hash(script), hash(string(style)))
	page, err := fs.ReadFile(Files, "index.html")
	if err != nil {
		return err
	}
	inline := []string{
		`<meta name="ponder-token" content="{{token}}">`, `<meta http-equiv="Content-Security-Policy" content="` + policy + `">`,
		`<link rel="stylesheet" href="assets/style.css">`, "<style>" + string(style) + "</style>",
		`<script type="module" src="assets/app.js"></script>`, `<script type="module">` + script + "</script>",
		"</main>", "</main>\n" +
			`<script type="text/plain" id="ponder-data">` + data + "</script>\n" +
			`<script type="text/plain" id="ponder-events">` + events + "</script>",
	}
	for i := 0; i < len(inline); i += 2 {
		if bytes.Count(page, []byte(inline[i])) != 1 {
			return fmt.Errorf("index.html has no %s, or more than one", inline[i])
		}
	}
	_, err = strings.NewReplacer(inline...).WriteString(w, string(page))
	return err
}

// pack makes text of the data in which no markup can stand.
func pack(data any) (string, error) {
	var b bytes.Buffer
	to := base64.NewEncoder(base64.StdEncoding, &b)
	zip := gzip.NewWriter(to)
	if err := json.NewEncoder(zip).Encode(data); err != nil {
		return "", err
	}
	if err := zip.Close(); err != nil {
		return "", err
	}
	if err := to.Close(); err != nil {
		return "", err
	}
	return b.String(), nil
}

// hash is the source expression of an inline text in a policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// bundle makes one script of a module and those it imports, for a browser loads
// no modules from disk. It reads the few forms of import and export that the
// assets use: each on a line of its own.
func bundle(files fs.FS, entry string) (string, error) {
	b := bundler{files: files, done: map[string]bool{}}
	b.text.WriteString("const modules = {};\n")
	if err := b.add(entry); err != nil {
		return "", err
	}
	return b.text.String(), nil
}

type bundler struct {
	files fs.FS
	done  map[string]bool
	text  strings.Builder
}

func (b *bundler) add(name string) error {
	if b.done[name] {
		return nil
	}
	b.done[name] = true
	source, err := fs.ReadFile(b.files, name)
	if err != nil {
		return err
	}
	if strings.Contains(string(source), "</script") || strings.Contains(string(source), "<!--") {
		return fmt.Errorf("%s can't stand inside a page", name)
	}
	var body strings.Builder
	var exports []string
	for line := range strings.Lines(string(source)) {
		out, from, names, err := translate(line)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if from != "" {
			if err := b.add(from); err != nil {
				return err
			}
		}
		exports = append(exports, names...)
		body.WriteString(out)
	}
	fmt.Fprintf(&b.text, "modules[%q] = (() => {\n%s\nreturn { %s };\n})();\n", name, body.String(), strings.Join(exports, ", "))
	return nil
}

// translate makes a line of a module one of a function: what it imports, and
// which names it exports.
func translate(line string) (out, from string, exports []string, err error) {
	switch {
	case strings.HasPrefix(line, "import "):
		what, file, ok := strings.Cut(strings.TrimSuffix(strings.TrimSpace(line[len("import "):]), `";`), ` from "./`)
		if !ok {
			return "", "", nil, fmt.Errorf("unknown form of import: %s", line)
		}
		if all, ok := strings.CutPrefix(what, "* as "); ok {
			what = all
		}
		what = strings.ReplaceAll(what, " as ", ": ")
		return fmt.Sprintf("const %s = modules[%q];\n", what, file), file, nil, nil
	case strings.HasPrefix(line, "export "):
		rest := line[len("export "):]
		words := strings.FieldsFunc(strings.TrimPrefix(rest, "async "), func(r rune) bool { return strings.ContainsRune(" ({=;", r) })
		if len(words) < 2 || words[0] != "function" && words[0] != "class" && words[0] != "const" {
			return "", "", nil, fmt.Errorf("unknown form of export: %s", line)
		}
		return rest, "", []string{words[1]}, nil
	}
	// The end of a minified module.
	if code, list, ok := strings.Cut(line, ";export{"); ok {
		for pair := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(list), "};"), ",") {
			name, as, ok := strings.Cut(pair, " as ")
			if !ok {
				as = name
			}
			exports = append(exports, as+": "+name)
		}
		return code + ";\n", "", exports, nil
	}
	return line, "", nil, nil
}
