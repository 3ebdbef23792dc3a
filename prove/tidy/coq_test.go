package tidy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env/proof"
)

// coqc is the path of Coq's compiler, whose Debian package is installed if need be.
func coqc(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("coqc")
	if err != nil {
		script := filepath.Join("..", "..", "scripts", "get-debian.sh")
		if out, err := exec.Command(script, "coq").CombinedOutput(); err != nil {
			t.Fatalf("coqc is missing: %v: %s", err, out)
		}
		if path, err = exec.LookPath("coqc"); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// compile returns what coqc says to a file, "" if it accepts it.
func compile(t *testing.T, coqc, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "F.v")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), coqc, "-q", "-noglob", "-w", "none", path)
	cmd.Dir = filepath.Dir(path) // lia leaves a cache where it runs
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v: %s", err, out)
	}
	return ""
}

// conjunction is a nest of conjunctions, and its proof.
func conjunction(deep int, left bool) (statement string, p *proof.Tree) {
	statement, p = "n = n", &proof.Tree{Tactic: "reflexivity"}
	for range deep {
		one, proved := "m + 0 = m", line("symmetry", "apply plus_n_O")
		p = &proof.Tree{Tactic: "split", Next: []*proof.Tree{proved, p}}
		if left {
			statement = "(" + statement + ") /\\ " + one
			p.Next[0], p.Next[1] = p.Next[1], p.Next[0]
		} else {
			statement = one + " /\\ (" + statement + ")"
		}
	}
	return statement, p
}

// bush branches in three at every level.
func bush(deep int) (statement string, p *proof.Tree) {
	if deep == 0 {
		return "0 <= n", line("apply Nat.le_0_l")
	}
	s, _ := bush(deep - 1)
	p = &proof.Tree{Tactic: "repeat apply conj"}
	for range 3 {
		_, c := bush(deep - 1)
		p.Next = append(p.Next, c)
	}
	// The disjunction keeps "repeat" from going on into the next level.
	part := "(False \\/ (" + s + "))"
	for i := range p.Next {
		p.Next[i] = &proof.Tree{Tactic: "right", Next: []*proof.Tree{p.Next[i]}}
	}
	return part + " /\\ " + part + " /\\ " + part, p
}

var lemmas = []struct{ statement, proof string }{
	{"forall n : nat, n = n", "reflexivity"},
	{"forall n : nat, n + 0 = n", "intros n > induction n as [|n IH] { reflexivity } { simpl > rewrite IH > reflexivity }"},
	{"forall a b : bool, andb a b = andb b a", "intros a b > destruct a { destruct b { reflexivity } { reflexivity } } { destruct b { reflexivity } { reflexivity } }"},
	{"exists x : nat, x <= 3 /\\ x = 2 + 1", "eexists > split {+ apply le_n > reflexivity }"},
	{"exists x y : nat, x = y /\\ y = 4 /\\ 0 <= x", "eexists > eexists > split {+ reflexivity > split {+ reflexivity > apply Nat.le_0_l } }"},
	{"forall n m p : nat, n <= m -> m <= p -> n <= p", "intros n m p H K > eapply Nat.le_trans {+ exact H > exact K }"},
	{"forall (P Q : nat -> Prop), P 1 /\\ Q 1 -> exists x, P x /\\ Q x", "intros P Q H > destruct H as [p q] > econstructor > econstructor {+ exact p > exact q }"},
	{"exists x : nat, x = 1 /\\ (x <= 1 /\\ 0 <= x)", "eexists > apply and_comm > split {+ split {+ apply le_n { apply Nat.le_0_l } { reflexivity } } }"},
	{"exists x : nat, x = 1 /\\ (x <= 1 /\\ 0 <= x) /\\ (0 <= x /\\ x <= 2)",
		"eexists > repeat apply conj {+ reflexivity { apply le_n } { apply Nat.le_0_l } { apply Nat.le_0_l } { apply le_S > apply le_n } }"},
	{"forall P Q : Prop, P \\/ Q -> Q \\/ P", "intros P Q [p|q] { right > exact p } { left > exact q }"},
	{"forall n : nat, n < 5 -> n = 0 \\/ 0 < n", "intros n H > destruct n { left > reflexivity } { right > lia }"},
	{"forall n m : nat, n + m = m + n", "intros n m > assert (H : forall a b : nat, a + S b = S (a + b)) { intros a b > induction a as [|a IH] { reflexivity } { simpl > f_equal > exact IH } } { induction n as [|n IH] { simpl > rewrite <- plus_n_O > reflexivity } { simpl > rewrite H, IH > reflexivity } }"},
	{"forall n : nat, exists m, m = n * 2 /\\ (m = n + n)",
		"intros n > exists (n + n) > split { assert (forall a b c d e : nat, a + b + c + d + e = e + d + c + b + a) as unused by (intros; lia); idtac; lia } { reflexivity }"},
	{`forall s : string, append "" s = s`, `intros s > pose (unused := "a ; b. c  d") > change (append "" s) with s > reflexivity`},
	{"forall A B C : Prop, (A -> B) -> (B -> C) -> A -> C", "intros A B C f g a > apply g > apply f > assumption"},
	{"forall n : nat, n = n /\\ True", "intros n > split { now auto } { trivial }"},
	{"forall P : Prop, P -> P", "intros P p > exact p"},
	{"forall b : bool, negb (negb b) = b", "destruct b { reflexivity } { trivial }"},
	{"True /\\ 0 = 0", "split { trivial } { now auto }"},
	{"forall n m : nat, n = m -> m = n", "let x := constr:(0) in intros n m H > now symmetry"},
	{"forall P Q : Prop, P /\\ Q -> Q", "intuition"},
	{"forall P Q : Prop, P -> Q -> P /\\ Q", "intros P Q p q > split { assumption } { try (exact p); exact q }"},
}

const preamble = "Require Import Arith Lia String.\nOpen Scope string_scope.\nOpen Scope nat_scope.\n"

// What is written is accepted by Coq, in every style.
func TestCoq(t *testing.T) {
	coqc := coqc(t)
	var b strings.Builder
	b.WriteString(preamble)
	ones := 0
	add := func(statement string, p *proof.Tree) {
		scripts := []string{
			Format(p, Style{Base: 2}), Format(p, Style{Width: 30}), Braced(p), Flat(p),
		}
		if one, ok := One(p); ok {
			ones++
			scripts = append(scripts, one+"\n")
		}
		for _, s := range scripts {
			fmt.Fprintf(&b, "Goal %s.\nProof.\n%sQed.\n", statement, s)
		}
	}
	for _, l := range lemmas {
		add(l.statement, tree(t, l.proof))
	}
	for _, deep := range []int{1, 2, 6, 7, 8, 10, 30} {
		for _, left := range []bool{true, false} {
			s, p := conjunction(deep, left)
			add("forall n m : nat, "+s, &proof.Tree{Tactic: "intros n m", Next: []*proof.Tree{p}})
		}
	}
	s, p := bush(4)
	add("forall n : nat, "+s, &proof.Tree{Tactic: "intros n", Next: []*proof.Tree{p}})
	if said := compile(t, coqc, b.String()); said != "" {
		t.Errorf("%s\n%s", said, numbered(b.String()))
	}
	if ones < 5 {
		t.Errorf("only %d proofs are one sentence", ones)
	}
}

// Coq refuses a script whose marks are in the wrong place: TestCoq can fail.
func TestCoqRefuses(t *testing.T) {
	coqc := coqc(t)
	s, p := conjunction(2, false)
	good := Format(p, Style{})
	for _, bad := range []string{strings.Replace(good, "  +", "  -", 1), strings.Replace(good, "- split", "split", 1)} {
		text := fmt.Sprintf("%sGoal forall n m : nat, %s.\nintros n m.\n%sQed.\n", preamble, s, bad)
		if bad == good || compile(t, coqc, text) == "" {
			t.Errorf("coqc accepts\n%s", text)
		}
	}
}

func numbered(text string) string {
	var b strings.Builder
	n := 0
	for l := range strings.Lines(text) {
		n++
		fmt.Fprintf(&b, "%4d %s", n, l)
	}
	return b.String()
}
