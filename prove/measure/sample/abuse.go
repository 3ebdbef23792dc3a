package sample

import (
	"fmt"
	"strings"
)

// abuse is a file that does harm to those who search in it.
type abuse struct {
	what, context, statement string
	// bites is a tactic that takes no end, or all memory or stack, or floods,
	// where the theorem is to be proved; empty where the harm is of another kind.
	bites string
}

// looping is a tactic without end, and one that talks without end.
const looping = `
Ltac loop := idtac; loop.
Ltac talk := idtac "are we there yet"; talk.
`

// integers come with lia and ring, relations with rewriting up to equivalence.
const (
	integers  = "From Coq Require Import ZArith Lia.\n"
	relations = "From Coq Require Import Setoid Morphisms.\n"
	naturals  = "From Coq Require Import Arith List.\n"
)

// computing are functions that no machine can compute the values of.
const computing = `
Fixpoint ack (m : nat) : nat -> nat :=
  match m with
  | 0 => S
  | S p => fix inner n := match n with 0 => ack p 1 | S q => ack p (inner q) end
  end.
Fixpoint fib (n : nat) : nat :=
  match n with 0 => 0 | S m => match m with 0 => 1 | S p => fib m + fib p end end.
`

// unproved is true, and needs a lemma; hopeless is false.
const (
	unproved = "forall n m : nat, n * S m = n * m + n"
	hopeless = "forall n m : nat, n * m = n + m"
)

const harmless = "harmless"

// Abuse are 50 theorems in files that loop, take all memory or stack, flood,
// hang in conversion, in type classes or in hints, redefine tactics or spoil
// what is printed. Coq reads each file at once. Behind the theorem is a harmless
// one, forall n, 0 + n = n. Their names are abuse_01 to abuse_50.
func Abuse() []Theorem {
	var list []Theorem
	for i, a := range abuses() {
		name := fmt.Sprintf("abuse_%02d", i+1)
		list = append(list, Theorem{Name: name, What: a.what, Text: a.file(name, ""), After: harmless})
	}
	return list
}

// file is the text; steps stand in the proof of the theorem.
func (a abuse) file(name, steps string) string {
	var b strings.Builder
	b.WriteString(a.context)
	fmt.Fprintf(&b, "\nLemma %s : %s.\nProof.\n%sAdmitted.\n", name, a.statement, steps)
	fmt.Fprintf(&b, "\nLemma %s : forall n : nat, 0 + n = n.\nProof.\nAdmitted.\n", harmless)
	return b.String()
}

func abuses() []abuse {
	var all []abuse
	for _, part := range [][]abuse{hints(), redefined(), classes(), numbers(), terms(), logics(), options()} {
		all = append(all, part...)
	}
	return all
}

func hints() []abuse {
	return []abuse{
		{"a hint that loops", looping + "#[local] Hint Extern 0 => loop : core.", unproved, "auto"},
		{"a hint for equalities that loops", looping + "#[local] Hint Extern 0 (_ = _) => loop : core.", unproved, "intros; auto"},
		{"a hint that talks without end", looping + "#[local] Hint Extern 0 => talk : core.", unproved, "auto"},
		{"a hint with long messages", looping + `Ltac shout := idtac "` + strings.Repeat("long ", 4000) + `"; shout.
#[local] Hint Extern 0 => shout : core.`, unproved, "auto"},
		{"a hint that fails with a long message", `#[local] Hint Extern 0 => fail 1 "` + strings.Repeat("no ", 40000) + `" : core.
Ltac easy ::= fail 1 "` + strings.Repeat("never ", 20000) + `".`, unproved, ""},
		{"a hint that counts for long", "#[local] Hint Extern 0 => do 1000000000 idtac : core.", unproved, "auto"},
		{"a hint that computes in the machine", computing + "#[local] Hint Extern 0 => (let x := eval vm_compute in (ack 4 4) in idtac) : core.", unproved, "auto"},
		{"a hint that takes memory", naturals + "#[local] Hint Extern 0 => (let x := eval vm_compute in (repeat 0 (2 ^ 30)) in idtac) : core.", unproved, "auto"},
		{"a hint that takes the stack", "Ltac deep := (deep; idtac) || idtac.\n#[local] Hint Extern 0 => deep : core.", unproved, "auto"},
		{"hints that lead everywhere", `Parameter R : nat -> nat -> Prop.
Axiom up : forall x y, R (S x) y -> R x y.
Axiom down : forall x y, R x (S y) -> R x y.
Axiom both : forall x y z, R x z -> R z y -> R x y.
#[local] Hint Resolve up down both : core.`, "R 0 0", "eauto 40"},
		{"rewriting without end", "#[local] Hint Rewrite plus_n_O : core.", unproved, "intros; autorewrite with core"},
		{"rewriting to and fro", naturals + "#[local] Hint Rewrite Nat.add_comm Nat.mul_comm : core arith.", "forall n m : nat, n + m = m", "intros; autorewrite with core"},
	}
}

func redefined() []abuse {
	return []abuse{
		{"easy loops", looping + "Ltac easy ::= loop.", unproved, "now intros"},
		{"split and constructor loop", looping + `Tactic Notation "split" := loop.
Tactic Notation "constructor" := loop.
Tactic Notation "left" := loop.
Tactic Notation "right" := loop.`, "True /\\ forall n : nat, n = n + n", "split"},
		{"reflexivity and assumption talk", looping + `Tactic Notation "reflexivity" := talk.
Tactic Notation "assumption" := talk.`, unproved, "reflexivity"},
		{"intros loops", looping + `Tactic Notation "intros" := loop.
Tactic Notation "intro" := loop.`, "forall n : nat, n * 2 = n + n", "intros"},
		{"lia loops", integers + looping + "Ltac Zify.zify_post_hook ::= loop.", unproved, "lia"},
		{"lia is another tactic", integers + looping + `Tactic Notation "lia" := talk.
Tactic Notation "nia" := talk.
Tactic Notation "ring" := talk.`, unproved, "lia"},
		{"intuition loops", looping + "Ltac Tauto.intuition_solver ::= loop.", "forall A B : Prop, (A -> B) -> B \\/ A", "intuition"},
		{"discriminate and subst loop", looping + `Tactic Notation "discriminate" := loop.
Tactic Notation "subst" := loop.
Tactic Notation "contradiction" := loop.`, "forall n : nat, n = S n -> False", "discriminate"},
	}
}

func classes() []abuse {
	return []abuse{
		{"instances without end", `Class Up (n : nat) : Prop := up : n = n + 1.
#[global] Instance next n : Up (S n) -> Up n.
Proof. unfold Up. intros H. injection H. auto. Qed.`, "Up 0", "typeclasses eauto"},
		{"instances that branch", `Class Two (n : nat) : Prop := two : True.
Class Never : Prop := never : False.
#[global] Instance left_way n : Two (S n) -> Two (S n) -> Never -> Two n.
Proof. intros. exact I. Qed.
#[global] Instance right_way n : Two (S (S n)) -> Two n -> Never -> Two n.
Proof. intros. exact I. Qed.
Definition same (n : nat) {t : Two n} := n.`, "forall n : nat, Two n -> n + 0 = n * 2", "intros; pose (same 0)"},
		{"a hint for classes that loops", relations + looping + "#[global] Hint Extern 0 (Proper _ _) => loop : typeclass_instances.",
			"forall (f : nat -> nat) (x y : nat), (forall z, z = x) -> f x = f y", "intros f x y H; setoid_rewrite H"},
		{"relations related to themselves", relations + `Parameter eqv : nat -> nat -> Prop.
#[global] Declare Instance eqv_equivalence : Equivalence eqv.
#[global] Instance again (f : nat -> nat) R : Proper (R ==> R) f -> Proper (R ==> R) f | 0.
Proof. auto. Qed.`, "forall (f : nat -> nat) x y, eqv x y -> eqv (f x) (f y)", "intros f x y H; rewrite H"},
		{"classes that talk", relations + looping + "#[global] Hint Extern 0 (Reflexive _) => talk : typeclass_instances.",
			"forall R : nat -> nat -> Prop, R 0 0", "intros; reflexivity"},
	}
}

func numbers() []abuse {
	return []abuse{
		{"Ackermann's function", computing, "ack 4 4 = 0", "vm_compute"},
		{"Ackermann's function in a comparison", computing, "ack 4 3 <= ack 4 4", "cbv"},
		{"Ackermann's function under exists", computing, "exists n : nat, ack 4 n = S (ack 4 (S n))", "exists 4; reflexivity"},
		{"Fibonacci's numbers", computing, "fib 45 = 0", "simpl"},
		{"a large power", naturals, "2 ^ 40 = 0", "vm_compute"},
		{"a large power of integers", integers, "(2 ^ (2 ^ 50) = 0)%Z", "vm_compute"},
		{"factorials", "From Coq Require Import Factorial.\n", "fact 14 = S (fact 14)", "simpl"},
		{"a numeral of 5000 in unary", "", "forall n : nat, n + 5000 = 4999 + n", ""},
		{"products of large numerals", "", "5000 * 5000 = 4999 * 5001", "simpl"},
		{"a long list", naturals + integers, "length (seq 0 (Z.to_nat (10 ^ 9))) = 0", "vm_compute"},
	}
}

func terms() []abuse {
	doubled := "Definition d0 (n : nat) := n + n.\n"
	for i := 1; i <= 40; i++ {
		doubled += fmt.Sprintf("Definition d%d (n : nat) := d%d n + d%d (S n).\n", i, i-1, i-1)
	}
	lets := "forall x0 : nat, "
	for i := 1; i <= 40; i++ {
		lets += fmt.Sprintf("let x%d := x%d + x%d in ", i, i-1, i-1)
	}
	colours := "Inductive colour := hue0"
	for i := 1; i < 200; i++ {
		colours += fmt.Sprintf(" | hue%d", i)
	}
	return []abuse{
		{"ten thousand parentheses", "", "forall n : nat, " + strings.Repeat("(", 10000) + "n" + strings.Repeat(")", 10000) + " = n + 0", ""},
		{"a deep term", "", "forall n : nat, " + strings.Repeat("S (", 3000) + "n" + strings.Repeat(")", 3000) + " = n", ""},
		{"definitions that double", doubled, "d40 0 = 0", "cbv"},
		{"a shared term", "", lets + "x40 = S x40", "cbv"},
		{"two hundred constructors", colours + ".\n", "forall x y z : colour, x = y \\/ y = z", "intros x y z; destruct x; destruct y; destruct z; auto"},
	}
}

func logics() []abuse {
	var parts, holes []string
	const pigeons = 8
	for i := range pigeons {
		var in []string
		for j := range pigeons - 1 {
			in = append(in, fmt.Sprintf("p %d %d", i, j))
		}
		holes = append(holes, "("+strings.Join(in, " \\/ ")+")")
	}
	for j := range pigeons - 1 {
		for i := range pigeons {
			for k := range i {
				parts = append(parts, fmt.Sprintf("(p %d %d -> p %d %d -> False)", i, j, k, j))
			}
		}
	}
	return []abuse{
		{"pigeons", "", "forall p : nat -> nat -> Prop, " + strings.Join(append(holes, parts...), " -> ") + " -> False", "intros; tauto"},
		{"first-order logic without end", "Set Firstorder Depth 1000.\n", "forall (P Q : nat -> Prop) (f : nat -> nat), (forall x, P x -> P (f x) \\/ P (f (f x))) -> P 0 -> exists x, Q x", "firstorder"},
		{"a large polynomial", integers, "forall a b c d e f g : Z, ((a + b + c + d + e + f + g) ^ 14 = (g + f + e + d + c + b + 2 * a) ^ 14)%Z", "intros; ring"},
	}
}

func options() []abuse {
	return []abuse{
		{"all is printed", "Set Printing All.\nSet Printing Width 2.\nSet Printing Universes.\n", unproved, ""},
		{"next to nothing is printed", "Set Printing Depth 1.\nSet Printing Compact Contexts.\nUnset Printing Notations.\n", hopeless, ""},
		{"notations that look like Coq's answers", `Notation "'No' 'more' 'goals.'" := True.
Notation "x '============================' y" := (x = y) (at level 70).
Notation "'Error:' x" := (S x) (at level 10, x at level 9).
`, "forall n : nat, n + 1 = S n -> S n = 0 -> True /\\ False", ""},
		{"tactics work on all goals", "Set Default Goal Selector \"all\".\nSet Mangle Names.\n", unproved, ""},
		{"everything is traced", "Set Debug \"tactic-unification\".\nSet Typeclasses Debug Verbosity 2.\nSet Debug Auto.\nSet Debug Eauto.\n", unproved, ""},
		{"tactics are traced", "Set Ltac Batch Debug.\nSet Ltac Profiling.\nSet Info Level 20.\n", unproved, ""},
		{"no bounds", "Set Typeclasses Depth 1000000.\nSet Firstorder Depth 1000000.\nSet Debug \"backtrace\".\n", hopeless, ""},
	}
}
