package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

// What a request may bring.
const (
	maxBody  = 64 << 10
	maxKeys  = 200
	maxEdges = 4096
	maxLimit = 100_000
)

// order is the body of a request to steer a run.
type order struct {
	Order string  `json:"order"`
	Edges []int32 `json:"edges"`
}

// parseOrder reads an order. Those for edges name some, those for the whole run
// none.
func parseOrder(text []byte) (order, error) {
	var o order
	if err := strict(text, &o); err != nil {
		return o, err
	}
	switch o.Order {
	case "pause", "resume", "stop":
		if len(o.Edges) > 0 {
			return o, wrong("%s is for the whole run: leave edges out", o.Order)
		}
	case event.Pin, event.Forbid, event.Free:
		if len(o.Edges) == 0 || len(o.Edges) > maxEdges {
			return o, wrong("%s is for 1 to %d edges, not %d", o.Order, maxEdges, len(o.Edges))
		}
		if slices.Min(o.Edges) < 0 {
			return o, wrong("edge %d: edges have numbers from 0", slices.Min(o.Edges))
		}
	default:
		return o, wrong("order %.40q: give pause, resume, stop, pin, forbid or free", o.Order)
	}
	return o, nil
}

// strict reads exactly one JSON value, which has no members that v lacks.
func strict(text []byte, v any) error {
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return wrong("the body can't be read: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return wrong("the body has more than one JSON value")
	}
	return nil
}

// parseKeys reads the addresses of model calls, each once, in order.
func parseKeys(list string) ([]string, error) {
	var keys []string
	if strings.Count(list, ",") >= maxKeys {
		return nil, wrong("more than %d keys", maxKeys)
	}
	for text := range strings.SplitSeq(list, ",") {
		var k llm.Key
		if err := k.UnmarshalText([]byte(text)); err != nil {
			return nil, wrong("key %.80q: %d hexadecimal digits are wanted", text, 2*len(k))
		}
		if key := k.String(); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// parseSeq reads the number of an event; none is 0.
func parseSeq(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, wrong("event %.40q is no number", text)
		}
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, wrong("event %.40q is too big a number", text)
	}
	return int(n), nil
}

// messageID is that of a message: the number of the last event, and of which log
// it is the number. Behind the same number of a log that was rewritten, other
// things have happened.
func messageID(at Cursor) string {
	if at.Mark == "" {
		return strconv.Itoa(at.Seq)
	}
	return strconv.Itoa(at.Seq) + ":" + at.Mark
}

// place is the event after which a stream goes on: a client that comes back
// says it in a header, which then is newer than the address.
func place(r *http.Request) (Cursor, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	return parsePlace(text)
}

// parsePlace reads what messageID wrote, or only a number.
func parsePlace(text string) (Cursor, error) {
	digits, mark, _ := strings.Cut(text, ":")
	seq, err := parseSeq(digits)
	if len(mark) > 100 {
		return Cursor{}, wrong("event %.40q is of no log", text)
	}
	return Cursor{Seq: seq, Mark: mark}, err
}

// limit is how many events are wanted at most.
func limit(r *http.Request) (int, error) {
	n, err := parseSeq(r.URL.Query().Get("limit"))
	if err != nil || n > maxLimit {
		return 0, wrong("limit: give a number of events from 1 to %d", maxLimit)
	}
	if n == 0 {
		n = 1000
	}
	return n, nil
}

// body reads the body of a request, for as long as readers of answers have.
func (s *Server) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	in := http.NewResponseController(w)
	_ = in.SetReadDeadline(time.Now().Add(s.pace.write)) // a test's recorder has none
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = in.SetReadDeadline(time.Time{})
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return nil, problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes", maxBody)}
	} else if err != nil {
		return nil, wrong("the body can't be read: %v", err)
	}
	return text, nil
}
