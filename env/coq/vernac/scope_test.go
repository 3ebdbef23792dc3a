package vernac

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAround(t *testing.T) {
	const text = `
Module Closed (P : T). End Closed.
Lemma bare : True. Admitted.
Module Type K. Parameter t : Set.
Lemma typed : True. Admitted.
End K.
Module F (Import X : K) (Y Z : K with Definition t := nat) <: S (* (W : V) *).
Section Here.
Lemma deep : True. Admitted.
End Here.
Module Alias := X.
Module Inner. Lemma inner : True. Admitted. End Inner.
Lemma functor : True. Admitted.
End F.`
	f, err := Parse("a.v", text)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, th := range f.Theorems {
		var all []string
		for _, s := range f.Around(th) {
			all = append(all, fmt.Sprintf("%s section=%v type=%v %v", s.Name, s.Section, s.Type, s.Parameters))
		}
		got[th.Name] = strings.Join(all, "; ")
	}
	const f1 = "F section=false type=false [X Y Z]"
	want := map[string]string{
		"bare": "", "typed": "K section=false type=true []", "deep": f1 + "; Here section=true type=false []",
		"inner": f1 + "; Inner section=false type=false []", "functor": f1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("around (-want +got):\n%s", diff)
	}
}
