package view

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/event"
)

func TestExportGolden(t *testing.T) {
	for _, name := range []string{"game24", "dag"} {
		tree := fold(t, load(t, name))
		for format, out := range exports(t, tree) {
			golden(t, "export-"+name+"."+format, out.String())
		}
	}
	for format, out := range exports(t, fold(t, load(t, "game24")).Prune(PruneOptions{Top: 1, Depth: 2})) {
		golden(t, "export-pruned."+format, out.String())
	}
}

// Before the first event there is nothing to draw, and nothing wrong.
func TestExportNothing(t *testing.T) {
	for format, out := range exports(t, new(Tree)) {
		checkExport(t, format, out.Bytes())
	}
}

// breakouts are texts that break out of formats that are written carelessly.
var breakouts = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `]]>`, `</script>`, `<!--`, `-->`, `<![CDATA[`,
	`&amp;&lt;&#60;&quot;`, "\u202egnp.exe\u2066\u200f", "\x1b[31mred\x1b[0m\x1b]0;title\a\u009b2J", "line\nnext\r\nthird\u2028fourth",
	"\xff\xfe\xed\xa0\x80invalid", "\x00\x01\x7f\ufffe\uffff", `ends with "`, `ends with \`, `\" \\" \N \G \l`, "`back` ticks", "1. list", "- item", "# heading",
	`=cmd|' /C calc'!A0`, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1+1", `'=1`, "a,b;c\td", `"quoted","fields"`,
	"end", "style x:y #a;", "classDef a:b #c;", "%%{init: {}}%%", "subgraph x", "graph TD", "click n0 href \"javascript:alert(1)\"", "ﬂ°°60¶ß", "#60;#quot;", "A --> B", "[x](y)", "|", "]]", "%% comment", "🧮 数独 ∀ n",
	"", " ", strings.Repeat("x", 1<<20), strings.Repeat("\x1b]", 1<<19), strings.Repeat("e\u0301", 1<<18), strings.Repeat("<&\"", 1<<18),
}

// hostileTree has such a text in each place where one can be.
func hostileTree(t *testing.T) *Tree {
	log := star(len(breakouts), func(i int) string { return breakouts[i] })
	all := strings.Join(breakouts[:20], " ")
	log[0].Started.Env, log[0].Started.Problem, log[0].Started.Root.State = all, all, all
	log[0].Started.Run, log[0].Started.Model, log[0].Started.Strategy = breakouts[0], breakouts[1], breakouts[14]
	for i := range log[1].Grown.New {
		log[1].Grown.New[i].State = breakouts[i]
	}
	log = append(log, event.Event{Failed: &event.Failed{Node: 1, Reason: all}},
		event.Event{Ended: &event.Ended{Status: Unsolved, Reason: all, Line: []int32{3}}})
	return fold(t, number(log))
}

func TestExportHostile(t *testing.T) {
	tree := hostileTree(t)
	for format, out := range exports(t, tree) {
		checkExport(t, format, out.Bytes())
		if len := out.Len(); len > 300_000 && (format == "svg" || format == "dot") {
			t.Errorf("%s has %d bytes: texts are to be cut", format, len)
		}
	}
}

// The checks that FuzzReadTree relies on find what they are for.
func TestCheckExport(t *testing.T) {
	for _, tt := range []struct{ format, bad string }{
		{"svg", `<svg><script/></svg>`}, {"svg", `<svg><a href="x"/></svg>`}, {"svg", `<svg onload="x"/>`}, {"svg", `<svg>`}, {"svg", "<svg>\x01</svg>"},
		{"dot", "digraph ponder {\n  n0 [label=\"a\"b\"];\n}\n"}, {"mermaid", "flowchart LR\n  n0[\"<b>\"]:::none\n"}, {"mermaid", "flowchart LR\n" + strings.Repeat("  linkStyle 0 stroke:#111111,stroke-width:1.0px\n", 2000)},
		{"csv", "a,b\n=1,2\n"}, {"csv", "a,b\n1\n"}, {"json", "{"}, {"json", `{"nodes":[]}`}, {"svg", "<svg>\u202e</svg>"}, {"csv", "a\n\xff\n"},
	} {
		if exportFault(tt.format, []byte(tt.bad)) == nil {
			t.Errorf("%s: nothing wrong with %q", tt.format, tt.bad)
		}
	}
}

func checkExport(t *testing.T, format string, text []byte) {
	t.Helper()
	if err := exportFault(format, text); err != nil {
		t.Errorf("%s: %v in %.2000q", format, err, text)
	}
}

// The lines of which the texts of the formats are made.
var (
	dotString   = `"(?:[^"\\\n&]|&amp;|\\[\\"nl])*"`
	dotValue    = `(?:` + dotString + `|[A-Za-z0-9.,]+)`
	dotList     = ` \[[a-z]+=` + dotValue + `(?:, [a-z]+=` + dotValue + `)*\]`
	dotLine     = regexp.MustCompile(`^(?:digraph ponder \{|  (?:[a-z]+\d*|n\d+ -> [a-z]+\d+)` + dotList + `;|\})$`)
	mermaidWord = `"[A-Za-z0-9 ]*(?:(?:#\d+;|<br>)[A-Za-z0-9 ]*)*"`
	mermaidLine = regexp.MustCompile(`^(?:flowchart LR|  (?:n\d+\[{1,2}` + mermaidWord + `\]{1,2}:::[a-z]+\d*|n\d+ (?:-->|==>|-\.->)\|` + mermaidWord + `\| n\d+|n\d+ -\.- m\d+\(\[` + mermaidWord + `\]\)|linkStyle \d+ [a-z:,#0-9.-]+|classDef [a-z]+\d* [a-z:,#0-9 -]+))$`)
)

// A spreadsheet takes the first for formulas, and the second for what they are.
var (
	formula     = regexp.MustCompile(`^\s*[=+\-@＝＋－＠]`)
	plainNumber = regexp.MustCompile(`^-?[0-9.e-]+$`)
)

// exportFault says what is wrong with a text of a format.
func exportFault(format string, text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("invalid UTF-8")
	}
	if bytes.ContainsFunc(text, func(r rune) bool { return r != '\n' && dangerous(r) }) {
		return errors.New("a control character")
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	switch format {
	case "svg":
		return svgFault(text)
	case "dot":
		for _, l := range lines {
			if !dotLine.MatchString(l) {
				return errors.New("the line " + l)
			}
		}
	case "mermaid":
		for _, l := range lines {
			if !mermaidLine.MatchString(l) {
				return errors.New("the line " + l)
			}
		}
		if edges := strings.Count(string(text), "\n  linkStyle") + strings.Count(string(text), " -.- "); len(text) > 50_000 || edges > 500 {
			return errors.New("more than Mermaid takes")
		}
	case "csv":
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			return err
		}
		if len(rows) != len(lines) {
			return errors.New("a row of several lines")
		}
		for _, row := range rows {
			for _, cell := range row {
				if formula.MatchString(cell) && !plainNumber.MatchString(cell) {
					return errors.New("the formula " + cell)
				}
			}
		}
	case "json":
		r, err := ReadRecord(bytes.NewReader(text))
		if err == nil && len(r.Nodes) > 0 {
			_, err = r.Tree()
		}
		return err
	}
	return nil
}

// svgFault holds a picture to strict XML of elements that can't act.
func svgFault(text []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(text))
	for dec.Strict = true; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "svg", "title", "g", "rect", "text", "path", "circle", "defs", "linearGradient", "stop":
		default:
			return errors.New("the element " + start.Name.Local)
		}
		for _, a := range start.Attr {
			if n := a.Name.Local; strings.HasPrefix(n, "on") || n == "href" || n == "style" {
				return errors.New("the attribute " + n)
			}
		}
	}
}
