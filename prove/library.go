package prove

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/env/coq"
)

// Library finds lemmas that may help with a goal. It asks Coq's Search for what
// is known of each symbol of the goal, once a symbol, and ranks what it gets by
// the symbols that a lemma shares with the goal: rare ones count more.
type Library struct {
	env *coq.Env

	mu      sync.Mutex
	symbols map[string]*found
	lemmas  map[string]*lemma // by name
	own     map[string]int    // the place in the file of its own lemmas, from 1
	hidden  map[string]bool

	printed map[string]string // statements as a person reads them, by name

	included []string // modules
	once     sync.Once
	more     []*lemma // of those
}

// found is what Search knows of a symbol.
type found struct {
	once   sync.Once
	lemmas []*lemma
}

type lemma struct {
	name, full string
	term       term
	pattern    pattern
	has        map[string]bool
}

// Near is a lemma with how near it is to a goal, in [0,1].
type Near struct {
	Name    string
	Score   float64
	term    term
	pattern pattern
	fit     fit
	strange bool // its right side brings constants that the goal does not have
	full    string
}

// NewLibrary makes an empty library. Earlier are the lemmas of the file that stand
// before the one to be proved, in order; the hidden ones, such as the lemma itself,
// are never found. Included are the modules that the text includes.
func NewLibrary(e *coq.Env, hidden []string, earlier []Earlier, included []string) *Library {
	l := &Library{
		env: e, symbols: map[string]*found{}, lemmas: map[string]*lemma{}, own: map[string]int{},
		hidden: map[string]bool{}, printed: map[string]string{}, included: included,
	}
	for _, name := range hidden {
		l.hidden[name] = true
	}
	for i, p := range earlier {
		l.own[p.Name] = i + 1
	}
	return l
}

const (
	searchTime  = 3 * time.Second
	mostLemmas  = 6000 // of one symbol
	mostSymbols = 12   // of a goal
)

// logical are symbols that every other lemma has.
var logical = map[string]bool{
	"eq": true, "not": true, "and": true, "or": true, "iff": true, "ex": true, "True": true, "False": true,
	"nat": true, "bool": true, "true": true, "false": true, "list": true, "O": true, "S": true, "Z": true, "R": true,
	"positive": true, "N": true,
}

// about returns what is known of a symbol, or of whatever else Search takes.
func (l *Library) about(ctx context.Context, s *coq.State, symbol string) []*lemma {
	l.mu.Lock()
	f := l.symbols[symbol]
	if f == nil {
		f = &found{}
		l.symbols[symbol] = f
	}
	l.mu.Unlock()
	f.once.Do(func() {
		// What could not be found out is not used.
		said, _ := l.env.QueryFull(ctx, s, searchTime, "Search "+symbol+".")
		if ctx.Err() != nil {
			l.mu.Lock()
			delete(l.symbols, symbol)
			l.mu.Unlock()
		}
		if len(said) > mostLemmas {
			return
		}
		for _, text := range said {
			if m := l.take(text); m != nil {
				f.lemmas = append(f.lemmas, m)
			}
		}
	})
	return f.lemmas
}

// take reads "name: statement".
func (l *Library) take(text string) *lemma {
	name, full, ok := strings.Cut(text, ":")
	name = strings.TrimSpace(name)
	if !ok || l.hidden[name] || !isName(name) || strings.ContainsAny(name, " \n") {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.lemmas[name]; m != nil {
		return m
	}
	m := &lemma{name: name, full: strings.TrimSpace(full), term: analyse(full, nil), has: map[string]bool{}}
	m.pattern = patternOf(m.term)
	for _, s := range m.term.names {
		m.has[s] = true
	}
	l.lemmas[name] = m
	return m
}

// nearest returns the k lemmas that are nearest to the first goal of a state, which v
// is the view of, and up to k more of those that fit it; best first. Split are those
// that a proof may be split by.
func (l *Library) nearest(ctx context.Context, s *coq.State, v *view, k int) (chosen, split []Near) {
	concl := v.concl
	weight := map[string]float64{}
	for _, sym := range concl.names {
		weight[sym] = 1
	}
	for _, h := range v.hyps {
		for _, sym := range h.term.names {
			weight[sym] = max(weight[sym], 0.3)
		}
	}
	all := map[string]*lemma{}
	idf := map[string]float64{}
	symbols := concl.symbols
	if len(symbols) > mostSymbols {
		symbols = symbols[:mostSymbols]
	}
	wants := map[string]bool{}
	for _, sym := range symbols {
		wants[shortName(sym)] = !logical[sym]
	}
	also := map[string]int{}
	for _, m := range l.include(ctx, s) {
		for _, sym := range m.term.names {
			if also[sym]++; wants[sym] {
				all[m.name] = m
			}
		}
	}
	for _, sym := range symbols {
		name := shortName(sym)
		idf[name] = 0.3
		if logical[sym] {
			continue
		}
		known := l.about(ctx, s, sym)
		idf[name] = math.Log(2 + 10000/float64(1+len(known)+also[name]))
		for _, m := range known {
			all[m.name] = m
		}
	}
	goal := parseTree(concl.concl)
	heads := headsOf(goal)
	about := relevance{weight: weight, idf: idf}
	about.total()
	out := make([]scored, 0, len(all))
	for _, m := range all {
		score := about.similarity(m)
		if place := l.own[m.name]; place > 0 {
			score += 0.15 * float64(place) / float64(len(l.own)+1)
		}
		if m.term.head == concl.head && concl.head != "eq" {
			score += 0.1
		}
		f := m.pattern.fitOf(goal, heads)
		switch {
		case f.whole:
			score += 0.6 / (1 + 0.25*float64(m.term.premise-len(m.term.binders)))
		case f.left:
			score += 0.3
		case f.right:
			score += 0.1
		}
		out = append(out, scored{m, score, f})
	}
	slices.SortFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(len(a.full), len(b.full)), cmp.Compare(a.name, b.name))
	})
	for i, n := range out {
		if i < k || (n.fit.whole || n.fit.left) && len(chosen) < 2*k {
			chosen = append(chosen, n.near(heads))
		}
		if len(split) < k && (isSpec(n.term.head) || n.term.head != "and" && splits[n.term.head]) {
			split = append(split, n.near(heads))
		}
	}
	return chosen, split
}

// scored is a lemma that may be near.
type scored struct {
	*lemma
	score float64
	fit   fit
}

func (n scored) near(heads map[string]bool) Near {
	strange := n.fit.left && n.pattern.strange(n.pattern.right, heads) > 0
	return Near{Name: n.name, Score: n.score, term: n.term, pattern: n.pattern, fit: n.fit, full: n.full, strange: strange}
}

// relevance weighs the symbols of a goal.
type relevance struct {
	weight map[string]float64 // by name: how much the goal is about it
	idf    map[string]float64 // of those that lemmas were looked up for
	all    float64            // of the goal
}

func (r *relevance) of(name string) float64 {
	if w, ok := r.idf[name]; ok {
		return w
	}
	if logical[name] {
		return 0.3
	}
	return 2
}

// total sums up the goal's own symbols, in order: sums of floats depend on it.
func (r *relevance) total() {
	r.all = 0
	for _, name := range slices.Sorted(maps.Keys(r.weight)) {
		r.all += r.weight[name] * r.of(name)
	}
}

// similarity is the weight of the symbols that a lemma and the goal share, as a part
// of that of all symbols of both.
func (r *relevance) similarity(m *lemma) float64 {
	shared, all := 0.0, r.all
	for _, name := range m.term.names {
		if w := r.weight[name]; w > 0 {
			shared += w * r.of(name)
		} else {
			all += r.of(name)
		}
	}
	if all == 0 {
		return 0
	}
	return 0.85 * shared / all
}

// Forward is a lemma that may be used on a hypothesis.
type Forward struct {
	Name    string
	Hyp     string
	Score   float64
	rewrite bool // the hypothesis is rewritten with it, else it is applied to it
}

// mostForward is how many hypotheses are looked at.
const mostForward = 4

// forward returns up to k lemmas for each of the nearest hypotheses of a goal, best first.
func (l *Library) forward(ctx context.Context, s *coq.State, v *view, k int) []Forward {
	var out []Forward
	looked := 0
	for _, h := range v.hyps {
		if h.sort || h.value || !isName(h.Name) || looked == mostForward {
			continue
		}
		looked++
		term := parseTree(h.term.concl)
		heads := headsOf(term)
		if h.term.premise > 0 || term.opaque {
			continue
		}
		seen := map[string]bool{}
		var found []Forward
		try := func(m *lemma) {
			if seen[m.name] {
				return
			}
			seen[m.name] = true
			shared := 0.0
			for _, sym := range h.term.names {
				if m.has[sym] && !logical[sym] {
					shared++
				}
			}
			score := shared / float64(1+len(m.term.symbols)+len(h.term.symbols))
			switch {
			case m.pattern.rewrites(m.pattern.left, term, heads) && !m.pattern.loops():
				found = append(found, Forward{m.name, h.Name, 0.3 + score, true})
			case m.pattern.needsThis(term):
				found = append(found, Forward{m.name, h.Name, 0.2 + score, false})
			}
		}
		for i, sym := range h.term.symbols {
			if i < mostSymbols/2 && !logical[sym] {
				for _, m := range l.about(ctx, s, sym) {
					try(m)
				}
			}
		}
		for _, m := range l.include(ctx, s) {
			try(m)
		}
		slices.SortFunc(found, func(a, b Forward) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Name, b.Name))
		})
		for i, f := range found[:min(k, len(found))] {
			f.Score /= math.Sqrt(1 + 0.4*float64(i))
			out = append(out, f)
		}
	}
	return out
}
