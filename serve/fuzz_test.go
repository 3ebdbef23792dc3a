package serve

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// refused checks an error for a person: the client's fault, and short.
func refused(t *testing.T, err error) {
	t.Helper()
	if code := status(err); code != http.StatusBadRequest {
		t.Errorf("status %d for %v", code, err)
	}
	if len(err.Error()) > 2000 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

func FuzzOrder(f *testing.F) {
	for _, text := range []string{`{"order":"pin","edges":[1,2]}`, `{"order":"stop"}`, `{"order":"free","edges":[-1]}`, `{`, `null`, `{"order":"pause"}{}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := parseOrder(text)
		if err != nil {
			refused(t, err)
			return
		}
		again, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseOrder(again)
		if diff := cmp.Diff(o, back); diff != "" && len(o.Edges) > 0 || err != nil {
			t.Errorf("%s: %v\n%s", again, err, diff)
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add(aKey)
	f.Add(aKey + "," + strings.ToUpper(aKey))
	f.Add(",")
	f.Fuzz(func(t *testing.T, list string) {
		keys, err := parseKeys(list)
		if err != nil {
			refused(t, err)
			return
		}
		if len(keys) == 0 || len(keys) > maxKeys {
			t.Fatalf("%d keys", len(keys))
		}
		again, err := parseKeys(strings.Join(keys, ","))
		if diff := cmp.Diff(keys, again); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func FuzzLastEventID(f *testing.F) {
	for _, text := range []string{"", "0", "17", "-1", "+1", "99999999999999999999", "1e3", "٣", "12:feed-ABC", "3:", ":x"} {
		f.Add(text, "5")
	}
	f.Fuzz(func(t *testing.T, header, after string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = "after=" + after
		if header != "" {
			r.Header["Last-Event-Id"] = []string{header}
		}
		at, err := place(r)
		if err != nil {
			refused(t, err)
			return
		}
		n := at.Seq
		if n < 0 {
			t.Errorf("place %d", n)
		}
		if again, err := parsePlace(messageID(at)); err != nil || again != at {
			t.Errorf("%v comes back as %v, %v", at, again, err)
		}
		digits, _, _ := strings.Cut(header, ":")
		if header != "" && strconv.Itoa(n) != strings.TrimLeft(digits, "0") && n != 0 {
			t.Errorf("the header %q is place %d", header, n)
		}
	})
}
