package prove

import "github.com/ponder-mcts/ponder/env/coq/vernac"

func identsOf(s string) []string { return vernac.Idents(s) }
