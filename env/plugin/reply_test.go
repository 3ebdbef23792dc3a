package plugin

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/ponder-mcts/ponder/env/child"
)

// Whatever a plug-in answers, it is refused as garbled or makes a state that keeps to
// the bounds.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		`{"id":1,"state":{"data":1,"text":"x","over":true,"reward":1}}`, `{"id":1,"state":{"data":null,"text":"x"}}`,
		`{"id":1,"state":{"data":{},"text":"\u001b[31m"}}`, `{"id":1,"state":{"data":0,"text":"x","reward":1e999}}`, `{"state":{"estimate":-1,"data":1,"text":"y"}}`,
		`{"state":{"player":7,"data":1,"text":"y"}}`, `[]`, `{"state":[]}`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var r reply
		if json.Unmarshal(line, &r) != nil {
			return
		}
		s := &state{env: &Env{info: Info{Players: 2, Finite: true}}}
		w := &worker{pool: &pool{}, known: map[*state]json.RawMessage{}}
		if err := s.fill(w, &r); err != nil {
			if !errors.Is(err, child.ErrGarbled) || len(err.Error()) > 1000 {
				t.Fatalf("%s: %v", line, err)
			}
			return
		}
		typed := s.typed()
		o, _ := typed.Outcome()
		if typed.String() == "" || typed.String() != clean(typed.String()) || !(o.Reward >= 0 && o.Reward <= 1) || len(w.known[s]) == 0 {
			t.Fatalf("%s makes the state %q, %+v", line, typed, o)
		}
	})
}
