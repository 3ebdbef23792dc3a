package prove

import (
	"context"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/proof"
)

// Context is what a model is told beside the goal: the nearest lemmas as a person
// reads them, earlier lemmas of the file with their proofs, and the definitions that
// the goal rests on. It implements ask.Premises and ask.Definitions for states that
// the portfolio has seen.
type Context struct {
	Portfolio *Portfolio
	Earlier   []Earlier
}

// mostEarlier bounds the earlier lemmas that a prompt chooses from: the last ones.
const mostEarlier = 60

// Premises implements ask.Premises.
func (c Context) Premises(s env.State) []proof.Premise {
	a := c.Portfolio.known(s)
	if a == nil {
		return nil
	}
	out := append([]proof.Premise{}, a.premises...)
	for _, e := range c.Earlier[max(0, len(c.Earlier)-mostEarlier):] {
		if len(e.Tactics) > 0 {
			out = append(out, proof.Premise{Name: e.Name, Statement: e.Statement, Proof: "Proof.\n" + strings.Join(e.Tactics, ".\n") + ".\nQed."})
		}
	}
	return out
}

// defining are the first words of sentences that define something.
var defining = map[string]bool{
	"Definition": true, "Fixpoint": true, "Inductive": true, "CoInductive": true, "Record": true, "Function": true, "CoFixpoint": true,
}

// Definitions implements ask.Definitions.
func (c Context) Definitions(s env.State) []string {
	a := c.Portfolio.known(s)
	if a == nil {
		return nil
	}
	var out []string
	for _, name := range a.symbols {
		if text, ok := c.Portfolio.Own[shortName(name)]; ok {
			out = append(out, text)
		}
	}
	return out
}

// definitions are the sentences that define something, by what that is.
func definitions(sentences []coq.Sentence) map[string]string {
	texts := map[string]string{}
	for _, x := range sentences {
		if words := strings.Fields(x.Text); len(words) > 2 && defining[words[0]] {
			texts[strings.TrimRight(words[1], ":")] = x.Text
		}
	}
	return texts
}

// known is the agenda of a state, if there is one that nobody is still at: what it says
// of the goal does not change any more.
func (p *Portfolio) known(s env.State) *agenda {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.agendas[s.Key()]; a != nil && a.filled {
		return a
	}
	return nil
}

// wordTime is the time that Coq has to print a statement.
const wordTime = time.Second

// words are the nearest lemmas as a person reads them. Each is asked for once.
func (l *Library) words(ctx context.Context, s *coq.State, near []Near) []proof.Premise {
	var out []proof.Premise
	for _, n := range near {
		l.mu.Lock()
		text, known := l.printed[n.Name]
		l.mu.Unlock()
		if !known {
			if said, err := l.env.Query(ctx, s, wordTime, "Check "+n.Name+"."); err == nil {
				_, text, _ = strings.Cut(strings.Join(said, " "), ":")
			}
			l.mu.Lock()
			l.printed[n.Name] = text
			l.mu.Unlock()
		}
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, proof.Premise{Name: n.Name, Statement: text})
		}
	}
	return out
}
