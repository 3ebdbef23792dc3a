package web

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func page(t *testing.T, p Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageIsWhole(t *testing.T) {
	got := page(t, Page{Row: map[string]any{"run": "R1"}})
	for _, wish := range []string{"src=", "import ", "{{token}}", "http://", "fetch(\"http"} {
		// Namespaces and the address of a project are names, nothing is fetched from there.
		text := regexp.MustCompile(`http://www\.w3\.org/2000/svg|https://d3js\.org\S*`).ReplaceAllString(got, "")
		if strings.Contains(text, wish) {
			t.Errorf("the page holds %q: it must need nothing from outside", wish)
		}
	}
	if n := strings.Count(got, "</script"); n != 3 {
		t.Errorf("%d ends of scripts, there are three scripts", n)
	}
}

func TestPageForbidsOtherScripts(t *testing.T) {
	got := page(t, Page{})
	policy := regexp.MustCompile(`content="(default-src [^"]*)"`).FindStringSubmatch(got)
	if policy == nil {
		t.Fatal("no policy")
	}
	for _, kind := range []struct{ name, begin, end string }{
		{"script-src", `<script type="module">`, "</script>"}, {"style-src", "<style>", "</style>"},
	} {
		_, rest, _ := strings.Cut(got, kind.begin)
		text, _, _ := strings.Cut(rest, kind.end)
		if want := kind.name + " '" + hash(text) + "';"; !strings.Contains(policy[1], want) {
			t.Errorf("policy %q lacks %s: the browser would refuse the page's own text", policy[1], want)
		}
	}
	if strings.Contains(policy[1], "unsafe") {
		t.Errorf("policy %q", policy[1])
	}
}

// Whatever the texts of a run hold, they are behind base64 and can't end the
// script that holds them.
func TestPageHidesHostileTexts(t *testing.T) {
	hostile := `</script><script>alert(1)</script><!-- ]]> ` + "\u202e\x00\xff"
	got := page(t, Page{Row: map[string]any{"problem": hostile}, Events: []string{hostile}})
	if strings.Contains(got, "alert(1)") {
		t.Error("a text of the run stands in the page as it is")
	}
	_, rest, _ := strings.Cut(got, `id="ponder-events">`)
	data, _, _ := strings.Cut(rest, "<")
	packed, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var back struct{ Events []string }
	if err := json.NewDecoder(zip).Decode(&back); err != nil {
		t.Fatal(err)
	}
	want := []string{strings.ToValidUTF8(hostile, "\ufffd")}
	if diff := cmp.Diff(want, back.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestBundle(t *testing.T) {
	files := fstest.MapFS{
		"a.js": {Data: []byte("import { f as g, h } from \"./b.js\";\nimport * as c from \"./c.js\";\nimport { x } from \"./min.js\";\ng(h, c.k, x);\n")},
		"b.js": {Data: []byte("import * as c from \"./c.js\";\nexport function f() {}\nexport async function h() { return c; }\n")},
		"c.js": {Data: []byte("export const k = 1;\nexport class D {}\n")},

		"min.js": {Data: []byte("var a=1,b=2;export{a as x,b};\n")},
	}
	got, err := bundle(files, "a.js")
	if err != nil {
		t.Fatal(err)
	}
	want := `const modules = {};
modules["c.js"] = (() => {
const k = 1;
class D {}

return { k, D };
})();
modules["b.js"] = (() => {
const c = modules["c.js"];
function f() {}
async function h() { return c; }

return { f, h };
})();
modules["min.js"] = (() => {
var a=1,b=2;

return { x: a, b: b };
})();
modules["a.js"] = (() => {
const { f: g, h } = modules["b.js"];
const c = modules["c.js"];
const { x } = modules["min.js"];
g(h, c.k, x);

return {  };
})();
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBundleRefuses(t *testing.T) {
	for name, source := range map[string]string{
		"an import of a default":      "import a from \"b\";\n",
		"an export of a list":         "export { a };\n",
		"the end of a script":         "const a = \"</script>\";\n",
		"a comment's beginning":       "const a = \"<!--\";\n",
		"a module that is not there":  "import { a } from \"./gone.js\";\n",
		"an export of a default":      "export default 1;\n",
		"a variable that may change":  "export let a = 1;\n",
		"an import for its effect":    "import \"./a.js\";\n",
		"an import of another origin": "import { a } from \"https://example.org/a.js\";\n",
	} {
		if _, err := bundle(fstest.MapFS{"a.js": {Data: []byte(source)}}, "a.js"); err == nil {
			t.Errorf("%s was bundled", name)
		}
	}
}

// The served page loads nothing but its own files, all of which are there.
func TestFilesAreWhole(t *testing.T) {
	index, err := fs.ReadFile(Files, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(string(index), -1)
	if len(found) < 3 {
		t.Fatalf("%d references in index.html", len(found))
	}
	for _, m := range found {
		name, ours := strings.CutPrefix(m[1], "assets/")
		if m[1] == "data:," || strings.HasPrefix(m[1], "#") {
			continue
		}
		if !ours {
			t.Errorf("index.html refers to %s", m[1])
		} else if _, err := fs.Stat(Files, name); err != nil {
			t.Error(err)
		}
	}
	if !strings.Contains(string(index), `content="{{token}}"`) {
		t.Error("index.html has no place for the token")
	}
}
