package lean

// shape is what a conclusion or a hypothesis says first.
type shape string

const (
	forAll  shape = "∀"
	implies shape = "→"
	iff     shape = "↔"
	and     shape = "∧"
	or      shape = "∨"
	not     shape = "¬"
	exists  shape = "∃"
	equal   shape = "="
	unequal shape = "≠"
	less    shape = "≤"
	divides shape = "∣"
	member  shape = "∈"
	subset  shape = "⊆"
	truth   shape = "True"
	falsity shape = "False"
	other   shape = ""
)

// connectives bind from weakest to strongest, one level to a row.
var connectives = []map[string]shape{
	{"↔": iff},
	{"→": implies},
	{"∨": or},
	{"∧": and},
	{"¬": not},
	{
		"=": equal, "≠": unequal, "≤": less, "<": less, "≥": less, ">": less, "∣": divides, "∈": member,
		"∉": unequal, "⊆": subset, "≡": equal, "≃": other, "~": other,
	},
}

// shapeOf finds the weakest connective of a proposition.
func shapeOf(text string) shape {
	tokens, _, _ := lex(text)
	if len(tokens) == 0 {
		return other
	}
	switch tokens[0].text {
	case "∀":
		return forAll
	case "∃", "∃!":
		return exists
	case "True":
		return truth
	case "False":
		return falsity
	}
	found, level, depth := other, len(connectives), 0
	for _, t := range tokens {
		switch {
		case opens(t):
			depth++
		case closes(t):
			depth--
		case depth == 0 && t.is("∀", "∃", "fun", "λ", "∑", "∏"):
			return found // what follows belongs to it
		case depth == 0 && t.kind == symbol:
			for l, row := range connectives[:level] {
				if s, ok := row[t.text]; ok {
					found, level = s, l
				}
			}
		}
	}
	return found
}
