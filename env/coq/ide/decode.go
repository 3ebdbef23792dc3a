package ide

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// reply is the answer to one call, with the messages that came before it.
type reply struct {
	err      error // a *Refusal, or ErrTimeout
	value    element
	messages []string
	silence  time.Duration // between the last message, if there is one, and the value
}

// element is XML as a tree; text stands in elements without a name.
type element struct {
	name string
	val  string // its attribute "val"
	text string
	kids []element
}

// Bounds on what a process may say in answer to one call: a tactic can print
// without end.
const (
	mostMessages = 100_000
	mostReply    = 64 << 20 // bytes
)

var errFlood = errors.New("coqidetop says too much")

// decoder reads replies from a stream.
type decoder struct {
	count *counter
	xml   *xml.Decoder
}

func newDecoder(r io.Reader) *decoder {
	d := &decoder{count: &counter{from: bufio.NewReaderSize(r, 1<<16)}}
	d.xml = xml.NewDecoder(d.count)
	d.xml.Strict = false
	d.xml.Entity = map[string]string{"nbsp": " "}
	return d
}

// next reads up to the next value. With an error come the messages before it.
func (d *decoder) next() (reply, error) {
	var messages []string
	var heard time.Time
	d.count.n = 0
	for {
		tok, err := d.xml.Token()
		if err != nil {
			return reply{messages: messages}, err
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		el, err := d.element(start)
		if err != nil {
			return reply{messages: messages}, err
		}
		switch start.Name.Local {
		case "value":
			r := newReply(el, messages)
			if len(messages) > 0 {
				r.silence = time.Since(heard)
			}
			return r, nil
		case "feedback":
			if m, ok := message(el); ok && len(messages) < mostMessages {
				messages, heard = append(messages, m), time.Now()
			}
		}
	}
}

func newReply(el element, messages []string) reply {
	r := reply{value: el, messages: messages}
	if el.val == "fail" {
		at, _ := stateOf(r) // an error says that there is none
		r.err = &Refusal{strings.TrimSpace(el.flat()), at}
	}
	return r
}

// element reads the rest of an element. It is a loop, for the depth is not ours.
func (d *decoder) element(start xml.StartElement) (element, error) {
	stack := []element{newElement(start)}
	for {
		tok, err := d.xml.Token()
		if err != nil {
			return element{}, err
		}
		last := len(stack) - 1
		switch t := tok.(type) {
		case xml.StartElement:
			stack = append(stack, newElement(t))
		case xml.CharData:
			stack[last].kids = append(stack[last].kids, element{text: string(t)})
		case xml.EndElement:
			if last == 0 {
				return stack[0], nil
			}
			stack[last-1].kids = append(stack[last-1].kids, stack[last])
			stack = stack[:last]
		}
	}
}

func newElement(s xml.StartElement) element {
	e := element{name: s.Name.Local}
	for _, a := range s.Attr {
		if a.Name.Local == "val" {
			e.val = a.Value
		}
	}
	return e
}

// flat is all text below an element.
func (e element) flat() string {
	var b strings.Builder
	work := []element{e}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		b.WriteString(at.text)
		for i := len(at.kids) - 1; i >= 0; i-- {
			work = append(work, at.kids[i])
		}
	}
	return b.String()
}

// elements are the kids that have a name.
func (e element) elements() []element {
	var out []element
	for _, k := range e.kids {
		if k.name != "" {
			out = append(out, k)
		}
	}
	return out
}

// find returns the first element of a name, depth first.
func (e element) find(name string) (element, bool) {
	work := []element{e}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if at.name == name {
			return at, true
		}
		for i := len(at.kids) - 1; i >= 0; i-- {
			work = append(work, at.kids[i])
		}
	}
	return element{}, false
}

// message is what a feedback tells a person, if it does.
func message(feedback element) (string, bool) {
	content, ok := feedback.find("feedback_content")
	if !ok || content.val != "message" {
		return "", false
	}
	text, ok := content.find("richpp")
	return text.flat(), ok
}

// counter is the stream, made fit for an XML reader and bounded for each reply.
type counter struct {
	from *bufio.Reader
	n    int
}

// ReadByte makes the XML reader take what it needs and no more.
func (c *counter) ReadByte() (byte, error) {
	if c.n++; c.n > mostReply {
		return 0, errFlood
	}
	b, err := c.from.ReadByte()
	if err == nil && b < ' ' && b != '\n' && b != '\t' && b != '\r' || b >= utf8.RuneSelf && err == nil && !c.text(b) {
		return '?', nil // not XML: some tactic printed it
	}
	return b, err
}

func (c *counter) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := c.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// text reports whether a byte belongs to UTF-8: a rough look, since broken
// runes are the XML reader's to refuse.
func (c *counter) text(b byte) bool { return b < 0xf8 && b != 0xc0 && b != 0xc1 }
