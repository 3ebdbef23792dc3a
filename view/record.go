package view

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// RecordVersion is the version of Record; it grows when a member changes its
// meaning.
const RecordVersion = 1

// recordFormat tells a Record from other JSON.
const recordFormat = "ponder-tree"

// Record is a tree as data: what ponder export --format json writes, and what
// the web page draws. docs/tree.schema.json describes it. Texts are as they
// came, escape sequences and all: they are data.
type Record struct {
	Format  string        `json:"format"` // "ponder-tree"
	Version int           `json:"version"`
	Seq     int           `json:"seq"` // of the last event that is part of it
	Start   RecordStart   `json:"start"`
	Root    int32         `json:"root"` // id of the node the search is at
	Totals  RecordTotals  `json:"totals"`
	End     *event.Ended  `json:"end,omitempty"` // missing while the search runs
	Line    []int32       `json:"line"`          // ids of the edges of the best line from the root
	Nodes   []RecordNode  `json:"nodes"`         // in the order in which they came
	Edges   []RecordEdge  `json:"edges"`         // in the order in which they came
	Pruned  *RecordPruned `json:"pruned,omitempty"`
}

// RecordStart is what was asked.
type RecordStart struct {
	Run      string `json:"run"`
	Env      string `json:"env"`
	Problem  string `json:"problem"`
	Model    string `json:"model"`
	Strategy string `json:"strategy"`
	Seed     uint64 `json:"seed"`
}

// RecordTotals are sums over the whole search, whatever was left out.
type RecordTotals struct {
	Nodes            int `json:"nodes"`
	Edges            int `json:"edges"`
	Simulations      int `json:"simulations"`
	Transpositions   int `json:"transpositions"`
	Merged           int `json:"merged"`
	Illegal          int `json:"illegal"`
	Failed           int `json:"failed"`
	Calls            int `json:"calls"`
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	CacheHits        int `json:"cache_hits"`
	Unparsed         int `json:"unparsed"`
}

// RecordPruned says that parts of the tree were left out, and by which limits;
// a limit of 0 was none.
type RecordPruned struct {
	Top       int `json:"top"`
	Depth     int `json:"depth"`
	MinVisits int `json:"min_visits"`
}

// RecordNode is a state in the tree.
type RecordNode struct {
	ID       int32      `json:"id"`
	State    string     `json:"state"`
	Player   int        `json:"player,omitempty"`
	Terminal bool       `json:"terminal,omitempty"`
	Reward   float64    `json:"reward,omitempty"`
	N        int32      `json:"n"`
	Q        float64    `json:"q"`
	Lo       float64    `json:"lo"`
	Hi       float64    `json:"hi"`
	Closed   bool       `json:"closed,omitempty"`
	Failed   string     `json:"failed,omitempty"`
	Own      *env.Value `json:"own,omitempty"`
	Usage    env.Usage  `json:"usage,omitzero"`
	More     int        `json:"more,omitempty"` // edges of it that were left out
}

// RecordEdge is an action that leads from one node to another.
type RecordEdge struct {
	ID     int32   `json:"id"`
	From   int32   `json:"from"`
	To     int32   `json:"to"`
	Action string  `json:"action"`
	P      float64 `json:"p"`
	N      int32   `json:"n"`
	Again  bool    `json:"again,omitempty"`
	Order  string  `json:"order,omitempty"`
}

// Record is the tree as data.
func (t *Tree) Record() Record {
	r := Record{
		Format: recordFormat, Version: RecordVersion, Seq: t.seq,
		Start: RecordStart{t.Start.Run, t.Start.Env, t.Start.Problem, t.Start.Model, t.Start.Strategy, t.Start.Seed},
		End:   t.End, Line: []int32{}, Nodes: make([]RecordNode, 0, len(t.Nodes)), Edges: make([]RecordEdge, 0, len(t.Edges)),
		Totals: RecordTotals{
			len(t.Nodes), len(t.Edges), t.Simulations, t.Transpositions, t.Merged, t.Illegal, t.Totals.Failed,
			t.Usage.Calls, t.Usage.PromptTokens, t.Usage.CompletionTokens, t.Usage.CacheHits, t.Usage.Unparsed,
		},
	}
	if p := t.Pruned; p != nil {
		r.Totals.Nodes, r.Totals.Edges = p.Nodes, p.Edges
		r.Pruned = &RecordPruned{p.Top, p.Depth, p.MinVisits}
	}
	if len(t.Nodes) > 0 {
		r.Root = t.Nodes[t.Root].ID
	}
	for _, i := range t.Line() {
		r.Line = append(r.Line, t.Edges[i].ID)
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		r.Nodes = append(r.Nodes, RecordNode{
			n.ID, n.State, n.Player, n.Terminal, n.Reward, n.N, n.Q, n.Lo, n.Hi, n.Closed, n.Failed, n.Own, n.Usage, n.More,
		})
	}
	for i := range t.Edges {
		e := &t.Edges[i]
		r.Edges = append(r.Edges, RecordEdge{e.ID, t.Nodes[e.From].ID, t.Nodes[e.To].ID, e.Action, e.P, e.N, e.Again, e.Order})
	}
	return r
}

// Write writes r as one line of JSON, piece by piece: a reader far away begins
// while the rest is still made. Characters that a terminal might obey are
// escaped.
func (r Record) Write(w io.Writer) error {
	nodes, edges := r.Nodes, r.Edges
	r.Nodes, r.Edges = []RecordNode{}, []RecordEdge{}
	frame, err := json.Marshal(r)
	if err != nil {
		return err
	}
	// Strings can't hold these: their quotes are escaped.
	head, rest, _ := bytes.Cut(frame, []byte(`"nodes":[]`))
	middle, tail, _ := bytes.Cut(rest, []byte(`"edges":[]`))
	p := pieces{w: bufio.NewWriterSize(w, 1<<16)}
	p.put(append(head, `"nodes":[`...))
	writeList(&p, nodes)
	p.put(append([]byte("]"), append(middle, `"edges":[`...)...))
	writeList(&p, edges)
	p.put(append([]byte("]"), append(tail, '\n')...))
	return errors.Join(p.err, p.w.Flush())
}

// pieces writes until something goes wrong.
type pieces struct {
	w   *bufio.Writer
	err error
}

func (p *pieces) put(text []byte) {
	if p.err == nil {
		_, p.err = p.w.Write(escapeHidden(text))
	}
}

func writeList[T any](p *pieces, list []T) {
	for i := 0; i < len(list) && p.err == nil; i += 512 {
		text, err := json.Marshal(list[i:min(i+512, len(list))])
		if err != nil {
			p.err = err
			return
		}
		if i > 0 {
			p.put([]byte(","))
		}
		p.put(text[1 : len(text)-1])
	}
}

// writeLine writes a value as one line of JSON that is safe to show.
func writeLine(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeHidden(b.Bytes()))
	return err
}

// ErrRecord marks a text that is no sound Record.
var ErrRecord = errors.New("not a tree of ponder's")

// ReadRecord reads what Record.Write wrote.
func ReadRecord(in io.Reader) (Record, error) {
	var text json.RawMessage
	if err := json.NewDecoder(in).Decode(&text); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrRecord, plainEOF(err))
	}
	return decodeRecord(text)
}

func decodeRecord(text []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if r.Format != recordFormat || r.Version != RecordVersion {
		return r, fmt.Errorf("%w: its format is %q version %d, not %q version %d", ErrRecord, r.Format, r.Version, recordFormat, RecordVersion)
	}
	return r, nil
}

// Tree makes the tree that a record tells of. Events may follow. The error
// wraps ErrRecord.
func (r Record) Tree() (*Tree, error) {
	if len(r.Nodes) == 0 {
		return nil, fmt.Errorf("%w: it has no nodes", ErrRecord)
	}
	t := &Tree{seq: r.Seq, nodeAt: map[int32]int{}, edgeAt: map[int32]int{}, End: r.End}
	t.Start = event.Started{
		Version: event.Version, Run: r.Start.Run, Env: r.Start.Env, Problem: r.Start.Problem,
		Model: r.Start.Model, Strategy: r.Start.Strategy, Seed: r.Start.Seed,
	}
	for _, n := range r.Nodes {
		if _, twice := t.nodeAt[n.ID]; twice {
			return nil, fmt.Errorf("%w: node %d comes twice", ErrRecord, n.ID)
		}
		if n.N < 0 || !within(n.Q) || !within(n.Lo) || !within(n.Hi) || n.Lo > n.Hi+slack || !within(n.Reward) || checkUsage(n.Usage) != nil || n.Own != nil && n.Own.Check() != nil || n.More < 0 {
			return nil, fmt.Errorf("%w: node %d has impossible numbers", ErrRecord, n.ID)
		}
		t.nodeAt[n.ID] = len(t.Nodes)
		t.Nodes = append(t.Nodes, Node{
			n.ID, n.State, n.Player, n.Terminal, n.Reward, n.N, n.Q, n.Lo, n.Hi, n.Closed, n.Failed, n.Own, n.Usage, nil, n.More,
		})
	}
	first := t.Nodes[0]
	t.Start.Root = event.Node{ID: first.ID, State: first.State, Player: first.Player, Terminal: first.Terminal, Reward: first.Reward}
	for _, e := range r.Edges {
		from, knownFrom := t.nodeAt[e.From]
		to, knownTo := t.nodeAt[e.To]
		_, twice := t.edgeAt[e.ID]
		if !knownFrom || !knownTo || twice || e.N < 0 || !within(e.P) {
			return nil, fmt.Errorf("%w: edge %d from %d to %d is impossible", ErrRecord, e.ID, e.From, e.To)
		}
		t.edgeAt[e.ID] = len(t.Edges)
		t.Nodes[from].Out = append(t.Nodes[from].Out, len(t.Edges))
		t.Edges = append(t.Edges, Edge{e.ID, from, to, e.Action, e.P, e.N, e.Again, e.Order})
	}
	root, known := t.nodeAt[r.Root]
	if !known {
		return nil, fmt.Errorf("%w: there is no node %d, its root", ErrRecord, r.Root)
	}
	t.Root = root
	if t.End != nil {
		end := *t.End
		end.Line = slices.DeleteFunc(slices.Clone(end.Line), func(id int32) bool { _, ok := t.edgeAt[id]; return !ok })
		t.End = &end
		if err := t.checkEnded(&end); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecord, err)
		}
	}
	x := r.Totals
	if p := r.Pruned; p != nil {
		t.Pruned = &Pruned{PruneOptions{p.Top, p.Depth, p.MinVisits}, x.Nodes, x.Edges}
	}
	t.Totals = Totals{
		x.Simulations, x.Transpositions, x.Merged, x.Illegal, x.Failed,
		env.Usage{Calls: x.Calls, PromptTokens: x.PromptTokens, CompletionTokens: x.CompletionTokens, CacheHits: x.CacheHits, Unparsed: x.Unparsed},
	}
	return t, nil
}
