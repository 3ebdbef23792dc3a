(* A comment (* nested (* twice *) *) with "a string (* and ""quotes"" *)" and a dot. *)
(***) (**) (** doc. *)
Require Import Arith List String. Import ListNotations.
Open Scope string_scope. (**)Open Scope list_scope.

Definition dots := "a. b. (* c *) ""d"". ".
Definition name' := Nat.add 1 2.
Definition sum := Coq.Init.Nat.add (* . *) 3 (* "*)" *) 4.
Record point := { px : nat; py : nat }.
Record pair3 := mk3 { p1 : nat (* . *) ; p2 : nat }.
Definition origin := {| px := 0; py := 0 |}.
Definition first (p : point) := p.(px).
Notation "[ x ;; .. ;; y ]" := (cons x .. (cons y nil) ..) (at level 0).
Definition l := [1;; 2;; 3].
#[local] Hint Resolve Nat.le_refl : core.
#[local,
  deprecated(since="1. 2", note="no. more")] Notation old := 3.

Lemma braces : True /\ True /\ (True /\ True).
Proof.
  split. { exact I. } split.
  2: { split. - exact I. - exact I. } exact I.
Qed.

Lemma bullets : (True /\ True) /\ (True /\ True).
Proof.
  split.
  - split.
    -- exact I.
    -- { exact I. }
  - split.
    + idtac; exact I.
    + split.
Qed.

Lemma stars n : n = 0 \/ n <> 0.
Proof. destruct n. * left. reflexivity.
  * right. *** discriminate.
Qed.

Lemma named : exists n, n = 1 /\ True.
Proof.
  eexists. split. reflexivity. 1: exact I.
Qed.

Lemma named_goals : forall n : nat, n = n.
Proof.
  intros n. refine (nat_ind (fun m => m = m) ?[base] ?[step] n).
  [base]: { reflexivity. }
  [step]:{intros. reflexivity. }
Qed.

Lemma with_tactic : 1 = 1 /\ 2 = 2.
Proof with trivial.
  split...
Qed.

Lemma selectors : True /\ True.
Proof. split. all: exact I. Qed.

Lemma dispatch : 1 = 1 /\ 2 = 2 /\ 3 = 3.
Proof. repeat split; [ reflexivity .. ]. Qed.

Section uses.
  Variables (A : Type) (x y : A).
  Lemma using_x : x = x.
  Proof using x.
    reflexivity.
  Qed.
End uses.

Lemma by_term : 1 = 1.
Proof eq_refl.
Lemma négatif αβ (H₁ : αβ = 0) : αβ = 0 -> "é.è. " = "é.è. ".
Proof. reflexivity. Qed.
Goal 1 = 1. Proof. - + * reflexivity. Qed. Definition last := fst (1, 2).