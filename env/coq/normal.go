package coq

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/proof"
)

// hypsOf takes apart a line such as "n, m : nat" or "x := 1 : nat".
func hypsOf(line string) []proof.Hyp {
	names, typ, ok := strings.Cut(line, " : ")
	if !ok {
		return []proof.Hyp{{Name: strings.TrimSpace(line)}}
	}
	body := ""
	if n, b, defined := strings.Cut(names, " := "); defined {
		names, body = n, b
		// The type of a definition stands last: its body may hold colons.
		if i := strings.LastIndex(line, " : "); i > 0 {
			body, typ = strings.TrimSpace(line[len(n)+len(" := "):i]), line[i+len(" : "):]
		}
	}
	var out []proof.Hyp
	for _, name := range strings.Split(names, ",") {
		out = append(out, proof.Hyp{Name: strings.TrimSpace(name), Body: body, Type: typ})
	}
	return out
}

// tokens calls each for every identifier of a text (a qualified name is one)
// and for what stands between them.
func tokens(text string, each func(token string, ident bool)) {
	for len(text) > 0 {
		n := identLen(text)
		if n > 0 {
			each(text[:n], true)
			text = text[n:]
			continue
		}
		i := 0
		for i < len(text) && identLen(text[i:]) == 0 {
			_, size := utf8.DecodeRuneInString(text[i:])
			i += size
		}
		each(text[:i], false)
		text = text[i:]
	}
}

// identLen is the length of the identifier that a text begins with: letters,
// digits, _ and ', parts joined by dots, and a leading ? of an existential
// variable.
func identLen(s string) int {
	i := 0
	if strings.HasPrefix(s, "?") {
		i = 1
	}
	begin := i
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsLetter(r) || r == '_',
			i > begin && (unicode.IsDigit(r) || unicode.IsMark(r) || r == '\''):
			i += size
		case r == '.' && i > begin && i+1 < len(s) && beginsIdent(s[i+1:]):
			i += size
		default:
			if i == begin {
				return 0
			}
			return i
		}
	}
	if i == begin {
		return 0
	}
	return i
}

func beginsIdent(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || r == '_'
}

// normal is a goal printed in full with hypotheses and existential variables
// renamed in order and blanks squeezed: equal up to names is equal. open reports
// whether existential variables occur.
func normal(g ide.Goal, evars map[string]string) (text string, open bool) {
	names := map[string]string{}
	var lines []string
	for _, line := range g.Hyps {
		for _, h := range hypsOf(line) {
			t := rename(h.Body, names, evars, &open) + ":" + rename(h.Type, names, evars, &open)
			names[h.Name] = "h" + strconv.Itoa(len(names)) + "'"
			lines = append(lines, t)
		}
	}
	lines = append(lines, "|-"+rename(g.Concl, names, evars, &open))
	return strings.Join(lines, "\n"), open
}

func rename(text string, names, evars map[string]string, open *bool) string {
	var b strings.Builder
	tokens(text, func(tok string, ident bool) {
		switch {
		case !ident:
			b.WriteString(squeeze(tok))
		case tok[0] == '?':
			*open = true
			if _, seen := evars[tok]; !seen {
				evars[tok] = "?" + strconv.Itoa(len(evars))
			}
			b.WriteString(evars[tok])
		default:
			if to, ok := names[tok]; ok {
				tok = to
			}
			b.WriteString(tok)
		}
	})
	return b.String()
}

// squeeze makes every run of blanks a single one.
func squeeze(s string) string {
	if !strings.ContainsAny(s, "\n\t\r") && !strings.Contains(s, "  ") {
		return s
	}
	var b strings.Builder
	blank := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			blank = true
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	if blank {
		b.WriteByte(' ')
	}
	return b.String()
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
