package tiny

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// fake is a GGUF file in the making, which tests can spoil before writing it.
type fake struct {
	config
	values  map[string]any
	tensors map[string]stored
}

type stored struct {
	kind  uint32
	shape []int // the fastest dimension first
	data  []float32
}

const (
	bos, eos  = 256, 257
	vocabSize = 259
)

// small has all that could be mixed up distinct: heads, key heads, dimensions.
var small = config{layers: 2, dim: 24, ff: 40, heads: 4, kvHeads: 2, headDim: 8,
	vocab: vocabSize, context: 64, epsilon: 1e-5, base: 10000}

// full has the dimensions of the embedded model.
var full = config{layers: 4, dim: 192, ff: 512, heads: 6, kvHeads: 6, headDim: 32,
	vocab: vocabSize, context: 128, epsilon: 1e-5, base: 10000}

// newFake makes a model without weights worth mentioning: all zero.
func newFake(g config) *fake {
	f := &fake{config: g, tensors: map[string]stored{}, values: map[string]any{
		"general.architecture":                   "llama",
		"general.name":                           "fake",
		"llama.block_count":                      uint32(g.layers),
		"llama.embedding_length":                 uint32(g.dim),
		"llama.feed_forward_length":              uint32(g.ff),
		"llama.attention.head_count":             uint32(g.heads),
		"llama.attention.head_count_kv":          uint32(g.kvHeads),
		"llama.attention.key_length":             uint32(g.headDim),
		"llama.attention.value_length":           uint32(g.headDim),
		"llama.attention.layer_norm_rms_epsilon": float32(g.epsilon),
		"llama.rope.freq_base":                   float32(g.base),
		"llama.rope.dimension_count":             uint32(g.headDim),
		"llama.context_length":                   uint32(g.context),
		"tokenizer.ggml.model":                   "gpt2",
		"tokenizer.ggml.tokens":                  tokenNames(),
		"tokenizer.ggml.token_type":              make([]int32, vocabSize),
		"tokenizer.ggml.merges":                  []string{"\u0120 \u0120"},
		"tokenizer.ggml.bos_token_id":            uint32(bos),
		"tokenizer.ggml.eos_token_id":            uint32(eos),
		"tokenizer.ggml.add_bos_token":           true,
	}}
	q, kv := g.heads*g.headDim, g.kvHeads*g.headDim
	f.add("token_embd.weight", g.dim, g.vocab)
	f.add("output_norm.weight", g.dim)
	f.add("output.weight", g.dim, g.vocab)
	for i := range g.layers {
		at := fmt.Sprintf("blk.%d.", i)
		f.add(at+"attn_norm.weight", g.dim)
		f.add(at+"attn_q.weight", g.dim, q)
		f.add(at+"attn_k.weight", g.dim, kv)
		f.add(at+"attn_v.weight", g.dim, kv)
		f.add(at+"attn_output.weight", q, g.dim)
		f.add(at+"ffn_norm.weight", g.dim)
		f.add(at+"ffn_gate.weight", g.dim, g.ff)
		f.add(at+"ffn_up.weight", g.dim, g.ff)
		f.add(at+"ffn_down.weight", g.ff, g.dim)
	}
	return f
}

func (f *fake) add(name string, shape ...int) {
	size := 1
	for _, n := range shape {
		size *= n
	}
	f.tensors[name] = stored{shape: shape, data: make([]float32, size)}
}

// randomFake fills a model with random weights that keep activations near 1
// and logits well apart.
func randomFake(g config, seed uint64) *fake {
	f := newFake(g)
	random := rand.New(rand.NewPCG(seed, 1))
	for _, name := range slices.Sorted(maps.Keys(f.tensors)) {
		t := f.tensors[name]
		for i := range t.data {
			if len(t.shape) == 1 {
				t.data[i] = float32(1 + random.NormFloat64()/10)
				continue
			}
			t.data[i] = float32(1.5 * random.NormFloat64() / math.Sqrt(float64(t.shape[0])))
		}
	}
	return f
}

// bigramFake makes a model whose logits depend on the last token only:
// logits[last][next], 0 if not given.
func bigramFake(logits map[int]map[int]float64) *fake {
	g := config{layers: 1, dim: 260, ff: 4, heads: 1, kvHeads: 1, headDim: 4,
		vocab: vocabSize, context: 64, epsilon: 1e-9, base: 10000}
	f := newFake(g)
	embedding, output := f.tensors["token_embd.weight"].data, f.tensors["output.weight"].data
	for id := range g.vocab {
		embedding[id*g.dim+id] = 1
	}
	// The last norm makes each embedding √dim long.
	for i := range f.tensors["output_norm.weight"].data {
		f.tensors["output_norm.weight"].data[i] = float32(1 / math.Sqrt(float64(g.dim)))
	}
	for last, row := range logits {
		for next, l := range row {
			output[next*g.dim+last] = float32(l)
		}
	}
	return f
}

// scriptFake makes a model that surely says after each byte of text the next
// one, and ends after the last. No byte may come twice.
func scriptFake(text string) *fake {
	rows := map[int]map[int]float64{}
	for i := range len(text) {
		next := eos
		if i+1 < len(text) {
			next = int(text[i+1])
		}
		rows[int(text[i])] = map[int]float64{next: 50}
	}
	return bigramFake(rows)
}

// tokenNames lists the vocabulary: bytes in order, BOS, EOS and two spaces.
func tokenNames() []string {
	names := make([]string, 0, vocabSize)
	next := rune(0x100)
	for b := range rune(256) {
		switch {
		case b >= '!' && b <= '~', b >= 0xa1 && b <= 0xac, b >= 0xae:
			names = append(names, string(b))
		default:
			names = append(names, string(next))
			next++
		}
	}
	return append(names, "<s>", "</s>", "\u0120\u0120")
}

// store changes how a tensor is written. What the fake keeps is rounded too.
func (f *fake) store(name string, kind uint32) {
	t := f.tensors[name]
	t.kind = kind
	for i, v := range t.data {
		switch kind {
		case kindF16:
			t.data[i] = halfToFloat(floatToHalf(v))
		case kindBF16:
			t.data[i] = math.Float32frombits(math.Float32bits(v) &^ 0xffff)
		}
	}
	f.tensors[name] = t
}

// floatToHalf cuts a float32 down to binary16; numbers too small become 0.
func floatToHalf(v float32) uint16 {
	b := math.Float32bits(v)
	exponent := int(b>>23&255) - 112
	if exponent <= 0 {
		return uint16(b >> 16 & 0x8000)
	}
	return uint16(b>>16&0x8000) | uint16(exponent)<<10 | uint16(b>>13&1023)
}

// write makes the file: head, metadata, tensor descriptions, aligned data.
func (f *fake) write() []byte {
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	text := func(s string) { put(uint64(len(s))); b.WriteString(s) }
	b.WriteString("GGUF")
	put(uint32(3))
	put(uint64(len(f.tensors)))
	put(uint64(len(f.values)))
	for _, key := range slices.Sorted(maps.Keys(f.values)) {
		text(key)
		switch v := f.values[key].(type) {
		case string:
			put(typeString)
			text(v)
		case []string:
			put(typeArray)
			put(typeString)
			put(uint64(len(v)))
			for _, s := range v {
				text(s)
			}
		case []int32:
			put(typeArray)
			put(typeInt32)
			put(uint64(len(v)))
			put(v)
		case bool:
			put(typeBool)
			put(v)
		case uint32:
			put(typeUint32)
			put(v)
		case int64:
			put(typeInt64)
			put(v)
		case float32:
			put(typeFloat32)
			put(v)
		default:
			panic(fmt.Sprintf("can't write a %T", v))
		}
	}
	var data bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(f.tensors)) {
		t := f.tensors[name]
		text(name)
		put(uint32(len(t.shape)))
		for _, n := range t.shape {
			put(uint64(n))
		}
		put(t.kind)
		put(uint64(data.Len()))
		for _, v := range t.data {
			switch t.kind {
			case kindF16:
				_ = binary.Write(&data, binary.LittleEndian, floatToHalf(v))
			case kindBF16:
				_ = binary.Write(&data, binary.LittleEndian, uint16(math.Float32bits(v)>>16))
			default:
				_ = binary.Write(&data, binary.LittleEndian, v)
			}
		}
		pad(&data)
	}
	pad(&b)
	b.Write(data.Bytes())
	return b.Bytes()
}

func pad(b *bytes.Buffer) {
	for b.Len()%32 != 0 {
		b.WriteByte(0)
	}
}

// open writes f and opens it.
func (f *fake) open(t testing.TB) *Model {
	t.Helper()
	m, err := Open(f.write())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return m
}

// promptBytes makes a prompt of n random bytes, few enough to be shared.
func promptBytes(random *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + random.IntN(3))
	}
	return string(b)
}

// seed is a new seed for a random test, printed so that a failure can be
// repeated.
func seed(t testing.TB) uint64 {
	s := cmp.Or(fixedSeed, rand.Uint64())
	t.Logf("seed %d (set fixedSeed to repeat)", s)
	return s
}

// fixedSeed replaces the random seeds of tests if it is not 0.
const fixedSeed uint64 = 0
