package view

import (
	"strconv"
	"strings"
)

// badge is a small sign at the corner of a box. It is drawn, not written: not
// every font has such signs.
type badge struct{ name, color, path string }

var (
	solvedBadge = badge{"solved", "#0b7a3b", "M-3.4 0.3L-1 2.8L3.5 -2.6"}
	deadBadge   = badge{"dead", "#b3261e", "M-2.6 -2.6L2.6 2.6M2.6 -2.6L-2.6 2.6"}
	provenBadge = badge{"proven", "#334155", "M-3 -1.5H3M-3 1.7H3"}
	failedBadge = badge{"failed", "#b45309", "M0 -3.6V0.8M0 3V3.4"}
)

// badge is what is proven of a node, or that work on it failed; nil is neither.
func (n *Node) badge() *badge {
	switch {
	case n.Lo >= 1-slack:
		return &solvedBadge
	case n.Hi <= slack:
		return &deadBadge
	case n.Proven():
		return &provenBadge
	case n.Failed != "":
		return &failedBadge
	}
	return nil
}

func (b *badge) draw(p *drawing, x, y float64) {
	p.put(`<g transform="translate(%.1f %.1f)"><circle r="7" fill="%s" stroke="#ffffff" stroke-width="1.5"/><path d="%s" fill="none" stroke="#ffffff" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></g>`,
		x, y, b.color, b.path)
}

// legend explains the picture, and sums up the search below that.
func (p *drawing) legend(width, y float64) {
	p.put(`<g font-size="11" fill="#374151" font-family="'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif" transform="translate(%.0f %.0f)">`, svgMargin, y)
	p.put(`<path d="M0 -10H%.0f" stroke="#e2e6ea"/>`, width-2*svgMargin)
	p.put(`<defs><linearGradient id="ponder-q">`)
	for i, c := range scale {
		p.put(`<stop offset="%.3f" stop-color="%s"/>`, float64(i)/float64(len(scale)-1), c)
	}
	p.put(`</linearGradient></defs>`)
	p.put(`<text x="0" y="14">Q</text><rect x="14" y="4" width="150" height="12" fill="url(#ponder-q)" stroke="#5b6672" stroke-width="0.5"/>`)
	for _, tick := range []string{"0", "0.5", "1"} {
		at, _ := strconv.ParseFloat(tick, 64)
		p.put(`<path d="M%.1f 16v3" stroke="#5b6672"/><text x="%.1f" y="29" font-size="9" text-anchor="middle">%s</text>`, 14+150*at, 14+150*at, tick)
	}
	x := 184.0
	sample := func(style, text string) {
		p.put(`<path d="M%.0f 10h28" fill="none" %s/><text x="%.0f" y="14">%s</text>`, x, style, x+34, text)
		x += 34 + svgCaption*float64(cells(text)) + 14
	}
	sample(`stroke="#8b95a1" stroke-width="1" stroke-dasharray="4 4"`, "unvisited")
	if p.most > 0 {
		sample(`stroke="#8b95a1"`+thickness(1, p.most, 0), "N 1")
	}
	if p.most > 1 {
		sample(`stroke="#8b95a1"`+thickness(p.most, p.most, 0), "N "+strconv.Itoa(int(p.most)))
	}
	sample(`stroke="#111111" stroke-width="3.5"`, "best line")
	for _, named := range p.named {
		if named {
			sample(`stroke="#7a5ea8" stroke-dasharray="2 3"`, "same state")
			break
		}
	}
	for _, b := range p.badges() {
		b.draw(p, x+7, 10)
		p.put(`<text x="%.0f" y="14">%s</text>`, x+19, b.name)
		x += 19 + svgCaption*float64(cells(b.name)) + 12
	}
	caption := cut(strings.Join(p.caption(), " · "), int((width-2*svgMargin)/svgCaption), "…")
	p.put(`<text x="0" y="52" fill="#4b5563">%s</text>`, xmlText(caption))
	p.put(`</g>`)
}

// badges are those that occur.
func (p *drawing) badges() []*badge {
	seen := map[*badge]bool{}
	for i := range p.slots {
		if s := &p.slots[i]; !s.again && s.more == 0 {
			seen[p.Nodes[s.node].badge()] = true
		}
	}
	var all []*badge
	for _, b := range []*badge{&solvedBadge, &deadBadge, &provenBadge, &failedBadge} {
		if seen[b] {
			all = append(all, b)
		}
	}
	return all
}
