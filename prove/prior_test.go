package prove

import (
	"math"
	"testing"
)

func TestTacticKind(t *testing.T) {
	local := map[string]bool{"H": true, "n": true}
	for tactic, want := range map[string]string{
		"intros": "intros", "intros a b": "intros names", "intro": "intro",
		"intros; subst": "intros;subst", "simpl; rewrite H; auto": "simpl;rewrite",
		"rewrite H": "rewrite hyp", "rewrite <- H": "rewrite<- hyp", "rewrite add_comm": "rewrite lemma",
		"rewrite !add_comm": "rewrite! lemma", "rewrite <- !add_comm": "rewrite<-! lemma", "rewrite add_comm in H": "rewrite in lemma",
		"rewrite ?a, ?b": "rewrite several", "rewrite a by auto": "rewrite several", "rewrite H; auto": "rewrite several",
		"apply H": "apply hyp", "apply f_equal": "apply lemma", "apply le_trans with (m := n)": "apply with lemma",
		"apply le_S in H": "apply in lemma", "eapply le_trans; eauto": "eapply;eauto",
		"destruct n": "destruct", "destruct (le_lt_dec n 0)": "destruct (", "destruct (n) eqn:?": "destruct eqn",
		"destruct H as [a b]": "destruct as ", "induction n using ind": "induction using ", "induction n": "induction",
		"unfold lt": "unfold", "unfold lt, gt": "unfold many", "unfold lt in *": "unfold in*", "unfold lt in H": "unfold in",
		"simpl": "simpl", "simpl in *": "simpl args", "easy": "easy", "": "",
	} {
		if got := tacticKind(tactic, local); got != want {
			t.Errorf("%q is of the kind %q, want %q", tactic, got, want)
		}
	}
}

// What the library's proofs taught changes a weight by the kind, and where it begins a
// proof by that.
func TestLearntWeight(t *testing.T) {
	for _, tt := range []struct {
		tactic string
		depth  int
		want   float64
	}{
		{"easy", 0, 0}, {"rewrite !x", 3, taught["rewrite! lemma"]},
		{"induction n", 1, taught["induction@0"]}, {"induction n", 2, taught["induction"]},
	} {
		got := math.Log(learntWeight(2, tt.tactic, nil, tt.depth) / 2)
		if math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%q at depth %d: %v, want %v", tt.tactic, tt.depth, got, tt.want)
		}
	}
}
