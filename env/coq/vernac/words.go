package vernac

import "strings"

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// commands are the first words of Coq's commands, and of a few plug-ins: a
// sentence that begins with another word is a tactic if a proof is open.
var commands = set(`
	Abort About Add Admit Admitted Arguments Assumption Assumptions Attributes
	Axiom Axioms Back BackTo Bind Canonical Cd Check Class Close CoFixpoint
	CoInductive Coercion Collection Combined Comments Compute Conjecture
	Conjectures Constraint Context Corollary Create Cumulative Debug Declare
	Default Defined Definition Delimit Derive Disable Drop Elpi Enable Equations
	End Eval Example Existential Existing Export Extract Extraction Fact Fail Final
	Fixpoint Focus From Function Functional Generalizable Generate Global Goal
	Grab Guarded HB Hint Hypotheses Hypothesis Identity Implicit Import Include
	Inductive Infix Info Inspect Instance Instructions Lemma Let Load Local Locate
	Ltac Ltac2 MetaCoq Module Monomorphic Next NonCumulative Notation Number
	Numeral Obligation Obligations Opaque Open Optimize Parameter Parameters
	Polymorphic Prenex Preterm Primitive Print Private Profile Program Proof
	Property Proposition Pwd Qed QuickChick Quit Record Recursive Redirect
	Register Remark Remove Require Reserved Reset Restart Rewrite Save Scheme
	Search SearchAbout SearchHead SearchPattern SearchRewrite Section Separate Set
	Show Solve Sort String Strategy Structure SubClass Succeed Symbol Symbols
	Tactic Test Theorem Time Timeout Transparent Type Typeclasses Undelimit Undo
	Unfocus Unfocused Universe Universes Unset Unshelve Variable Variables Variant
	View`)

// harmless are the commands that change nothing outside of the proof they stand in.
var harmless = set(`
	About Check Compute Eval Existential Focus Grab Guarded Inspect Locate Optimize
	Print Proof Pwd Search SearchAbout SearchHead SearchPattern SearchRewrite Show
	Test Type Unfocus Unfocused Unshelve`)

// prefixes stand before a command and leave its sense; controls run it.
var (
	prefixes = set("Local Global Polymorphic Monomorphic Cumulative NonCumulative Private Program")
	controls = set("Time Timeout Fail Succeed Redirect Instructions")
)

// theorems always open a proof.
var theorems = set("Lemma Theorem Fact Remark Corollary Proposition Property")

var endings = set("Qed Defined Admitted Abort Save")

// declares are the commands that put into an open section what a theorem may
// be generalised over at its end.
var declares = set("Variable Variables Hypothesis Hypotheses Context Let")

// command is the head of a sentence.
type command struct {
	word    string   // Lemma, Qed, …; empty if it is no command
	attrs   []string // the words within #[ … ]
	before  []string // Local, Program, …
	undone  bool     // by Fail or Succeed: it leaves nothing behind
	rest    lexer    // stands behind the word
	tactics int      // where the sentence begins without Time and the like
}

func (c command) has(prefix string) bool {
	for _, w := range c.before {
		if w == prefix {
			return true
		}
	}
	for _, w := range c.attrs {
		if w == strings.ToLower(prefix) {
			return true
		}
	}
	return false
}

// headOf reads the head of a sentence.
func headOf(text string) command {
	c := command{rest: lexer{text: text}}
	for {
		t := c.rest.next()
		w := c.rest.str(t)
		switch {
		case t.kind == symbol && w == "#":
			c.attributes()
			continue
		case t.kind != word:
			return c
		case controls[w]:
			c.undone = c.undone || w == "Fail" || w == "Succeed"
			if w == "Timeout" || w == "Redirect" {
				c.rest.next()
			}
			c.tactics = c.rest.pos
			continue
		case prefixes[w]:
			c.before = append(c.before, w)
			continue
		case commands[w]:
			c.word = w
		}
		return c
	}
}

// bare reports whether there is nothing of a command in it: neither its word
// nor anything that runs or changes one.
func (c command) bare() bool {
	return c.word == "" && c.tactics == 0 && len(c.before) == 0 && !strings.HasPrefix(c.rest.text, "#")
}

func (c *command) attributes() {
	for depth := 0; ; {
		t := c.rest.next()
		switch w := c.rest.str(t); {
		case t.kind == word:
			c.attrs = append(c.attrs, w)
		case w == "[" || w == "(":
			depth++
		case w == "]" || w == ")":
			depth--
		}
		if depth <= 0 || t.kind == end || t.kind == bad {
			return
		}
	}
}
