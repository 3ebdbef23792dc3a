package tiny

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/ponder-mcts/ponder/llm"
)

func TestEmbeddedModelKnowsItsGame(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ prompt, want string }{
		{"3 8 > 24\n", "8*3=24\n"},
		{"11 13 > 24\n", "13+11=24\n"},
		{"3 8 > 24 ?\n", "yes\n"},
		{"1 1 > 24 ?\n", "no\n"},
	}
	for _, test := range tests {
		got, err := m.Generate(t.Context(), llm.Request{Prompt: test.prompt})
		if err != nil {
			t.Fatal(err)
		}
		if got.Text != test.want || got.Stop != llm.Stop {
			t.Errorf("%q: %q, %s; expected %q", test.prompt, got.Text, got.Stop, test.want)
		}
	}
}

func TestEmbeddedIsOpenedOnce(t *testing.T) {
	first, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := Embedded(); second != first {
		t.Error("a second call gives another model")
	}
}

func ExampleEmbedded() {
	m, err := Embedded()
	if err != nil {
		panic(err)
	}
	c, err := m.Generate(context.Background(), llm.Request{
		Prompt:      "3 8 > 24 ?\n",
		Stop:        []string{"\n"},
		TopLogprobs: 2,
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(c.Text, c.Usage.PromptTokens)
	fmt.Printf("most probable first token: %q\n", c.Tokens[0].Top[0].Text)
	// Output:
	// yes 12
	// most probable first token: "y"
}

func ExampleOpen() {
	file, err := os.ReadFile("ponder-tiny.gguf")
	if err != nil {
		panic(err)
	}
	m, err := Open(file)
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Context(), "tokens")
	// Output: 128 tokens
}

func ExampleModel_GenerateBatch() {
	m, err := Embedded()
	if err != nil {
		panic(err)
	}
	all, err := m.GenerateBatch(context.Background(), []llm.Request{
		{Prompt: "3 8 > 24\n"},
		{Prompt: "1 1 > 24 ?\n"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%q, %q\n", all[0].Text, all[1].Text)
	// Output: "8*3=24\n", "no\n"
}
