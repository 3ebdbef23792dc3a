package llm_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

var taped = llm.Identity{Name: "m", Digest: "sha256:d"}

// record makes a tape of some calls.
func record(t testing.TB, prompts ...string) []byte {
	t.Helper()
	var tape bytes.Buffer
	r, err := llm.NewRecorder(&tape, []llm.TapeModel{{Identity: taped, Bare: true}}, &llm.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	model := llmtest.Script(func(r llm.Request) (llm.Completion, error) {
		c := llmtest.Say("reply to " + r.Prompt)
		c.Tokens[0].Top = []llm.Alternative{{Text: "\xe2\x82", Logprob: -0.25}, {Text: "no", Logprob: math.Inf(-1)}}
		return c, nil
	})
	kept := llm.NewKept(model, taped, r, nil)
	for _, p := range prompts {
		if _, err := kept.Free(kept).Generate(context.Background(), llm.Request{Prompt: p, Stop: []string{"\n"}}); err != nil {
			t.Fatal(err)
		}
	}
	return tape.Bytes()
}

func TestCassette(t *testing.T) {
	tape := record(t, "one", "two\xff", "one")
	const golden = "testdata/cassette.jsonl"
	if *update {
		if err := os.WriteFile(golden, tape, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if d := cmp.Diff(string(want), string(tape)); d != "" {
		t.Errorf("the format has changed (-golden +now):\n%s", d)
	}
	c, err := llm.ReadCassette(bytes.NewReader(tape))
	if err != nil {
		t.Fatal(err)
	}
	if c.Len() != 2 || c.Truncated {
		t.Errorf("%d calls, truncated %v", c.Len(), c.Truncated)
	}
	if d := cmp.Diff([]llm.TapeModel{{Identity: taped, Bare: true}}, c.Models()); d != "" {
		t.Errorf("models (-want +got):\n%s", d)
	}
	model := c.Model(taped)
	got, err := model.Generate(t.Context(), llm.Request{Prompt: "two\xff", Stop: []string{"\n"}})
	if err != nil || got.Text != "reply to two\xff" || got.Tokens[0].Top[0].Text != "\xe2\x82" || !math.IsInf(got.Tokens[0].Top[1].Logprob, -1) {
		t.Errorf("%+v, %v", got, err)
	}
	for name, ask := range map[string]struct {
		id  llm.Identity
		req llm.Request
	}{
		"another prompt": {taped, llm.Request{Prompt: "three", Stop: []string{"\n"}}},
		"another option": {taped, llm.Request{Prompt: "one"}},
		"another model":  {llm.Identity{Name: "m", Digest: "sha256:e"}, llm.Request{Prompt: "one", Stop: []string{"\n"}}},
	} {
		_, err := c.Model(ask.id).Generate(t.Context(), ask.req)
		if !errors.Is(err, llm.ErrNotOnTape) || !errors.Is(err, llm.ErrUnavailable) || !strings.Contains(err.Error(), ask.req.Prompt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := model.Generate(ctx, llm.Request{Prompt: "one", Stop: []string{"\n"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestReadCassetteRefuses(t *testing.T) {
	tape := string(record(t, "one", "two"))
	lines := strings.SplitAfter(tape, "\n")
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "empty"},
		{"no header: it may be any JSON", lines[1] + lines[2], "line 1"},
		{"a later version", strings.Replace(tape, `"ponder_cassette":1`, `"ponder_cassette":2`, 1), "version 2"},
		{"no JSON", lines[0] + "garbage\n" + lines[1], "line 2"},
		{"an empty line", lines[0] + "\n" + lines[1], "line 2"},
		{"a reply under another's key", lines[0] + strings.Replace(lines[1], `"prompt":"one"`, `"prompt":"0ne"`, 1), "key"},
		{"two replies to one request", lines[0] + lines[1] + strings.Replace(lines[1], "reply to one", "reply to 0ne", 1), "two different replies"},
		{"a log-probability above 0", lines[0] + strings.Replace(lines[1], `"p":-0.25`, `"p":25`, 1), "log-probability"},
		{"a field too many", lines[0] + strings.Replace(lines[1], `{"key"`, `{"verified":true,"key"`, 1), "unknown field"},
		{"two values on a line", lines[0] + strings.TrimSpace(lines[1]) + lines[2], "behind it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := llm.ReadCassette(strings.NewReader(tt.text))
			if !errors.Is(err, llm.ErrCassette) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want ErrCassette with %q", err, tt.want)
			}
		})
	}
	// The recorder was killed in the middle of the last line.
	c, err := llm.ReadCassette(strings.NewReader(tape[:len(tape)-20]))
	if err != nil || !c.Truncated || c.Len() != 1 {
		t.Errorf("cut short: %+v, %v", c, err)
	}
	// The same call twice, as two recorders in a row make it, is fine.
	if c, err := llm.ReadCassette(strings.NewReader(tape + lines[1])); err != nil || c.Len() != 2 {
		t.Errorf("a call twice: %v", err)
	}
}

// fullDisk takes so many writes.
type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left--; d.left < 0 {
		return len(p) / 2, errFull
	}
	return len(p), nil
}

func TestRecorderTellsOfAFullDisk(t *testing.T) {
	if _, err := llm.NewRecorder(&fullDisk{}, nil, &llm.Memory{}); !errors.Is(err, errFull) {
		t.Errorf("header: %v", err)
	}
	memory := &llm.Memory{}
	r, err := llm.NewRecorder(&fullDisk{left: 2}, nil, memory)
	if err != nil {
		t.Fatal(err)
	}
	kept := llm.NewKept(llmtest.Script(func(r llm.Request) (llm.Completion, error) { return llmtest.Say("ok"), nil }), taped, r, nil)
	for i, want := range []bool{true, false, false} {
		req := llm.Request{Prompt: fmt.Sprint(i)}
		_, err := kept.Generate(t.Context(), req)
		if (err == nil) != want || err != nil && !errors.Is(err, llm.ErrKeep) {
			t.Errorf("call %d: %v", i, err)
		}
		// What was paid for is kept behind the tape all the same.
		if _, found, _ := memory.Find(t.Context(), llm.KeyOf(taped, req)); !found {
			t.Errorf("call %d is lost", i)
		}
	}
}

func FuzzReadCassette(f *testing.F) {
	tape := record(f, "one", "two\xff")
	f.Add(tape)
	f.Add(tape[:len(tape)/2])
	f.Add([]byte(`{"ponder_cassette":1,"models":null}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := llm.ReadCassette(bytes.NewReader(text))
		if err != nil {
			if c != nil {
				t.Error("a cassette beside an error")
			}
			return
		}
		again, err := llm.ReadCassette(bytes.NewReader(text))
		if err != nil || again.Len() != c.Len() || again.Truncated != c.Truncated {
			t.Errorf("read again: %+v, %v", again, err)
		}
	})
}

func ExampleCassette() {
	var tape bytes.Buffer
	id := llm.Identity{Name: "m", Digest: "d"}
	recorder, err := llm.NewRecorder(&tape, []llm.TapeModel{{Identity: id}}, &llm.Memory{})
	if err != nil {
		fmt.Println(err)
		return
	}
	model := llm.NewKept(llmtest.Script(func(llm.Request) (llm.Completion, error) { return llmtest.Say("yes"), nil }), id, recorder, nil)
	if _, err := model.Generate(context.Background(), llm.Request{Prompt: "Is it?"}); err != nil {
		fmt.Println(err)
	}

	cassette, err := llm.ReadCassette(&tape)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := cassette.Model(id).Generate(context.Background(), llm.Request{Prompt: "Is it?"})
	fmt.Println(c.Text, err)
	_, err = cassette.Model(id).Generate(context.Background(), llm.Request{Prompt: "Is it not?"})
	fmt.Println(errors.Is(err, llm.ErrNotOnTape))
	// Output:
	// yes <nil>
	// true
}
