package envtest_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

// heap is a game in which two take 1 to 3 from a heap, and who takes the last one wins.
// It has the fault of its name.
type heap struct {
	fault      string
	left, used int
	past       []int
	shared     *[]int
}

func (h *heap) is(fault string) bool { return h.fault == fault }

func (h *heap) Moves(buf []env.Move) []env.Move {
	if h.is("moves overwrite") {
		buf = buf[:0]
	}
	most := min(3, h.left)
	if h.is("moves at the end") {
		most = 3
	}
	for n := 1; n <= most; n++ {
		buf = append(buf, env.Move(n))
	}
	if h.is("moves allocate") {
		sink = make([]byte, 64)
	}
	return buf
}

var sink []byte

func (h *heap) Play(m env.Move) {
	h.left, h.used = h.left-int(m), h.used+1
	h.past = append(h.past, int(m))
	if h.is("clones share") {
		*h.shared = append(*h.shared, int(m))
	}
}

func (h *heap) Undo() {
	n := h.past[len(h.past)-1]
	h.past = h.past[:len(h.past)-1]
	h.left, h.used = h.left+n, h.used-1
	if h.is("undo forgets") && n == 3 {
		h.left--
	}
}

func (h *heap) Hash() uint64 {
	x := uint64(h.left)<<1 | uint64(h.used&1)
	switch {
	case h.is("hash without the player"):
		x &^= 1
	case h.is("hash of the way"):
		for _, n := range h.past {
			x = env.Mix(x + uint64(n))
		}
	}
	return env.Mix(x)
}

func (h *heap) ToMove() int {
	if h.is("third player") && h.left == 2 {
		return 2
	}
	return h.used & 1
}

func (h *heap) Result() (float32, bool) {
	if h.is("reward of two") {
		return 2, h.left == 0
	}
	return 0, h.left == 0
}

func (h *heap) Clone() env.Position {
	c := *h
	c.past = append([]int(nil), h.past...)
	return &c
}

func (h *heap) CopyFrom(p env.Position) {
	from := p.(*heap)
	past := append(h.past[:0], from.past...)
	used := h.used
	*h = *from
	h.past = past
	if h.is("copy forgets") {
		h.used = used
	}
}

func (h *heap) String() string {
	if h.is("text without the player") {
		return fmt.Sprintf("%d A", h.left)
	}
	if h.is("clones share") {
		return fmt.Sprintf("%d %c", max(0, h.left-len(*h.shared)%2), "AB"[h.used&1])
	}
	if h.is("control characters") {
		return fmt.Sprintf("\x1b[1m%d %c", h.left, "AB"[h.used&1])
	}
	return fmt.Sprintf("%d %c", h.left, "AB"[h.used&1])
}

var names = [...]string{"", "one", "two", "three"}

func (h *heap) MoveText(m env.Move) string {
	if h.is("equal names") && m == 3 {
		return names[2]
	}
	return names[m]
}

func (h *heap) Estimate() (float64, bool) {
	if h.is("estimate of two") {
		return 2, true
	}
	return 0.5, true
}

func (h *heap) Roll(*env.Rand) float32 {
	if h.is("roll-out changes it") {
		h.left--
	}
	if h.is("roll-out of two") {
		return 2
	}
	return 0.5
}

func heaps(fault string) *env.Board {
	starts := 0
	state, step := "5 A", "two"
	switch fault {
	case "no sample":
		state = ""
	case "bad sample":
		step = "four"
	case "other sample":
		state = " 5 A"
	}
	return &env.Board{
		Players: 2, Rulebook: "Take the last one.", SampleState: state, SampleStep: step,
		Parse: func(text string) (env.Position, error) {
			left, player, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(text, "\x1b[1m")), " ")
			n, err := strconv.Atoi(left)
			if starts++; fault == "chance" && starts%2 == 0 {
				n--
			}
			if err != nil || n < 0 || n > 100 || player != "A" && player != "B" {
				switch fault {
				case "plain refusal":
					return nil, errors.New("no")
				case "bad example":
					return nil, &env.InputError{Input: text, Reason: "it is no heap", Example: "a heap"}
				case "no reason":
					return nil, &env.InputError{Input: text}
				}
				return nil, &env.InputError{Input: text, Reason: "it is no heap", Example: "5 A"}
			}
			return &heap{fault: fault, left: n, used: strings.Index("AB", player), shared: new([]int)}, nil
		},
	}
}

// Each fault of a position is found, and none in the one without.
func TestPositionMutants(t *testing.T) {
	for fault, want := range map[string]string{
		"":                        "",
		"moves overwrite":         "Moves is to append",
		"moves at the end":        "over is true, with the moves|is an end, and has the actions",
		"moves allocate":          "must not at all",
		"clones share":            "clone|read as another state",
		"undo forgets":            "Undo does not lead back",
		"hash without the player": "the hash",
		"hash of the way":         "read from its text|read as another state",
		"third player":            "player 2",
		"reward of two":           "outside [0,1]",
		"copy forgets":            "CopyFrom",
		"text without the player": "read as another|read from its text",
		"control characters":      "control characters",
		"equal names":             "same name|there twice",
		"estimate of two":         "the estimate 2 is outside",
		"roll-out changes it":     "a roll-out changes",
		"roll-out of two":         "a roll-out is worth 2",
		"chance":                  "different ways|another position|another state",
		"plain refusal":           "must be refused by an *env.InputError",
		"bad example":             "the example of its refusal",
		"no reason":               "has no reason",
		"no sample":               "some are missing",
		"bad sample":              "the sample of a step is refused",
		"other sample":            "is written otherwise",
	} {
		t.Run(fault, func(t *testing.T) {
			wantFailure(t, envtest.Check(t.Context(), heaps(fault), envtest.Options{Seed: 1}, "20 A"), want)
		})
	}
}

// wantFailure fails if none of the findings has one of the words, or if there are any
// where there should be none.
func wantFailure(t *testing.T, found []error, want string) {
	t.Helper()
	var all []string
	for _, err := range found {
		all = append(all, err.Error())
		for _, w := range strings.Split(want, "|") {
			if want != "" && strings.Contains(err.Error(), w) {
				return
			}
		}
	}
	if want != "" || len(found) > 0 {
		t.Errorf("want %q, found %q", want, all)
	}
}

// mutant is the heap of one player as an environment, with a fault.
type mutant struct{ fault string }

type mutantState struct {
	fault string
	left  int
	way   []string
	told  *int
}

func (s mutantState) String() string {
	*s.told++
	if s.fault == "changing text" {
		return strconv.Itoa(*s.told)
	}
	return strconv.Itoa(s.left)
}

func (s mutantState) Key() string {
	if s.fault == "one key" {
		return "key"
	}
	return strconv.Itoa(s.left)
}

func (s mutantState) Outcome() (env.Outcome, bool) {
	return env.Outcome{Reward: 1}, s.left == 0
}

func (s mutantState) Actions() (out []string) {
	for n := 1; n <= min(2, s.left); n++ {
		out = append(out, strconv.Itoa(n))
	}
	if s.fault == "illegal action" && s.left == 1 {
		out = append(out, "2")
	}
	return out
}

func (s mutantState) Answer() string { return strings.Join(s.way, " ") }

func (m mutant) Start(_ context.Context, problem string) (env.State, error) {
	n, err := strconv.Atoi(problem)
	if err != nil || n < 0 || n > 100 {
		return nil, &env.InputError{Input: problem, Reason: "it is no number", Example: "5"}
	}
	return mutantState{fault: m.fault, left: n, told: new(int)}, nil
}

func (m mutant) Step(_ context.Context, s env.State, action string) (env.State, error) {
	at := s.(mutantState)
	n, err := strconv.Atoi(action)
	switch {
	case err != nil && m.fault == "anything goes":
		n = 0
	case err != nil && m.fault == "plain refusal":
		return nil, errors.New("no")
	case err != nil || n < 1 || n > min(2, at.left):
		return nil, env.Illegal(action, "take 1 or 2")
	}
	if m.fault == "nothing" && at.left == 3 {
		return nil, nil
	}
	next := at
	next.left, next.way = at.left-n, append(append([]string(nil), at.way...), action)
	return next, nil
}

func (m mutant) Verify(_ context.Context, problem, answer string) error {
	left, _ := strconv.Atoi(problem)
	for _, word := range strings.Fields(answer) {
		n, err := strconv.Atoi(word)
		if err != nil && m.fault != "easy checker" {
			return errors.New("no number")
		}
		left -= n
	}
	if left != 0 || m.fault == "strict checker" {
		return errors.New("something is left")
	}
	return nil
}

func TestEnvironmentMutants(t *testing.T) {
	for fault, want := range map[string]string{
		"":               "",
		"changing text":  "different ways|changes when steps are made",
		"one key":        "different futures",
		"illegal action": "is refused",
		"anything goes":  "is taken, and is no action",
		"plain refusal":  "is not env.ErrIllegal",
		"nothing":        "neither a state nor an error",
		"easy checker":   "with nonsense behind it",
		"strict checker": "refuses the answer",
	} {
		t.Run(fault, func(t *testing.T) {
			wantFailure(t, envtest.Check(t.Context(), mutant{fault}, envtest.Options{Texts: fault != "changing text"}, "9"), want)
		})
	}
}

func TestNoProblem(t *testing.T) {
	wantFailure(t, envtest.Check(t.Context(), heaps(""), envtest.Options{}), "no problem to begin with")
	wantFailure(t, envtest.Check(t.Context(), heaps(""), envtest.Options{}, "x"), "Start refuses")
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	found := envtest.Check(ctx, heaps(""), envtest.Options{}, "20 A")
	if len(found) == 0 || !errors.Is(found[len(found)-1], context.Canceled) {
		t.Errorf("found %v", found)
	}
}

func ExampleCheck() {
	for _, err := range envtest.Check(context.Background(), heaps("undo forgets"), envtest.Options{}, "3 A") {
		fmt.Println(err)
		break
	}
	// Output:
	// problem "3 A": Undo does not lead back: the texts "3 A" and "2 A"
}
