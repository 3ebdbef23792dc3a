package view

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// SVGOptions say how SVG draws. The zero value is ready.
type SVGOptions struct {
	Cells int // of a state or an action before it is cut; 0 means 30, less than 4 counts as 4
}

// SVG draws a tree as a picture that stands alone: no scripts, fonts or files
// from elsewhere, with a background of its own. It grows from left to right. A
// box is a state, coloured by its value; above an edge is its action, and the
// edge is as thick as it was visited often. A state that several edges lead to
// is drawn once; the other edges end in its number and go on as thin dashed
// curves. All of the tree is drawn: Prune it first if it is large.
//
// Texts are cleaned and cut, so that the picture is sound XML whatever they
// hold. It returns the first error of w.
func SVG(w io.Writer, t *Tree, opt SVGOptions) error {
	if opt.Cells == 0 {
		opt.Cells = 30
	}
	opt.Cells = max(opt.Cells, 4)
	p := &drawing{Tree: t, SVGOptions: opt, w: bufio.NewWriter(w)}
	if len(t.Nodes) > 0 {
		p.measure()
	}
	p.draw()
	return p.w.Flush()
}

// Sizes in pixels. No fonts are at hand, so the widths of characters are those
// of the widest ones that browsers choose.
const (
	svgMargin  = 24.0
	svgHead    = 76.0 // above the tree: title and status
	svgFoot    = 96.0 // below it: legend and caption
	svgLeast   = 880.0
	svgCurve   = 40.0 // between a box and the actions of its edges
	svgBox     = 36.0 // height
	svgMono    = 7.4  // a cell of 12 pixels
	svgSmall   = 6.2  // a cell of 10 pixels
	svgTitle   = 11.5 // a cell of the title
	svgCaption = 6.8  // a cell of the caption
)

// drawing is a picture in the making.
type drawing struct {
	*Tree
	SVGOptions
	w        *bufio.Writer
	slots    []slot
	nodeSlot []int     // by node; -1 is not drawn
	named    []bool    // by node: other edges end in its number
	best     []bool    // by edge: on the principal variation
	x        []float64 // by level: where boxes begin
	action   []float64 // by level: where actions begin
	most     int32     // visits of an edge
	width    float64
	height   float64 // of the tree
}

func (p *drawing) measure() {
	p.slots, p.nodeSlot, p.height = p.chart()
	p.named = make([]bool, len(p.Nodes))
	p.best = make([]bool, len(p.Edges))
	for _, e := range p.Line() {
		p.best[e] = true
	}
	var box, act []float64 // the widest of each level
	for _, s := range p.slots {
		if s.again {
			p.named[s.node] = true
		}
	}
	for i := range p.slots {
		s := &p.slots[i]
		for len(box) <= s.level {
			box, act = append(box, 0), append(act, 0)
		}
		box[s.level] = max(box[s.level], p.slotWidth(s))
		if s.edge >= 0 {
			p.most = max(p.most, p.Edges[s.edge].N)
			act[s.level] = max(act[s.level], svgMono*float64(cells(p.cut(p.Edges[s.edge].Action)))+12)
		}
	}
	at := svgMargin
	for level := range box {
		if level > 0 {
			at += svgCurve
		}
		p.action = append(p.action, at)
		at += act[level]
		p.x = append(p.x, at)
		at += box[level] + 12 // a badge may stand out
	}
	p.width = at
}

func (p *drawing) cut(s string) string { return label(s, p.Cells) }

// slotWidth is the width of what a slot shows.
func (p *drawing) slotWidth(s *slot) float64 {
	switch {
	case s.more > 0:
		return svgSmall*float64(cells(moreText(s.more))) + 12
	case s.again:
		return svgSmall*float64(cells(p.number(s.node))) + 12
	}
	state := svgMono * float64(cells(p.cut(p.Nodes[s.node].State)))
	return max(state, svgSmall*float64(cells(p.sums(s.node)))) + 18
}

func moreText(n int) string { return fmt.Sprintf("+%d more", n) }

func (p *drawing) number(node int) string { return fmt.Sprintf("#%d", p.Nodes[node].ID) }

// sums is the small line of a box.
func (p *drawing) sums(node int) string {
	n := &p.Nodes[node]
	text := fmt.Sprintf("Q %s  N %d", qText(n), n.N)
	if p.named[node] {
		text += "  " + p.number(node)
	}
	return text
}

// put writes a line of XML; arguments that are texts must be escaped already.
func (p *drawing) put(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// xmlText is a text between tags or within an attribute.
func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes all
	return b.String()
}

func (p *drawing) draw() {
	width := max(p.width+svgMargin, svgLeast)
	height := svgHead + p.height + svgFoot
	title := p.title(int((width - 2*svgMargin) / svgTitle))
	status := cut(strings.Join(p.status(), " · "), int((width-2*svgMargin)/svgCaption), "…")
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" role="img" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">`,
		width, height, width, height)
	p.put(`<title>%s</title>`, xmlText(title))
	p.put(`<rect width="100%%" height="100%%" fill="#ffffff"/>`)
	p.put(`<g font-family="'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif">`)
	p.put(`<text x="%.0f" y="36" font-size="18" font-weight="600" fill="#111111">%s</text>`, svgMargin, xmlText(title))
	p.put(`<text x="%.0f" y="56" fill="#4b5563">%s</text>`, svgMargin, xmlText(status))
	p.put(`</g>`)
	if len(p.slots) == 0 {
		p.put(`<text x="%.0f" y="%.0f" fill="#4b5563">(no events)</text>`, svgMargin, svgHead+12)
	}
	p.put(`<g transform="translate(0 %.0f)">`, svgHead)
	p.edges()
	p.boxes()
	p.put(`</g>`)
	p.legend(width, svgHead+p.height+22)
	p.put(`</svg>`)
}

// edges are drawn below the boxes, those of the principal variation last.
func (p *drawing) edges() {
	p.put(`<g fill="none" stroke-linecap="round">`)
	for i := range p.slots {
		if s := &p.slots[i]; s.again {
			p.crossing(s)
		}
	}
	for _, best := range []bool{false, true} {
		for i := range p.slots {
			s := &p.slots[i]
			if s.parent >= 0 && (s.edge >= 0 && p.best[s.edge]) == best {
				p.edge(s, best)
			}
		}
	}
	p.put(`</g>`)
}

func (p *drawing) edge(s *slot, best bool) {
	from := &p.slots[s.parent]
	x, to := p.x[from.level]+p.slotWidth(from), p.action[s.level]
	bend := (x + to) / 2
	style := `stroke="#8b95a1"`
	switch {
	case s.edge < 0:
		style = `stroke="#b8bfc7" stroke-width="1" stroke-dasharray="1 4"`
	case best:
		style = `stroke="#111111"` + thickness(max(p.Edges[s.edge].N, 1), p.most, 1)
	case p.Edges[s.edge].N == 0:
		style += ` stroke-width="1" stroke-dasharray="4 4"`
	default:
		style += thickness(p.Edges[s.edge].N, p.most, 0)
	}
	p.put(`<path %s d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fH%.1f"/>`, style, x, from.y, bend, from.y, bend, s.y, to, s.y, p.x[s.level])
}

func thickness(n, most int32, more float64) string {
	return fmt.Sprintf(` stroke-width="%.1f"`, 1+more+4*weight(n, most))
}

// crossing leads from the number of a state to its box.
func (p *drawing) crossing(s *slot) {
	box := &p.slots[p.nodeSlot[s.node]]
	x, to := p.x[s.level], p.x[box.level]
	y, end := s.y, box.y
	out, in, lift := -34.0, -34.0, 0.0 // to the left of both
	switch {
	case box.level > s.level:
		x += p.slotWidth(s)
		out, in = (to-x)/2, (x-to)/2
	case box.level < s.level: // back, above the edges that lead here
		x, y = x+p.slotWidth(s)/2, y-8
		to, end = to+p.slotWidth(box)/2, end-svgBox/2
		out, in, lift = 0, 0, -40
	}
	p.put(`<path stroke="#7a5ea8" stroke-width="1" stroke-opacity="0.55" stroke-dasharray="2 3" d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f"/>`,
		x, y, x+out, y+lift, to+in, end+lift, to, end)
}

func (p *drawing) boxes() {
	for i := range p.slots {
		s := &p.slots[i]
		if s.edge >= 0 {
			weight, lift := "", 5.0
			if p.best[s.edge] {
				weight, lift = ` font-weight="700"`, 6.5
			}
			p.put(`<text x="%.1f" y="%.1f" fill="#111111"%s stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke">%s</text>`,
				p.action[s.level]+4, s.y-lift, weight, xmlText(p.cut(p.Edges[s.edge].Action)))
		}
		x := p.x[s.level]
		switch {
		case s.more > 0:
			p.put(`<text x="%.1f" y="%.1f" font-size="10" fill="#4b5563">%s</text>`, x+4, s.y+3.5, moreText(s.more))
		case s.again:
			p.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="16" rx="8" fill="#f3effa" stroke="#7a5ea8"/>`, x, s.y-8, p.slotWidth(s))
			p.put(`<text x="%.1f" y="%.1f" font-size="10" fill="#4a3277">%s</text>`, x+6, s.y+3.5, p.number(s.node))
		default:
			p.box(s, x)
		}
	}
}

func (p *drawing) box(s *slot, x float64) {
	n, width := &p.Nodes[s.node], p.slotWidth(s)
	fill, known := n.fill()
	border, thick, dashes := "#5b6672", 1.0, ""
	if s.edge < 0 || p.best[s.edge] {
		border, thick = "#111111", 2.2
	}
	if !known {
		dashes = ` stroke-dasharray="4 3"`
	}
	p.put(`<g><title>%s</title>`, xmlText(label(n.State, 400)))
	p.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.0f" rx="5" fill="%s" stroke="%s" stroke-width="%.1f"%s/>`,
		x, s.y-svgBox/2, width, svgBox, fill, border, thick, dashes)
	if n.Terminal {
		p.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.0f" rx="3" fill="none" stroke="%s" stroke-width="1"/>`,
			x+3, s.y-svgBox/2+3, width-6, svgBox-6, fill.ink())
	}
	p.put(`<text x="%.1f" y="%.1f" fill="%s">%s</text>`, x+9, s.y-1.5, fill.ink(), xmlText(p.cut(n.State)))
	p.put(`<text x="%.1f" y="%.1f" font-size="10" fill="%s">%s</text>`, x+9, s.y+11, fill.ink(), p.sums(s.node))
	if b := n.badge(); b != nil {
		b.draw(p, x+width, s.y-svgBox/2)
	}
	p.put(`</g>`)
}
