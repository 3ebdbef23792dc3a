package envtest_test

import (
	"testing"

	"github.com/ponder-mcts/ponder/env/envtest"
	"github.com/ponder-mcts/ponder/env/registry"
)

func TestAll(t *testing.T) {
	for _, e := range registry.All() {
		t.Run(e.Name, func(t *testing.T) { envtest.Test(t, e.Env, e.Example) })
	}
}
