package tiny

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
)

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		reason string
		spoil  func(*fake)
		want   string // in the error
	}{
		{"another architecture computes otherwise", func(f *fake) {
			f.values["general.architecture"] = "qwen2"
		}, `architecture is "qwen2"`},
		{"a dimension is missing", func(f *fake) {
			delete(f.values, "llama.feed_forward_length")
		}, "llama.feed_forward_length is missing"},
		{"a dimension is negative", func(f *fake) {
			f.values["llama.block_count"] = int64(-1)
		}, "llama.block_count"},
		{"a dimension is a text", func(f *fake) {
			f.values["llama.block_count"] = "two"
		}, "llama.block_count"},
		{"the norm's constant is missing", func(f *fake) {
			delete(f.values, "llama.attention.layer_norm_rms_epsilon")
		}, "layer_norm_rms_epsilon is missing"},
		{"the norm's constant is no number", func(f *fake) {
			f.values["llama.attention.layer_norm_rms_epsilon"] = float32(math.NaN())
		}, "layer_norm_rms_epsilon"},
		{"scaled RoPE is not computed", func(f *fake) {
			f.values["llama.rope.scaling.factor"] = float32(8)
		}, "RoPE is scaled"},
		{"partial RoPE is not computed", func(f *fake) {
			f.values["llama.rope.dimension_count"] = uint32(4)
		}, "RoPE turns 4 of 8"},
		{"key heads must divide query heads", func(f *fake) {
			f.values["llama.attention.head_count_kv"] = uint32(3)
		}, "4 query heads do not share 3"},
		{"values and keys of different size", func(f *fake) {
			f.values["llama.attention.value_length"] = uint32(4)
		}, "values have 4 dimensions"},
		{"rows must begin on 16 bytes", func(f *fake) {
			f.values["llama.feed_forward_length"] = uint32(42)
		}, "multiples of 4"},
		{"a tensor is missing", func(f *fake) {
			delete(f.tensors, "blk.1.attn_v.weight")
		}, "blk.1.attn_v.weight is missing"},
		{"more blocks are promised than there are", func(f *fake) {
			f.values["llama.block_count"] = uint32(1 << 30)
		}, "blk.2.attn_norm.weight is missing"},
		{"a tensor has the wrong shape", func(f *fake) {
			f.add("blk.0.ffn_up.weight", f.ff, f.dim)
		}, "blk.0.ffn_up.weight has shape [40 24]; expected [24 40]"},
		{"a bias would be ignored", func(f *fake) {
			f.add("blk.0.attn_q.bias", 32)
		}, "blk.0.attn_q.bias belongs to no plain Llama"},
		{"quantised weights can't be read", func(f *fake) {
			s := f.tensors["blk.0.ffn_up.weight"]
			s.kind = 8
			f.tensors["blk.0.ffn_up.weight"] = s
		}, "has type 8; only F32, F16 and BF16"},
		{"a weight is no number", func(f *fake) {
			f.tensors["output_norm.weight"].data[3] = float32(math.Inf(1))
		}, "not a finite number"},
		{"another tokenizer", func(f *fake) {
			f.values["tokenizer.ggml.model"] = "llama"
		}, `tokenizer is "llama"`},
		{"no tokens", func(f *fake) {
			delete(f.values, "tokenizer.ggml.tokens")
		}, "tokenizer has no tokens"},
		{"merges would be ignored", func(f *fake) {
			f.values["tokenizer.ggml.merges"] = []string{"a b", "ab c"}
		}, "tokenizer has 2 merges"},
		{"a byte without token could not be said", func(f *fake) {
			f.values["tokenizer.ggml.tokens"].([]string)['x'] = "xyz"
		}, "no token for byte 0x78"},
		{"a byte with two tokens is ambiguous", func(f *fake) {
			f.values["tokenizer.ggml.tokens"].([]string)[258] = "x"
		}, "two tokens for byte 0x78"},
		{"EOS is unknown", func(f *fake) {
			delete(f.values, "tokenizer.ggml.eos_token_id")
		}, "eos_token_id is missing"},
		{"BOS is no token", func(f *fake) {
			f.values["tokenizer.ggml.bos_token_id"] = uint32(259)
		}, "bos_token_id is not a token"},
		{"EOS would be added to prompts", func(f *fake) {
			f.values["tokenizer.ggml.add_eos_token"] = true
		}, "add_eos_token is set"},
		{"alignment 0 aligns nothing", func(f *fake) {
			f.values["general.alignment"] = uint32(0)
		}, "general.alignment"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			f := newFake(small)
			test.spoil(f)
			_, err := Open(f.write())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Open: %v; expected an error with %q", err, test.want)
			}
		})
	}
}

func TestOpenRefusesForeignFiles(t *testing.T) {
	good := newFake(small).write()
	old := bytes.Clone(good)
	old[4] = 1
	twice := bytes.Replace(good, []byte("blk.1.attn_k.weight"), []byte("blk.0.attn_k.weight"), 1)
	for reason, file := range map[string][]byte{
		"empty":                nil,
		"not a GGUF":           []byte("PK\x03\x04 and so on"),
		"version 1":            old,
		"big-endian":           append([]byte("GGUF\x00\x00\x00\x03"), good[8:]...),
		"a tensor comes twice": twice,
	} {
		if _, err := Open(file); err == nil {
			t.Errorf("%s: accepted", reason)
		}
	}
}

func TestOpenRefusesEveryTruncation(t *testing.T) {
	f := newFake(small)
	f.tensors = map[string]stored{}
	f.add("token_embd.weight", 4, 4)
	whole := f.write()
	if _, err := parse(whole); err != nil {
		t.Fatalf("whole file: %v", err)
	}
	for n := range whole {
		if _, err := parse(whole[:n]); err == nil {
			t.Fatalf("accepted with %d of %d bytes", n, len(whole))
		}
	}
}

func TestOpenRefusesSharedBytes(t *testing.T) {
	// Ten tensors of the same 4 KiB would make ten times as much memory.
	f := newFake(small)
	f.tensors = map[string]stored{}
	for i := range 10 {
		f.add(fmt.Sprintf("blk.%d", i), 1024)
	}
	file := f.write()
	for i := range 10 {
		name := fmt.Appendf(nil, "blk.%d", i)
		at := bytes.Index(file, name) + len(name) + 4 + 8 + 4
		binary.LittleEndian.PutUint64(file[at:], 0)
	}
	file = file[:len(file)-9*4096]
	if _, err := parse(file); err == nil {
		t.Error("accepted")
	}
}

func TestOpenBoundsMemory(t *testing.T) {
	// Each length in the head is replaced by a huge one in turn.
	file := newFake(small).write()
	huge := []uint64{1 << 20, 1 << 31, 1 << 40, 1<<63 - 1, 1<<64 - 1}
	for at := 8; at < 12000; at += 3 {
		for _, n := range huge {
			spoiled := bytes.Clone(file[:min(len(file), 14000)])
			binary.LittleEndian.PutUint64(spoiled[at:], n)
			if got := allocated(func() { _, _ = Open(spoiled) }); got > 1<<20 {
				t.Fatalf("length %d at %d: allocated %d bytes", n, at, got)
			}
		}
	}
}

func TestOpenBoundsMemoryOfDimensions(t *testing.T) {
	for _, keys := range [][]string{
		{"block_count"}, {"embedding_length"}, {"feed_forward_length"},
		{"attention.head_count", "attention.head_count_kv"},
		{"attention.key_length", "attention.value_length", "rope.dimension_count"},
	} {
		f := newFake(small)
		for _, key := range keys {
			f.values["llama."+key] = uint32(1<<31 - 4)
		}
		file := f.write()
		var err error
		if got := allocated(func() { _, err = Open(file) }); err == nil || got > 1<<20 {
			t.Errorf("%v: allocated %d bytes, error %v", keys, got, err)
		}
	}
}

// allocated counts the bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHalfToFloat(t *testing.T) {
	for h := range 1 << 16 {
		exponent, fraction := h>>10&31, float64(h&1023)/1024
		want := math.Ldexp(1+fraction, exponent-15)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction, -14)
		case exponent == 31 && fraction == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if h>>15 == 1 {
			want = -want
		}
		got := float64(halfToFloat(uint16(h)))
		if math.IsNaN(want) && math.IsNaN(got) {
			continue
		}
		if got != want || math.Signbit(got) != math.Signbit(want) {
			t.Fatalf("halfToFloat(%#04x) = %v, expected %v", h, got, want)
		}
	}
}

func TestDigestIsThatOfTheFile(t *testing.T) {
	file := newFake(small).write()
	m, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256(file)); m.Digest() != want {
		t.Errorf("Digest() = %s, expected %s", m.Digest(), want)
	}
	if m.Context() != small.context {
		t.Errorf("Context() = %d, expected %d", m.Context(), small.context)
	}
}

func FuzzOpen(f *testing.F) {
	tiny := newFake(config{layers: 1, dim: 4, ff: 4, heads: 1, kvHeads: 1, headDim: 4,
		vocab: vocabSize, context: 8, epsilon: 1e-5, base: 10000}).write()
	f.Add(tiny)
	f.Add(tiny[:len(tiny)/2])
	f.Add([]byte("GGUF\x03\x00\x00\x00"))
	f.Add([]byte("GGUF\x02\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := Open(file)
		if (m == nil) == (err == nil) {
			t.Fatalf("Open: model %v, error %v", m, err)
		}
	})
}
