package vernac

import "strings"

// grammar are words and signs that stand in nearly every statement.
var grammar = set("forall fun let in match with end return as if then else : := => | ; , ` ' @ ?")

// Idents are the identifiers, qualified names, numbers and signs of notations
// in a statement or a goal, in order and with repetitions: what two texts have
// in common says how near they are.
func Idents(text string) []string {
	var list []string
	l := lexer{text: text}
	for {
		t := l.next()
		switch t.kind {
		case end, bad:
			return list
		case word, number, symbol:
			w := l.str(t)
			if t.kind == symbol && len(w) > 1 {
				w = strings.TrimLeft(w, "@?")
			}
			if w != "" && !grammar[w] {
				list = append(list, w)
			}
		}
	}
}
