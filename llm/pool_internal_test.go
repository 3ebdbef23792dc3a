package llm

import (
	"fmt"
	"strings"
	"testing"
)

func TestRecentPrompts(t *testing.T) {
	p, err := NewPool(PoolOptions{Hosts: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	p.enter()
	defer p.leave()
	h := p.hosts[0]
	see := func(text string) { p.land(h, p.book(h, text)) }
	want := func(text string, n int, reason string) {
		t.Helper()
		if got := h.prefix(text); got != n {
			t.Errorf("prefix(%q) = %d, want %d: %s", text, got, n, reason)
		}
	}
	want("abc", 0, "nothing was seen")
	see("abcd")
	for range 2 * recentPrompts {
		see("ab")
	}
	want("abcx", 3, "a prompt again and again counts once")
	want("ab", 2, "")
	want("abcdef", 4, "")
	for i := range recentPrompts {
		see(fmt.Sprint(i))
	}
	want("abcx", 0, "others came since")
	if len(h.flights) != 0 || h.health != nil {
		t.Errorf("%d flights, lookout %v after the last has landed", len(h.flights), h.health)
	}
}

// What a pool adds to a call: to choose a host among some that have seen long
// prompts, to book it, and to land.
func BenchmarkPoolDispatch(b *testing.B) {
	for _, hosts := range []int{2, 8, 32} {
		b.Run(fmt.Sprint(hosts, " hosts"), func(b *testing.B) {
			opts := PoolOptions{OllamaOptions: OllamaOptions{Model: "m"}}
			for i := range hosts {
				opts.Hosts = append(opts.Hosts, fmt.Sprintf("host%d:11434", i))
			}
			p, err := NewPool(opts)
			if err != nil {
				b.Fatal(err)
			}
			prefix := strings.Repeat("a state that all prompts begin with; ", 50)
			n := 0
			for b.Loop() {
				p.enter()
				c := p.call(Request{Prompt: prefix + fmt.Sprint(n%100)})
				h, f, err := c.take(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				p.land(h, f)
				p.leave()
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/dispatch")
		})
	}
}
