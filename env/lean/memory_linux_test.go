package lean

import (
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env/proof"
)

func TestMemoryLimit(t *testing.T) {
	s := loaded("p q r : Prop\n⊢ p → p")
	s.Rules = []simRule{{Tactic: "boom", Fault: "memory"}}
	e, dir := open(t, s, func(c *Config) { c.Memory = 150 << 20 })
	f := refusal(t, e, rootOf(t, e), "boom")
	if f.Class != proof.Memory || !strings.Contains(f.Text, "MB") {
		t.Errorf("the failure is %+v", f)
	}
	walk(t, e, rootOf(t, e), "intro h", "exact h")
	if n := len(pids(t, dir)); n != 2 {
		t.Errorf("%d processes", n)
	}
}
