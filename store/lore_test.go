package store

import (
	"errors"
	"path/filepath"
	"testing"
)

// What was learnt last is what is found, by those who only read too; what is damaged
// is as good as not there.
func TestLore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s := open(t, path, Options{})
	if _, found, err := s.Lore(t.Context(), "coq"); found || err != nil {
		t.Errorf("an empty database: found %v, %v", found, err)
	}
	for _, text := range []string{"one", "two", ""} {
		must(t, s.SaveLore(t.Context(), "coq", []byte(text)))
		must(t, s.SaveLore(t.Context(), "chess", []byte("another")))
		data, found, err := s.Lore(t.Context(), "coq")
		if string(data) != text || !found || err != nil {
			t.Errorf("%q, %v, %v; want %q", data, found, err, text)
		}
	}
	r := open(t, path, Options{ReadOnly: true})
	if data, found, err := r.Lore(t.Context(), "chess"); string(data) != "another" || !found || err != nil {
		t.Errorf("reading only: %q, %v, %v", data, found, err)
	}
	if err := r.SaveLore(t.Context(), "chess", nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("writing where one reads only: %v", err)
	}
	_, err := s.w.ExecContext(t.Context(), "UPDATE lore SET data = ? WHERE kind = 'chess'", []byte("anothes"))
	must(t, err)
	if _, found, err := s.Lore(t.Context(), "chess"); found || err != nil {
		t.Errorf("damaged: found %v, %v", found, err)
	}
}
