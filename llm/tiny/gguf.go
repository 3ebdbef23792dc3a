package tiny

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// container is a GGUF file taken apart: its metadata, and its tensors as parts
// of the file's own bytes.
type container struct {
	// values holds int64, uint64, float64, bool, string, []string or []int32.
	// Arrays of other kinds are checked but left out.
	values  map[string]any
	tensors map[string]tensor
}

// tensor is one stored tensor. shape has the fastest dimension first.
type tensor struct {
	shape []int
	kind  uint32
	data  []byte
}

// Tensor types, numbered as in the format.
const (
	kindF32  = 0
	kindF16  = 1
	kindBF16 = 30
)

// Value types, numbered as in the format.
const (
	typeUint8 uint32 = iota
	typeInt8
	typeUint16
	typeInt16
	typeUint32
	typeInt32
	typeFloat32
	typeBool
	typeString
	typeArray
	typeUint64
	typeInt64
	typeFloat64
)

// typeSize has the bytes of each value type of fixed size.
var typeSize = map[uint32]int{
	typeUint8: 1, typeInt8: 1, typeBool: 1, typeUint16: 2, typeInt16: 2, typeUint32: 4,
	typeInt32: 4, typeFloat32: 4, typeUint64: 8, typeInt64: 8, typeFloat64: 8,
}

var (
	errTruncated = errors.New("file is truncated")
	errFormat    = errors.New("not a GGUF file of version 2 or 3")
)

// parse reads a whole GGUF file. Nothing it allocates is larger than a small
// multiple of the file, whatever lengths the file claims to have.
func parse(file []byte) (*container, error) {
	r := &reader{rest: file}
	if magic := r.take(4); string(magic) != "GGUF" {
		return nil, errFormat
	}
	if v := r.uint32(); v != 2 && v != 3 {
		return nil, errFormat
	}
	tensors, values := r.uint64(), r.uint64()
	c := &container{values: map[string]any{}, tensors: map[string]tensor{}}
	for i := uint64(0); i < values && r.err == nil; i++ {
		key := r.string()
		c.values[key] = r.value(r.uint32())
	}
	offsets := map[string]uint64{}
	for i := uint64(0); i < tensors && r.err == nil; i++ {
		name := r.string()
		if _, twice := c.tensors[name]; twice {
			r.fail(fmt.Errorf("tensor %q is there twice", name))
		}
		c.tensors[name] = tensor{shape: r.shape(), kind: r.uint32()}
		offsets[name] = r.uint64()
	}
	if r.err != nil {
		return nil, r.err
	}
	align, ok := c.uint("general.alignment", 32)
	if !ok || align == 0 || align > 1<<16 {
		return nil, fmt.Errorf("general.alignment is not in 1 to 65536: %w", errFormat)
	}
	head := len(file) - len(r.rest)
	head += (align - head%align) % align
	if head > len(file) {
		return nil, errTruncated
	}
	return c, c.place(file[head:], offsets)
}

// place gives each tensor its part of data. Tensors that share bytes are
// refused: a small file could otherwise claim a large model.
func (c *container) place(data []byte, offsets map[string]uint64) error {
	total := 0
	for name, t := range c.tensors {
		width := map[uint32]int{kindF32: 4, kindF16: 2, kindBF16: 2}[t.kind]
		if width == 0 {
			return fmt.Errorf("tensor %q has type %d; only F32, F16 and BF16 can be read: "+
				"create the model without quantisation", name, t.kind)
		}
		size := width
		for _, n := range t.shape {
			if n < 1 || n > len(data)/size {
				return fmt.Errorf("tensor %q: %w", name, errTruncated)
			}
			size *= n
		}
		at := offsets[name]
		if at > uint64(len(data)) || size > len(data)-int(at) || size > len(data)-total {
			return fmt.Errorf("tensor %q: %w", name, errTruncated)
		}
		total += size
		t.data = data[at:][:size]
		c.tensors[name] = t
	}
	return nil
}

// uint returns a non-negative integer of the metadata, missing if absent, and
// whether the value, if there is one, is such an integer below 2³¹.
func (c *container) uint(key string, missing int) (int, bool) {
	switch v := c.values[key].(type) {
	case nil:
		return missing, true
	case uint64:
		return int(v), v < 1<<31
	case int64:
		return int(v), v >= 0 && v < 1<<31
	}
	return 0, false
}

// floats converts a tensor to float32.
func (t tensor) floats() []float32 {
	switch t.kind {
	case kindF16:
		out := make([]float32, len(t.data)/2)
		for i := range out {
			out[i] = halfToFloat(binary.LittleEndian.Uint16(t.data[2*i:]))
		}
		return out
	case kindBF16:
		out := make([]float32, len(t.data)/2)
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.data[2*i:])) << 16)
		}
		return out
	}
	out := make([]float32, len(t.data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*i:]))
	}
	return out
}

// halfToFloat converts an IEEE 754 binary16 number.
func halfToFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero or subnormal, in units of 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)/(1<<24)))
	case 31: // infinity or not a number
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// reader takes values off the front of a file. After its first error it
// returns zero values only.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.fail(errTruncated)
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// length reads a count of things that take at least size bytes each, so that
// no count can exceed what the file holds.
func (r *reader) length(size int) int {
	n := r.uint64()
	if n > uint64(len(r.rest)/size) {
		r.fail(errTruncated)
		return 0
	}
	return int(n)
}

func (r *reader) string() string {
	return string(r.take(r.length(1)))
}

func (r *reader) shape() []int {
	n := r.uint32()
	if n > 4 {
		r.fail(fmt.Errorf("a tensor has %d dimensions: %w", n, errFormat))
		return nil
	}
	shape := make([]int, n)
	for i := range shape {
		d := r.uint64()
		if d > math.MaxInt32 {
			r.fail(fmt.Errorf("a tensor has a dimension of %d: %w", d, errFormat))
		}
		shape[i] = int(d)
	}
	return shape
}

func (r *reader) value(kind uint32) any {
	switch kind {
	case typeString:
		return r.string()
	case typeArray:
		return r.array(r.uint32())
	}
	size, known := typeSize[kind]
	if !known {
		r.fail(fmt.Errorf("a metadata value has type %d: %w", kind, errFormat))
		return nil
	}
	b := r.take(size)
	if b == nil {
		return nil
	}
	return number(kind, b)
}

// number decodes one value of fixed size.
func number(kind uint32, b []byte) any {
	var wide [8]byte
	copy(wide[:], b)
	u := binary.LittleEndian.Uint64(wide[:])
	shift := 64 - 8*len(b)
	switch kind {
	case typeInt8, typeInt16, typeInt32, typeInt64:
		return int64(u<<shift) >> shift
	case typeFloat32:
		return float64(math.Float32frombits(uint32(u)))
	case typeFloat64:
		return math.Float64frombits(u)
	case typeBool:
		return u != 0
	}
	return u
}

func (r *reader) array(kind uint32) any {
	if kind == typeString {
		list := make([]string, r.length(8))
		for i := range list {
			list[i] = r.string()
		}
		return list
	}
	size, known := typeSize[kind]
	if !known {
		r.fail(fmt.Errorf("a metadata array has type %d: %w", kind, errFormat))
		return nil
	}
	n := r.length(size)
	data := r.take(n * size)
	if kind != typeInt32 && kind != typeUint32 {
		return nil
	}
	list := make([]int32, 0, n)
	for ; len(data) > 0; data = data[size:] {
		list = append(list, int32(binary.LittleEndian.Uint32(data)))
	}
	return list
}
