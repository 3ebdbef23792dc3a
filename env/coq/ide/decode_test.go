package ide

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const spoken = `<feedback object="state" route="0"><state_id val="5"/><feedback_content val="message"><message><message_level val="notice"/><option val="none"/><richpp><_><pp>n:&nbsp;<constr.variable>nat</constr.variable></pp></_></richpp></message></feedback_content></feedback>` +
	`<feedback object="state" route="0"><state_id val="5"/><feedback_content val="processed"/></feedback>`

func TestDecode(t *testing.T) {
	for _, row := range []struct {
		name, in string
		messages []string
		refusal  string
	}{
		{"nothing said", `<value val="good"><unit/></value>`, nil, ""},
		{"a message before", spoken + `<value val="good"><unit/></value>`, []string{"n: nat"}, ""},
		{"a refusal", `<value val="fail"><state_id val="7"/><richpp><_><pp>Unable to unify "1" with "2".</pp></_></richpp></value>`, nil, `Unable to unify "1" with "2".`},
		{"control characters that a tactic printed", "<value val=\"fail\"><richpp>\x1b[31m\x00x</richpp></value>", nil, "?[31m?x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := newDecoder(strings.NewReader(row.in)).next()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.messages, r.messages); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			if row.refusal == "" && r.err != nil || row.refusal != "" && (r.err == nil || r.err.Error() != row.refusal) {
				t.Errorf("error %v, want %q", r.err, row.refusal)
			}
		})
	}
	if _, err := newDecoder(strings.NewReader(`<value val="good"><unit/>`)).next(); err == nil {
		t.Error("half a reply is one")
	}
	d := newDecoder(strings.NewReader("<value>" + strings.Repeat("x", mostReply) + "</value>"))
	if _, err := d.next(); err == nil {
		t.Error("a flood is a reply")
	}
}

func TestGoals(t *testing.T) {
	const goal = `<goal><string>4</string><list><richpp><_><pp>n, m : nat</pp></_></richpp></list><richpp><_><pp>n = m</pp></_></richpp><option val="none"/></goal>`
	in := `<value val="good"><option val="some"><goals><list>` + goal + `</list><list><pair><list>` + goal + `</list><list>` + goal +
		`</list></pair></list><list>` + goal + `</list><list/></goals></option></value>`
	r, err := newDecoder(strings.NewReader(in)).next()
	if err != nil {
		t.Fatal(err)
	}
	want := Goals{Proving: true, Focused: []Goal{{ID: "4", Hyps: []string{"n, m : nat"}, Concl: "n = m"}}, Background: 2, Shelved: 1}
	if diff := cmp.Diff(want, goalsOf(r.value)); diff != "" {
		t.Errorf("goals (-want +got):\n%s", diff)
	}
}

// Whatever a process says, reading it ends without a panic.
func FuzzDecode(f *testing.F) {
	f.Add(spoken + `<value val="good"><state_id val="3"/></value>`)
	f.Add(`<value val="good"><option val="some"><goals><list/><list/><list/><list/></goals></option></value>`)
	f.Add("<value val=\"fail\">&bad;\xff</value>")
	f.Fuzz(func(t *testing.T, in string) {
		d := newDecoder(strings.NewReader(in))
		for {
			r, err := d.next()
			if err != nil {
				return
			}
			_ = goalsOf(r.value)
			if id, err := stateOf(r); err == nil && id < 0 && !strings.Contains(in, "-") {
				t.Errorf("state %d out of %q", id, in)
			}
		}
	})
}

// What is escaped comes back as it was.
func FuzzEscape(f *testing.F) {
	f.Add(`Notation "a < b" := (a & b).`)
	f.Fuzz(func(t *testing.T, s string) {
		r, err := newDecoder(strings.NewReader("<value>" + escape(s) + "</value>")).next()
		if err != nil || strings.ContainsAny(s, "\r") || strings.ToValidUTF8(s, "") != s {
			return // not every text is XML
		}
		for _, c := range s {
			if c < ' ' && c != '\n' && c != '\t' || c > 0xd7ff {
				return
			}
		}
		if got := r.value.flat(); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
	})
}
