package ask

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

// How much of each kind a prompt has at most, in pieces and in characters of one.
const (
	maxExamples, exampleSize       = 4, 700
	minExamples                    = 2
	maxLemmas, lemmaSize           = 15, 300
	maxDefinitions, definitionSize = 3, 500
	maxSteps, stepSize             = 30, 200
	maxHyps, hypSize               = 60, 300
	maxFailures, failureSize       = 5, 200
)

// draft gathers what there is to say about a state.
func (p Prompt) draft(s env.State, path env.Path) *draft {
	d := &draft{language: p.Language, concl: s.String()}
	var goal proof.Goal
	if st, ok := s.(proof.State); ok && len(st.Goals()) > 0 {
		goals := st.Goals()
		goal, d.concl, d.more = goals[0], oneLine(goals[0].Concl), len(goals)-1
	}
	d.hyps, d.gone.hyps = hypotheses(goal)
	p.premises(d, s)
	if p.Definitions != nil {
		for i, def := range p.Definitions.Definitions(s) {
			if i < maxDefinitions {
				d.definitions = append(d.definitions, entry{i, clip(strings.TrimSpace(def), definitionSize)})
			}
		}
	}
	d.steps, d.gone.steps = p.taken(path)
	if p.Failures != nil {
		d.failures = p.refused(p.Failures.Failures(s))
	}
	return d
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// hypotheses prints those of a goal, neighbours of one type together. Those that
// have most in common with the conclusion are the most important, then the last.
// Gone is how many lines were too many.
func hypotheses(g proof.Goal) (list []entry, gone int) {
	about := tokens(g.Concl)
	var like []float64
	for i := 0; i < len(g.Hyps); i++ {
		h := g.Hyps[i]
		names := h.Name
		for ; h.Body == "" && i+1 < len(g.Hyps) && g.Hyps[i+1].Body == "" && g.Hyps[i+1].Type == h.Type; i++ {
			names += " " + g.Hyps[i+1].Name
		}
		h.Name = names
		text := oneLine(h.String())
		list = append(list, entry{len(list), clip(text, hypSize)})
		like = append(like, overlap(about, tokens(text)))
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(like[b.place], like[a.place]), b.place-a.place)
	})
	shown := min(len(list), maxHyps)
	return list[:shown], len(list) - shown
}

// premises chooses worked examples and lemmas.
func (p Prompt) premises(d *draft, s env.State) {
	if p.Premises == nil {
		return
	}
	ranked := p.Premises.Premises(s)
	shown := map[string]bool{}
	worked, about := ranked, s
	if p.Root != nil {
		worked, about = p.Premises.Premises(p.Root), p.Root
	}
	for _, x := range p.worked(worked, about) {
		shown[x.Name] = true
		d.examples = append(d.examples, entry{text: p.example(x)})
	}
	// In the order of their text, an example that comes or goes moves no other.
	order := slices.Sorted(func(yield func(string) bool) {
		for _, e := range d.examples {
			if !yield(e.text) {
				return
			}
		}
	})
	for i := range d.examples {
		d.examples[i].place = slices.Index(order, d.examples[i].text)
	}
	for _, x := range ranked {
		if len(d.lemmas) < maxLemmas && !shown[x.Name] {
			shown[x.Name] = true
			d.lemmas = append(d.lemmas, entry{len(d.lemmas), clip(x.Name+" : "+oneLine(x.Statement), lemmaSize)})
		}
	}
}

// worked are the premises whose statements and hence, with luck, proofs are most
// like what is to be proved, the most similar first: at least two, and those that
// are at least half as similar as the first. Long ones are no examples.
func (p Prompt) worked(list []proof.Premise, about env.State) []proof.Premise {
	goal := about.String()
	if st, ok := about.(proof.State); ok && len(st.Goals()) > 0 {
		goal = st.Goals()[0].String()
	}
	var out []proof.Premise
	words := map[string]map[string]bool{}
	for _, x := range list {
		if words[x.Name] == nil && x.Proof != "" && size(p.example(x)) <= exampleSize {
			out = append(out, x)
			words[x.Name] = tokens(x.Statement)
		}
	}
	like := similar(tokens(goal), words)
	slices.SortStableFunc(out, func(a, b proof.Premise) int { return cmp.Compare(like[b.Name], like[a.Name]) })
	n := min(len(out), minExamples)
	for n < min(len(out), maxExamples) && like[out[n].Name] > 0 && 2*like[out[n].Name] >= like[out[0].Name] {
		n++
	}
	return out[:n]
}

// similar compares sets with one set, from 0 to 1. What is in few of them counts
// more than what is in many.
func similar(about map[string]bool, sets map[string]map[string]bool) map[string]float64 {
	in := map[string]int{}
	for _, set := range sets {
		for t := range set {
			in[t]++
		}
	}
	weigh := func(set map[string]bool, also map[string]bool) float64 {
		// In a fixed order, so that rounding is the same each time.
		sum := 0.0
		for _, t := range slices.Sorted(maps.Keys(set)) {
			if also[t] {
				w := math.Log(float64(len(sets)+2) / float64(in[t]+1))
				sum += w * w
			}
		}
		return sum
	}
	out := map[string]float64{}
	for name, set := range sets {
		if shared := weigh(set, about); shared > 0 {
			out[name] = shared / math.Sqrt(weigh(set, set)*weigh(about, about))
		}
	}
	return out
}

// example is a lemma with its proof as it would stand in a file.
func (p Prompt) example(x proof.Premise) string {
	text := strings.Trim(x.Proof, " \n")
	if p.Language == Lean {
		head := "theorem " + x.Name
		if !strings.ContainsRune("({[⦃:", firstRune(x.Statement)) {
			head += " :"
		}
		head += " " + oneLine(x.Statement)
		switch {
		case strings.HasPrefix(text, ":="):
			return head + " " + text
		case strings.HasPrefix(text, "|"):
			return head + "\n" + text
		case bareBy.MatchString(text):
			return head + " := " + text
		}
		return head + " := by\n  " + strings.ReplaceAll(text, "\n", "\n  ")
	}
	return "Lemma " + x.Name + " : " + strings.TrimSuffix(oneLine(x.Statement), ".") + ".\n" + text
}

// taken are the steps of a path, the latest first. The choices of goals, which
// are no tactics, are left out; gone is how many others were too many.
func (p Prompt) taken(path env.Path) (list []entry, gone int) {
	for i := len(path) - 1; i >= 0; i-- {
		if i > 0 {
			if _, choice := goalsOf(path[i-1].State); choice {
				continue
			}
		}
		if len(list) == maxSteps {
			gone++
			continue
		}
		text := p.Language.Clean(path[i].Action)
		if p.Language == Coq {
			text += "."
		}
		list = append(list, entry{i, clip(text, stepSize)})
	}
	return list, gone
}

// instructive are the classes of failures that tell a model what to do better,
// the most instructive first. Those that tell nothing about the tactic are absent.
var instructive = []proof.Class{
	proof.NoUnify, proof.Mismatch, proof.UnknownName, proof.WrongCount, proof.NoProgress, proof.Other,
	proof.Syntax, proof.Timeout, proof.Memory, proof.Forbidden,
}

// refused prints failures, the most instructive and of these the latest first.
func (p Prompt) refused(list []proof.Failure) []entry {
	list = slices.Clone(list)
	slices.Reverse(list)
	seen := map[string]bool{}
	list = slices.DeleteFunc(list, func(f proof.Failure) bool {
		twice := seen[p.Language.Clean(f.Tactic)]
		seen[p.Language.Clean(f.Tactic)] = true
		return twice || !slices.Contains(instructive, f.Class)
	})
	slices.SortStableFunc(list, func(a, b proof.Failure) int {
		return slices.Index(instructive, a.Class) - slices.Index(instructive, b.Class)
	})
	var out []entry
	for i, f := range list[:min(len(list), maxFailures)] {
		text := oneLine(p.Language.Clean(f.Tactic)) + " — " + string(f.Class)
		if f.Text != "" {
			text += ": " + oneLine(f.Text)
		}
		out = append(out, entry{i, clip(text, failureSize)})
	}
	return out
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// tokens are the different words and symbols of a text. Names of one letter, and
// numbers the same, are mostly variables and say nothing.
func tokens(s string) map[string]bool {
	out := map[string]bool{}
	kind := func(r rune) int {
		switch {
		case unicode.IsSpace(r) || strings.ContainsRune("()[]{},;:.⟨⟩", r):
			return 0
		case unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_' || r == '\'':
			return 1
		}
		return 2
	}
	from, last := 0, 0
	cut := func(to int) {
		if word := s[from:to]; last == 2 || last == 1 && size(word) > 1 {
			out[word] = true
		}
		from = to
	}
	for i, r := range s {
		if k := kind(r); k != last {
			cut(i)
			last = k
		}
	}
	cut(len(s))
	return out
}

// overlap is how much two sets have in common, from 0 to 1.
func overlap(a, b map[string]bool) float64 {
	shared := 0
	for t := range a {
		if b[t] {
			shared++
		}
	}
	if shared == 0 {
		return 0
	}
	return float64(shared) / math.Sqrt(float64(len(a))*float64(len(b)))
}
