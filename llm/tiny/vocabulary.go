package tiny

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// vocabulary is a byte-level vocabulary: every byte has a token of its own, and
// prompts are written in these tokens only.
type vocabulary struct {
	texts  []string   // of each token, as raw bytes
	byByte [256]int32 // the token of each byte
	bos    int32      // -1: prompts get none
	ends   map[int32]bool
}

// byteNames maps GPT-2's printable stand-ins for bytes back to the bytes:
// printable Latin-1 stands for itself, the others are numbered from U+0100.
var byteNames = func() map[rune]byte {
	names := map[rune]byte{}
	next := rune(0x100)
	for b := range rune(256) {
		if b > ' ' && b < 0x7f || b > 0xa0 && b != 0xad {
			names[b] = byte(b)
			continue
		}
		names[next] = byte(b)
		next++
	}
	return names
}()

func readVocabulary(c *container) (*vocabulary, error) {
	if m, _ := c.values["tokenizer.ggml.model"].(string); m != "gpt2" {
		return nil, fmt.Errorf("tokenizer is %q; only byte-level BPE (\"gpt2\") can be used", m)
	}
	names, _ := c.values["tokenizer.ggml.tokens"].([]string)
	merges, _ := c.values["tokenizer.ggml.merges"].([]string)
	if len(names) == 0 {
		return nil, errors.New("tokenizer has no tokens")
	}
	if len(merges) > 1 {
		// Importers want one merge even where none is used; more mean that
		// texts are not written byte by byte.
		return nil, fmt.Errorf("tokenizer has %d merges; at most 1 fits a vocabulary of bytes",
			len(merges))
	}
	v := &vocabulary{texts: make([]string, len(names)), bos: -1, ends: map[int32]bool{}}
	var known [256]bool
	for i, name := range names {
		v.texts[i] = rawText(name)
		if utf8.RuneCountInString(name) == 1 && len(v.texts[i]) == 1 {
			b := v.texts[i][0]
			if known[b] {
				return nil, fmt.Errorf("tokenizer has two tokens for byte %#02x", b)
			}
			known[b], v.byByte[b] = true, int32(i)
		}
	}
	for b, ok := range known {
		if !ok {
			return nil, fmt.Errorf("tokenizer has no token for byte %#02x", b)
		}
	}
	return v, v.readSpecial(c)
}

// readSpecial reads which tokens begin a prompt and end a completion.
func (v *vocabulary) readSpecial(c *container) error {
	bos, ok := c.uint("tokenizer.ggml.bos_token_id", -1)
	if !ok || bos >= len(v.texts) {
		return errors.New("tokenizer.ggml.bos_token_id is not a token")
	}
	if add, there := c.values["tokenizer.ggml.add_bos_token"].(bool); add || !there {
		v.bos = int32(bos)
	}
	eos, ok := c.uint("tokenizer.ggml.eos_token_id", -1)
	if !ok || eos < 0 || eos >= len(v.texts) {
		return errors.New("tokenizer.ggml.eos_token_id is missing or not a token")
	}
	if add, _ := c.values["tokenizer.ggml.add_eos_token"].(bool); add {
		return errors.New("tokenizer.ggml.add_eos_token is set; prompts must not end in EOS")
	}
	v.ends[int32(eos)] = true
	more, _ := c.values["tokenizer.ggml.eos_token_ids"].([]int32)
	for _, id := range more {
		v.ends[id] = true
	}
	return nil
}

// rawText turns the stand-ins of a token's name into bytes. A name with other
// characters, as added tokens may have, is its own text.
func rawText(name string) string {
	var raw []byte
	for _, r := range name {
		b, ok := byteNames[r]
		if !ok {
			return name
		}
		raw = append(raw, b)
	}
	return string(raw)
}

// promptTokens writes a prompt as tokens: BOS, then its bytes.
func (v *vocabulary) promptTokens(parts ...string) []int32 {
	var tokens []int32
	if v.bos >= 0 {
		tokens = append(tokens, v.bos)
	}
	for _, p := range parts {
		for _, b := range []byte(p) {
			tokens = append(tokens, v.byByte[b])
		}
	}
	return tokens
}
