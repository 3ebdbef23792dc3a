From Coq Require Import Arith Bool List Lia ZArith.
Import ListNotations.

(* a comparison changed *)
Lemma false_001 : forall (n : nat) (m : nat), (n + m) <> (m + n).
Proof.
Admitted.

(* variables swapped *)
Lemma false_002 : forall (n : nat) (m : nat) (p : nat), (n + (m + p)) = ((p + m) + p).
Proof.
Admitted.

(* an operator changed *)
Lemma false_003 : forall (n : nat) (m : nat) (p : nat), (Nat.max n (m + p)) = ((n * m) + (n * p)).
Proof.
Admitted.

(* an operator changed *)
Lemma false_004 : forall (n : nat) (m : nat), ((Nat.min n m) - m) = n.
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_005 : forall (n : nat) (m : nat), (n + (m - n)) = m.
Proof.
Admitted.

(* variables swapped *)
Lemma false_006 : forall (n : nat) (m : nat) (p : nat), n <= p -> (n + p) <= (m + p).
Proof.
Admitted.

(* operands swapped *)
Lemma false_007 : forall (n : nat) (m : nat) (p : nat), n <= m -> p <= m -> n <= p.
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_008 : forall (n : nat) (m : nat) (p : nat), m <= p -> n < p.
Proof.
Admitted.

(* variables swapped *)
Lemma false_009 : forall (n : nat) (m : nat), n <= m -> n <= m -> n = m.
Proof.
Admitted.

(* operands swapped *)
Lemma false_010 : forall (n : nat) (m : nat) (p : nat), 0 < p -> n < m -> (m * p) < (n * p).
Proof.
Admitted.

(* an operator changed *)
Lemma false_011 : forall (n : nat) (m : nat), n <= (n - m).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_012 : forall (n : nat) (m : nat) (p : nat), p <= n -> p <= m -> p < (Nat.min n m).
Proof.
Admitted.

(* an operator changed *)
Lemma false_013 : forall (n : nat) (m : nat), ((Nat.min n m) + (n * m)) = (n + m).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_014 : forall (n : nat) (m : nat), (n * (S m)) <> (n + (n * m)).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_015 : forall (n : nat), n <> 0 -> (S (pred n)) <> n.
Proof.
Admitted.

(* variables swapped *)
Lemma false_016 : forall (n : nat) (m : nat), (Nat.even (n + m)) = (negb (xorb (Nat.even m) (Nat.even m))).
Proof.
Admitted.

(* an operator changed *)
Lemma false_017 : forall (n : nat), (Nat.even n) = (negb (Nat.even n)).
Proof.
Admitted.

(* operands swapped *)
Lemma false_018 : forall (n : nat) (m : nat), (Nat.leb m n) = true -> (Nat.ltb m n) = false.
Proof.
Admitted.

(* an operator changed *)
Lemma false_019 : forall (n : nat) (m : nat), (Nat.ltb n m) = true -> n = m.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_020 : forall (n : nat), (Nat.double (Nat.div2 n)) < n.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_021 : forall (a : bool) (b : bool), (negb (andb a b)) <> (orb (negb a) (negb b)).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_022 : forall (a : bool) (b : bool) (c : bool), (andb a (orb b c)) <> (orb (andb a b) (andb a c)).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_023 : forall (a : bool) (b : bool), (implb a b) <> (orb (negb a) b).
Proof.
Admitted.

(* an operator changed *)
Lemma false_024 : forall (a : bool) (b : bool), (implb a b) = true -> a = (negb b).
Proof.
Admitted.

(* an operator changed *)
Lemma false_025 : forall (a : bool) (b : bool), (orb a b) = true -> a = true.
Proof.
Admitted.

(* an operator changed *)
Lemma false_026 : forall (a : bool) (b : bool) (c : bool), (xorb a (xorb b c)) = (xorb (andb a b) c).
Proof.
Admitted.

(* an operator changed *)
Lemma false_027 : forall (l : list nat) (k : list nat), (length (l ++ k)) = ((length l) * (length k)).
Proof.
Admitted.

(* an operator changed *)
Lemma false_028 : forall (l : list nat) (k : list nat), (rev (l ++ k)) = ((rev k) ++ (map S l)).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_029 : forall (l : list nat), (rev (rev l)) <> l.
Proof.
Admitted.

(* an operator changed *)
Lemma false_030 : forall (n : nat) (l : list nat), ((firstn n l) ++ (n :: l)) = l.
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_031 : forall (n : nat) (l : list nat), (firstn n l) = l.
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_032 : forall (n : nat) (l : list nat) (k : list nat), In n (l ++ k).
Proof.
Admitted.

(* an operator changed *)
Lemma false_033 : forall (n : nat) (l : list nat), In n l -> In n (map S l).
Proof.
Admitted.

(* variables swapped *)
Lemma false_034 : forall (n : nat) (m : nat) (l : list nat), In n (n :: l) -> n <> m -> In n l.
Proof.
Admitted.

(* an operator changed *)
Lemma false_035 : forall (n : nat) (m : nat), (list_sum (repeat n m)) = m.
Proof.
Admitted.

(* an operator changed *)
Lemma false_036 : forall (n : nat) (l : list nat), (length (skipn n l)) = ((length l) * n).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_037 : forall (l : list nat) (k : list nat), (list_sum (l ++ k)) <> ((list_sum l) + (list_sum k)).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_038 : forall (l : list nat), (list_sum (map S l)) <> ((list_sum l) + (length l)).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_039 : forall (n : nat) (l : list nat), (tl (n :: l)) <> l.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_040 : forall (x : Z) (y : Z), (x - y)%Z <> Z.opp (y - x)%Z.
Proof.
Admitted.

(* an operator changed *)
Lemma false_041 : forall (x : Z) (y : Z) (z : Z), (x * (y - z)%Z)%Z = ((x * y)%Z + (x * z)%Z)%Z.
Proof.
Admitted.

(* an operator changed *)
Lemma false_042 : forall (x : Z) (y : Z), (Z.abs (x + y)%Z <= ((Z.opp x) + (Z.abs y))%Z)%Z.
Proof.
Admitted.

(* variables swapped *)
Lemma false_043 : forall (x : Z) (y : Z), Z.abs (x * y)%Z = ((Z.abs y) * (Z.abs y))%Z.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_044 : forall (x : Z), ((Z.sgn x) * (Z.abs x))%Z <> x.
Proof.
Admitted.

(* operands swapped *)
Lemma false_045 : forall (x : Z) (y : Z) (z : Z), (0%Z < z)%Z -> (y < x)%Z -> ((x * z)%Z < (y * z)%Z)%Z.
Proof.
Admitted.

(* operands swapped *)
Lemma false_046 : forall (x : Z) (y : Z) (z : Z), (y <= x)%Z -> (y < z)%Z -> (x < z)%Z.
Proof.
Admitted.

(* variables swapped *)
Lemma false_047 : forall (x : Z) (y : Z), (x < y)%Z -> ((Z.succ y) <= x)%Z.
Proof.
Admitted.

(* an operator changed *)
Lemma false_048 : forall (x : Z) (y : Z), ((Z.min x y) <= (x * y)%Z)%Z.
Proof.
Admitted.

(* variables swapped *)
Lemma false_049 : forall (n : nat) (m : nat), m <= n -> (Z.of_nat (m - n)) = ((Z.of_nat n) - (Z.of_nat m))%Z.
Proof.
Admitted.

(* a constant changed *)
Lemma false_050 : forall (x : Z) (y : Z), (x * y)%Z = 0%Z -> x <> 2%Z -> y = 0%Z.
Proof.
Admitted.

(* an operator changed *)
Lemma false_051 : forall (n : nat) (m : nat), (Nat.max n m) = (m + n).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_052 : forall (n : nat) (m : nat) (p : nat), (n + (m + p)) <> ((n + m) + p).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_053 : forall (n : nat) (m : nat) (p : nat), (n * (m + p)) <> ((n * m) + (n * p)).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_054 : forall (n : nat) (m : nat), ((n + m) - m) <> n.
Proof.
Admitted.

(* an operator changed *)
Lemma false_055 : forall (n : nat) (m : nat), n <= m -> (Nat.max n (m - n)) = m.
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_056 : forall (n : nat) (m : nat) (p : nat), (n + p) <= (m + p).
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_057 : forall (n : nat) (m : nat) (p : nat), m <= p -> n <= p.
Proof.
Admitted.

(* operands swapped *)
Lemma false_058 : forall (n : nat) (m : nat) (p : nat), n < m -> m <= p -> p < n.
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_059 : forall (n : nat) (m : nat), n <= m -> n = m.
Proof.
Admitted.

(* variables swapped *)
Lemma false_060 : forall (n : nat) (m : nat) (p : nat), 0 < p -> n < m -> (n * m) < (p * m).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_061 : forall (n : nat) (m : nat), n < (Nat.max n m).
Proof.
Admitted.

(* an operator changed *)
Lemma false_062 : forall (n : nat) (m : nat) (p : nat), p <= n -> p <= m -> p <= (n - m).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_063 : forall (n : nat) (m : nat), ((Nat.min n m) + (Nat.max n m)) <> (n + m).
Proof.
Admitted.

(* an operator changed *)
Lemma false_064 : forall (n : nat) (m : nat), (n * (S m)) = (n + (Nat.min n m)).
Proof.
Admitted.

(* an operator changed *)
Lemma false_065 : forall (n : nat), n <> 0 -> (S (Nat.double n)) = n.
Proof.
Admitted.

(* an operator changed *)
Lemma false_066 : forall (n : nat) (m : nat), (Nat.even (Nat.min n m)) = (negb (xorb (Nat.even n) (Nat.even m))).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_067 : forall (n : nat), (Nat.odd n) <> (negb (Nat.even n)).
Proof.
Admitted.

(* an operator changed *)
Lemma false_068 : forall (n : nat) (m : nat), (Nat.leb n m) = true -> (Nat.leb m n) = false.
Proof.
Admitted.

(* a constant changed *)
Lemma false_069 : forall (n : nat) (m : nat), (Nat.eqb n m) = false -> n = m.
Proof.
Admitted.

(* an operator changed *)
Lemma false_070 : forall (n : nat), (Nat.double (Nat.double n)) <= n.
Proof.
Admitted.

(* an operator changed *)
Lemma false_071 : forall (a : bool) (b : bool), (negb (implb a b)) = (orb (negb a) (negb b)).
Proof.
Admitted.

(* variables swapped *)
Lemma false_072 : forall (a : bool) (b : bool) (c : bool), (andb a (orb a c)) = (orb (andb a b) (andb a c)).
Proof.
Admitted.

(* variables swapped *)
Lemma false_073 : forall (a : bool) (b : bool), (implb a b) = (orb (negb b) a).
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_074 : forall (a : bool) (b : bool), a = (negb b).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_075 : forall (a : bool) (b : bool), (andb a b) = true -> a <> true.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_076 : forall (a : bool) (b : bool) (c : bool), (xorb a (xorb b c)) <> (xorb (xorb a b) c).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_077 : forall (l : list nat) (k : list nat), (length (l ++ k)) <> ((length l) + (length k)).
Proof.
Admitted.

(* variables swapped *)
Lemma false_078 : forall (l : list nat) (k : list nat), (rev (k ++ l)) = ((rev k) ++ (rev l)).
Proof.
Admitted.

(* an operator changed *)
Lemma false_079 : forall (l : list nat), (tl (rev l)) = l.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_080 : forall (n : nat) (l : list nat), ((firstn n l) ++ (skipn n l)) <> l.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_081 : forall (n : nat) (l : list nat), (length l) <= n -> (firstn n l) <> l.
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_082 : forall (n : nat) (l : list nat), In n (rev l).
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_083 : forall (n : nat) (m : nat) (l : list nat), n <> m -> In n l.
Proof.
Admitted.

(* operands swapped *)
Lemma false_084 : forall (n : nat) (m : nat), (length (repeat m n)) = m.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_085 : forall (n : nat) (l : list nat), (length (skipn n l)) <> ((length l) - n).
Proof.
Admitted.

(* an operator changed *)
Lemma false_086 : forall (l : list nat) (k : list nat), (list_sum (l ++ k)) = ((length l) + (list_sum k)).
Proof.
Admitted.

(* an operator changed *)
Lemma false_087 : forall (l : list nat), (list_sum (map S l)) = ((list_sum l) + (list_sum l)).
Proof.
Admitted.

(* an operator changed *)
Lemma false_088 : forall (n : nat) (l : list nat), (map S (n :: l)) = l.
Proof.
Admitted.

(* an operator changed *)
Lemma false_089 : forall (x : Z) (y : Z), (Z.max x y) = Z.opp (y - x)%Z.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_090 : forall (x : Z) (y : Z) (z : Z), (x * (y - z)%Z)%Z <> ((x * y)%Z - (x * z)%Z)%Z.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_091 : forall (x : Z) (y : Z), (Z.abs (x + y)%Z < ((Z.abs x) + (Z.abs y))%Z)%Z.
Proof.
Admitted.

(* a comparison changed *)
Lemma false_092 : forall (x : Z) (y : Z), Z.abs (x * y)%Z <> ((Z.abs x) * (Z.abs y))%Z.
Proof.
Admitted.

(* an operator changed *)
Lemma false_093 : forall (x : Z), (Z.max (Z.sgn x) (Z.abs x)) = x.
Proof.
Admitted.

(* an operator changed *)
Lemma false_094 : forall (x : Z) (y : Z) (z : Z), (0%Z < z)%Z -> (x < y)%Z -> ((x - z)%Z < (y * z)%Z)%Z.
Proof.
Admitted.

(* a hypothesis dropped *)
Lemma false_095 : forall (x : Z) (y : Z) (z : Z), (x <= y)%Z -> (x < z)%Z.
Proof.
Admitted.

(* operands swapped *)
Lemma false_096 : forall (x : Z) (y : Z), (y < x)%Z -> ((Z.succ x) <= y)%Z.
Proof.
Admitted.

(* operands swapped *)
Lemma false_097 : forall (x : Z) (y : Z), ((Z.max x y) <= (Z.min x y))%Z.
Proof.
Admitted.

(* an operator changed *)
Lemma false_098 : forall (n : nat) (m : nat), m <= n -> (Z.of_nat (n - m)) = (Z.max (Z.of_nat n) (Z.of_nat m)).
Proof.
Admitted.

(* a comparison changed *)
Lemma false_099 : forall (x : Z) (y : Z), (x * y)%Z <> 0%Z -> x <> 0%Z -> y = 0%Z.
Proof.
Admitted.

(* an operator changed *)
Lemma false_100 : forall (n : nat) (m : nat), (n + m) = (Nat.min m n).
Proof.
Admitted.

