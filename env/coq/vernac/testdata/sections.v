(* Which theorems are generalised over what, with their scripts and without. *)
Theorem outside : forall n : nat, n = n.
Proof. intros n. reflexivity. Qed.

Section closed.
  Variables (A : Type) (x : A).
  Hypothesis same : forall y : A, x = y.

  Lemma unused : 1 = 1.
  Proof. reflexivity. Qed.

  Lemma used : exists y : A, y = y.
  Proof. exists x. reflexivity. Qed.

  Lemma said : exists y : A, forall z : A, y = z.
  Proof using x same.
    exists x. exact same.
  Qed.

  #[using="x"] Lemma said_so : exists y : A, y = y.
  Proof.
    exists x. reflexivity.
  Qed.

  Lemma type_only : x = x.
  Proof using Type. reflexivity. Qed.

  Let local : 2 = 2.
  Proof. reflexivity. Qed.

  Lemma given_up : False.
  Proof. idtac. Abort.
End closed.

Section plain.
  Lemma nothing_around : 3 = 3.
  Proof. reflexivity. Qed.
End plain.

Definition two : nat.
Proof. exact 2. Defined.

Lemma two_is_two : two = 2.
Proof eq_refl.

Lemma with_abstract : 4 = 4 /\ 5 = 5.
Proof. split; [abstract reflexivity | reflexivity]. Qed.

Class Small (n : nat) := small : n <= 3.
#[export] Instance small_two : Small 2.
Proof. repeat constructor. Qed.
Lemma by_instance : Small 2.
Proof. typeclasses eauto. Qed.

Fixpoint count (n : nat) : nat.
Proof. destruct n as [|m]; [exact 0 | exact (S (count m))]. Defined.

Lemma ev n : count n = n
with od n : count n = n.
Proof.
  - induction n; simpl; congruence.
  - induction n; simpl; congruence.
Qed.

Section open.
  Variable B : Type.
  Lemma in_open (b : B) : b = b.
  Proof. reflexivity. Qed.
  Lemma last (b : B) : b = b.
  Proof.
    apply in_open.
  Qed.
End open.
