package blocksworld

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// contents are what a problem says.
type contents struct {
	names       []string
	start, goal []atom
}

var isName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`).MatchString

func (c *contents) addBlock(where, name string) (reason string) {
	switch {
	case len(name) > MaxName:
		return fmt.Sprintf("%s: the name %s… is longer than %d bytes", where, quote(name), MaxName)
	case !isName(name):
		return fmt.Sprintf("%s: %s is no name of a block, which begins with a letter and has letters, digits, - and _", where, quote(name))
	case slices.Contains(c.names, name):
		return fmt.Sprintf("%s: the block %s is there twice", where, name)
	case len(c.names) == MaxBlocks:
		return fmt.Sprintf("%s: there are more than %d blocks", where, MaxBlocks)
	}
	c.names = append(c.names, name)
	return ""
}

// readShort reads the short form.
func (c *contents) readShort(text string) (reason string) {
	start, goal, _ := strings.Cut(text, ">")
	if strings.Count(text, ">") != 1 {
		return `there must be a start, one ">" and a goal, or a problem in PDDL`
	}
	for i, tower := range strings.Split(start, "/") {
		where := fmt.Sprintf("tower %d", i+1)
		for name := range strings.FieldsSeq(strings.Trim(tower, " \t\r\n[]")) {
			if reason = c.addBlock(where, name); reason != "" {
				return reason
			}
		}
		if c.start, reason = addTower(c.start, where, tower); reason != "" {
			return reason
		}
	}
	if !strings.Contains(start, "[") {
		c.start = append(c.start, atom{"the start", []string{"handempty"}})
	}
	for i, tower := range strings.Split(goal, "/") {
		if c.goal, reason = addTower(c.goal, fmt.Sprintf("goal tower %d", i+1), tower); reason != "" {
			return reason
		}
	}
	return ""
}

// addTower adds the facts of a tower, or of what is in the hand.
func addTower(atoms []atom, where, tower string) (all []atom, reason string) {
	words := strings.Fields(tower)
	add := func(words ...string) { atoms = append(atoms, atom{where, words}) }
	if len(words) == 0 {
		return nil, where + " is empty"
	}
	last := words[len(words)-1]
	if hand := strings.Trim(last, "[]"); last == "["+hand+"]" && len(words) == 1 {
		if hand == "" {
			add("handempty")
		} else {
			add("holding", hand)
		}
		return atoms, ""
	}
	for i, word := range words {
		switch {
		case word == "?" && i > 0 && i < len(words)-1:
			return nil, where + `: "?" may only be the first or the last`
		case word == "?":
		case i == 0:
			add("ontable", word)
		case words[i-1] != "?":
			add("on", word, words[i-1])
		}
	}
	if last != "?" {
		add("clear", last)
	}
	return atoms, ""
}

var token = regexp.MustCompile(`[()]|[^\s()]+`)

// readPDDL reads (define …): parts, which are lists of words or of facts, or of a list
// of facts behind "and".
func (c *contents) readPDDL(text string) (reason string) {
	var words []string // since the last parenthesis
	depth, section, ended := 0, "", false
	for i, line := range strings.Split(text, "\n") {
		where := fmt.Sprintf("line %d", i+1)
		for _, word := range token.FindAllString(line, -1) {
			switch {
			case ended:
				return where + ": the problem has ended before this line, or in it"
			case word == "(":
				depth++
				switch head := strings.Join(words, " "); {
				case depth <= 2 && (head == "" || head == "define"):
				case depth == 3 && section == "" && (head == ":init" && c.start == nil || head == ":goal" && c.goal == nil):
					section = head
				case depth == 3 && section != "" && head == "":
				case depth == 4 && section == ":goal" && (head == "and" || head == ""):
				default:
					return fmt.Sprintf(`%s: a "(" can't stand behind %s here`, where, quote(head))
				}
				words = nil
			case word != ")":
				words = append(words, word)
			default:
				if len(words) > 0 {
					reason = c.addList(atom{where, words}, section, depth)
				}
				if reason != "" {
					return reason
				}
				if depth--; depth < 2 {
					section = ""
				}
				words, ended = nil, depth <= 0
			}
		}
	}
	switch {
	case !ended:
		return `the text ends before its last ")"`
	case c.names == nil || c.start == nil || c.goal == nil:
		return "the problem must have (:objects …), (:init …) and (:goal …)"
	}
	return ""
}

// addList adds what a list of words says.
func (c *contents) addList(list atom, section string, depth int) (reason string) {
	head, rest := list.words[0], list.words[1:]
	switch {
	case depth > 2 && section == ":init":
		c.start = append(c.start, list)
	case depth > 2:
		c.goal = append(c.goal, list)
	case depth == 2 && section == "" && (head == "problem" || head == ":requirements"):
	case depth == 2 && section == "" && head == ":domain" && len(rest) == 1 && strings.HasPrefix(rest[0], "block"):
	case depth == 2 && section == "" && head == ":objects":
		for i, name := range rest {
			if name == "-" || i > 0 && rest[i-1] == "-" {
				continue // a type
			}
			if reason = c.addBlock(list.where, name); reason != "" {
				return reason
			}
		}
	default:
		return fmt.Sprintf("%s: %s is no part of a problem of blocksworld", list.where, quote(list.String()))
	}
	return ""
}

// The texts of problems and steps, as check reads them.
var (
	comment    = regexp.MustCompile(`;[^\n]*`)
	leftMoves  = regexp.MustCompile(`^((?s:.*)[\s)])in\s+(\d+)\s*$`)
	startPart  = regexp.MustCompile(`\(\s*:init\b([^:]*)`)
	goalPart   = regexp.MustCompile(`\(\s*:goal\b([^:]*)`)
	fact       = regexp.MustCompile(`\(([^()]+)\)`)
	stepOfName = regexp.MustCompile(`^([a-z-]+)\(([^(),]+),?([^(),]*)\)$`)
)

// operators are those of the domain: what they need, which is no more true after them,
// and what they make true.
var operators = map[string][2][]string{
	"pick-up":  {{"clear x", "ontable x", "handempty"}, {"holding x"}},
	"put-down": {{"holding x"}, {"clear x", "ontable x", "handempty"}},
	"stack":    {{"holding x", "clear y"}, {"on x y", "clear x", "handempty"}},
	"unstack":  {{"on x y", "clear x", "handempty"}, {"holding x", "clear y"}},
}
