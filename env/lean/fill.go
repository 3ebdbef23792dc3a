package lean

import (
	"fmt"
	"strings"
)

// Fill is the text of the file with a proof in place of a hole. The proof is
// tactics, one or more to a line, of any common indentation; where the hole wants
// a term it becomes (by …). Everything outside of the hole stays byte for byte.
//
// A proof that could do more than prove is refused: see Guard.
func (f *File) Fill(h Hole, tactics string) (string, error) {
	if err := f.check(h); err != nil {
		return "", err
	}
	lines, err := script(tactics)
	if err != nil {
		return "", fmt.Errorf("the proof of %s: %w", h.Label(), err)
	}
	return f.Text[:f.start(h)] + f.render(h, lines) + f.Text[h.End:], nil
}

// start is where what replaces a hole begins: with the spaces before it, if what
// stands before them is "by" or "=>".
func (f *File) start(h Hole) int {
	if strings.Trim(f.Text[h.Start-h.place.gap:h.Start], " ") == "" {
		return h.Start - h.place.gap
	}
	return h.Start
}

// render writes a proof as it must stand in place of a hole.
func (f *File) render(h Hole, lines []string) string {
	p, nl := h.place, f.newline()
	inside, gap := strings.Repeat(" ", p.indent), f.Text[f.start(h):h.Start]
	free := p.last && !p.argument // nothing behind it could be taken for a part
	switch {
	case p.position == inTactic && free && (p.afterBy || p.afterArm && len(lines) > 1):
		return nl + inside + strings.Join(lines, nl+inside)
	case p.position == inTactic:
		open, shut := "", ""
		if p.joined && len(lines) > 1 {
			open, shut = "(", ")"
		}
		here := strings.Repeat(" ", h.Col-1+len(open))
		return gap + open + strings.Join(lines, nl+here) + shut
	case p.position == isBody && free:
		return "by" + nl + inside + strings.Join(lines, nl+inside)
	case len(lines) == 1:
		return "(by " + lines[0] + ")"
	}
	return "(by" + nl + inside + strings.Join(lines, nl+inside) + ")"
}

// script is a guarded proof as lines without their common indentation. Comments
// are left out.
func script(tactics string) ([]string, error) {
	clean := dropComments(tactics)
	var lines []string
	margin := -1
	for line := range strings.SplitSeq(strings.ReplaceAll(clean, "\r\n", "\n"), "\n") {
		line = strings.TrimRight(line, " ")
		if line == "" {
			continue
		}
		lines = append(lines, line)
		if indent := len(line) - len(strings.TrimLeft(line, " ")); margin < 0 || indent < margin {
			margin = indent
		}
	}
	for i := range lines {
		lines[i] = lines[i][margin:]
	}
	if err := guard(strings.Join(lines, "\n")); err != nil {
		return nil, err
	}
	if strings.HasPrefix(lines[0], " ") {
		return nil, fmt.Errorf("its first line is indented further than others, so that Lean could not read it")
	}
	return lines, nil
}
