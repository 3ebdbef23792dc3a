package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "folder that gets the pictures of the README; nothing is drawn without it")

// TestPictures makes the pictures of README and docs; see make pictures.
func TestPictures(t *testing.T) {
	out := *pictures
	if out == "" {
		out = t.TempDir() // they can be made, at least
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	s := startServe(t)
	for _, args := range [][]string{
		{"--max-calls", "40", "game24", "4 7 8 8"},
		{"--max-calls", "60", "--strategy", "puct", "game24", "4 5 9 10"},
		{"--max-calls", "30", "--strategy", "uct", "game24", "2 3 5 12"},
		{"--max-calls", "60", "game24", "4 5 9 10"},
		{"--model", "none", "game24", "1 1 1 1"},
		{"--model", "none", "--simulations", "3000", "connect4", "35572662"},
		{"--max-calls", "120", "--critic", "yesno", "--strategy", "puct", "game24", "3 3 8 8"},
	} {
		if code, _, stderr := invoke(t.Context(), t, append([]string{"solve", "--quiet", "--db", s.db}, args...)...); code > 1 {
			t.Fatal(stderr)
		}
	}
	b := newTab(t, 1280, 760)
	b.open(s.url, ".list tbody tr")
	b.until(`document.querySelectorAll(".list tbody tr").length === 7 && !document.querySelector(".starter").hidden`)
	b.shot(filepath.Join(out, "runs.png"))

	id := func(row int) string {
		return eval[string](b, fmt.Sprintf(`document.querySelectorAll(".list tbody a")[%d].dataset.run`, row))
	}
	last, left, right := id(0), id(3), id(5)
	b.open(s.url+"#/run/"+last, ".card")
	b.until(`document.querySelectorAll("[data-node]").length > 10`)
	eval[chromedp.Void](b, `(() => { const v = ponder.views[0]; const t = v.history.tree; v.canvas.pick(t.line().map((e) => e.to).find((n) => n.usage.asked.length > 0) ?? t.root); v.canvas.fit(); })()`)
	b.until(`document.querySelectorAll("details.call pre").length > 0 && !ponder.views[0].canvas.pending`)
	b.shot(filepath.Join(out, "page.png"))
	b.scheme("dark")
	eval[chromedp.Void](b, `ponder.views[0].tab("charts")`)
	b.until(`document.querySelectorAll("figure").length === 6`)
	b.shot(filepath.Join(out, "charts.png"))
	b.scheme("light")
	b.open(s.url+"#/compare/"+left+"/"+right, ".pair .card")
	b.until(`document.querySelectorAll(".compare-head path.plot").length === 2`)
	b.shot(filepath.Join(out, "compare.png"))
	if code, _, stderr := invoke(t.Context(), t, "export", "--db", s.db, "--format", "svg", "--min-visits", "1", "--top", "5", "-o", filepath.Join(out, "tree.svg"), last); code != 0 {
		t.Error(stderr)
	}
}
