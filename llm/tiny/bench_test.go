package tiny

import (
	"fmt"
	"testing"

	"github.com/ponder-mcts/ponder/llm"
)

// BenchmarkDecode measures generation at the embedded model's dimensions, after
// a prompt that the cache knows.
func BenchmarkDecode(b *testing.B) {
	for _, streams := range []int{1, 8} {
		b.Run(fmt.Sprintf("stream%d", streams), func(b *testing.B) {
			m := endless(b)
			reqs := make([]llm.Request, streams)
			for i := range reqs {
				reqs[i] = llm.Request{Prompt: "4 9 10 13 > 24\n", MaxTokens: 32}
			}
			tokens := 0
			for b.Loop() {
				all, err := m.GenerateBatch(b.Context(), reqs)
				if err != nil {
					b.Fatal(err)
				}
				for _, c := range all {
					tokens += c.Usage.CompletionTokens
				}
			}
			b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tok/s")
		})
	}
}

// BenchmarkPrompt measures the evaluation of prompts that the cache does not
// know, with one token of completion each.
func BenchmarkPrompt(b *testing.B) {
	m := endless(b)
	tokens := 0
	for i := 0; b.Loop(); i++ {
		// 90 first letters are more than the cache has slots.
		c, err := m.Generate(b.Context(), llm.Request{
			Prompt: fmt.Sprintf("%c 4 9 10 13 > 24 ?\n", '!'+i%90), MaxTokens: 1})
		if err != nil {
			b.Fatal(err)
		}
		tokens += c.Usage.PromptTokens
	}
	b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tok/s")
}

// BenchmarkStep shows what a step of n sequences costs beyond its tokens.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{1, 2, 4, 8, 16, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := endless(b)
			slots := make([]slot, n)
			rows := make([]row, n)
			for i := range rows {
				rows[i] = row{slot: &slots[i], token: 'a', wanted: true}
			}
			for i := 0; b.Loop(); i++ {
				for j := range rows {
					rows[j].pos = i % 32
				}
				m.weights.forward(&m.work, rows)
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "tok/s")
		})
	}
}
