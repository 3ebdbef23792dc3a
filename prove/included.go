package prove

import (
	"context"
	"regexp"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq"
)

// Search knows nothing of what a module got by Include from a functor while that
// module is still open, as those of the Numbers library are. Print Module does.

// includes are the modules and functors that the open modules around the end of a
// text include, in order.
func includes(sentences []coq.Sentence) []string {
	type found struct {
		name  string
		depth int
	}
	var all []found
	depth := 0
	for _, s := range sentences {
		words := strings.Fields(strings.TrimSuffix(s.Text, "."))
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "Module", "Section":
			if !strings.Contains(s.Text, ":=") {
				depth++
			}
		case "End":
			depth--
			for len(all) > 0 && all[len(all)-1].depth > depth {
				all = all[:len(all)-1]
			}
		case "Include":
			words = words[1:]
			if words[0] == "Type" {
				words = words[1:]
			}
			for _, part := range strings.Split(strings.Join(words, " "), "<+") {
				if name := strings.Trim(firstWord(part), "(!)"); isName(name) {
					all = append(all, found{name, depth})
				}
			}
		}
	}
	var out []string
	for _, f := range all {
		out = append(out, f.name)
	}
	return out
}

func firstWord(s string) string {
	if w := strings.Fields(s); len(w) > 0 {
		return w[0]
	}
	return ""
}

var (
	functorArgument = regexp.MustCompile(`(?:Functor|Funsig) \((\w+):`)
	statedItem      = regexp.MustCompile(`^( *)(?:Parameter|Axiom) ([\w']+) : (.*)\.$`)
	anyItem         = regexp.MustCompile(`^( *)(?:Parameter|Axiom|Definition|Inductive|Module) `)
)

// statements reads what Print Module says: "name: statement" for each lemma. Names
// of the arguments of a functor are left out, for they are open where it is included.
func statements(printed string) []string {
	var out []string
	args := functorArgument.FindAllStringSubmatch(printed, -1)
	base := -1
	for _, line := range strings.Split(printed, "\n") {
		if m := anyItem.FindStringSubmatch(line); m != nil && base < 0 {
			base = len(m[1])
		}
		m := statedItem.FindStringSubmatch(line)
		if m == nil || len(m[1]) != base {
			continue // of a module within
		}
		text := m[3]
		for _, a := range args {
			text = withoutPrefix(text, a[1]+".")
		}
		out = append(out, m[2]+": "+text)
	}
	return out
}

// withoutPrefix takes a prefix off all names that begin with it.
func withoutPrefix(text, prefix string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, prefix)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		if i > 0 && (wordByte(text[i-1]) || text[i-1] == '.') {
			b.WriteString(prefix)
		}
		text = text[i+len(prefix):]
	}
}

// include reads the lemmas of included modules, once.
func (l *Library) include(ctx context.Context, s *coq.State) []*lemma {
	l.once.Do(func() {
		for _, name := range l.included {
			for _, query := range []string{"Print Module " + name + ".", "Print Module Type " + name + "."} {
				said, err := l.env.QueryFull(ctx, s, searchTime, query)
				if err != nil {
					continue
				}
				for _, text := range statements(strings.Join(said, "\n")) {
					if m := l.take(text); m != nil {
						l.more = append(l.more, m)
					}
				}
				break
			}
		}
	})
	return l.more
}
