package vernac

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Project are the flags for Coq to work on a file, from the _CoqProject or
// _RocqProject of its folder or of the next one above that has one: -Q, -R and
// -I with absolute paths, and what -arg passes on. Where there is none there
// are no flags.
func Project(path string) ([]string, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("the project of %s can't be found: %w", path, err)
	}
	for up := filepath.Dir(dir); up != dir; up = filepath.Dir(dir) {
		dir = up
		for _, name := range []string{"_CoqProject", "_RocqProject"} {
			file := filepath.Join(dir, name)
			text, err := os.ReadFile(file)
			switch {
			case err == nil:
				return ParseProject(file, string(text))
			case !errors.Is(err, fs.ErrNotExist):
				return nil, fmt.Errorf("the project file of %s can't be read: %w", path, err)
			}
		}
	}
	return nil, nil
}

// ParseProject are the flags that the text of a project file gives; path is
// where it lies, and relative folders are those beside it.
func ParseProject(path, text string) ([]string, error) {
	words, err := projectWords(path, text)
	if err != nil {
		return nil, err
	}
	p := project{path: path, words: words}
	for len(p.words) > 0 {
		if err := p.option(p.take()); err != nil {
			return nil, err
		}
	}
	return p.flags, nil
}

type projectWord struct {
	text   string
	line   int
	quoted bool
}

type project struct {
	path  string
	words []projectWord
	flags []string
}

// withValue are the options that take one word which Coq itself needn't see.
var withValue = []string{"-install", "-docroot", "-generate-meta-for-package", "-coqfind", "-f", "-o"}

// alone are options for the build that take no word.
var alone = []string{"-opt", "-byte", "-no-opt", "-custom", "-full", "-no-install", "-h", "--help"}

func (p *project) take() projectWord {
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

func (p *project) option(w projectWord) error {
	switch {
	case w.quoted || !strings.HasPrefix(w.text, "-"):
		return p.other(w)
	case w.text == "-Q" || w.text == "-R":
		args, err := p.values(w, 2, w.text+" theories Mine")
		if err == nil {
			p.flags = append(p.flags, w.text, p.folder(args[0]), args[1])
		}
		return err
	case w.text == "-I":
		args, err := p.values(w, 1, "-I src")
		if err == nil {
			p.flags = append(p.flags, w.text, p.folder(args[0]))
		}
		return err
	case w.text == "-arg":
		args, err := p.values(w, 1, `-arg "-w all"`)
		if err != nil {
			return err
		}
		list, err := words(args[0])
		if err != nil {
			return p.bad(w, err.Error())
		}
		p.flags = append(p.flags, list...)
		return nil
	case slices.Contains(withValue, w.text):
		_, err := p.values(w, 1, w.text+" value")
		return err
	case w.text == "-extra" || w.text == "-extra-phony":
		_, err := p.values(w, 3, w.text+` target "dependencies" "command"`)
		return err
	case slices.Contains(alone, w.text):
		return nil
	case w.text == "-native-compiler":
		_, err := p.values(w, 1, "-native-compiler no")
		return err
	}
	return p.bad(w, fmt.Sprintf("the option %s is not known here: what Coq is to see is passed on with -arg, for example: -arg %s", w.text, w.text))
}

// other takes files, folders and VARIABLE = value, none of which Coq sees.
func (p *project) other(w projectWord) error {
	if len(p.words) > 0 && p.words[0].text == "=" && !p.words[0].quoted {
		p.take()
		if len(p.words) == 0 || p.words[0].line != w.line {
			return nil
		}
		p.take()
	}
	return nil
}

func (p *project) values(w projectWord, n int, example string) ([]string, error) {
	var list []string
	for len(list) < n {
		if len(p.words) == 0 || strings.HasPrefix(p.words[0].text, "-") && !p.words[0].quoted && w.text != "-arg" {
			return nil, p.bad(w, fmt.Sprintf("%s lacks what belongs to it; for example: %s", w.text, example))
		}
		list = append(list, p.take().text)
	}
	return list, nil
}

func (p *project) folder(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(filepath.Dir(p.path), name)
}

func (p *project) bad(w projectWord, reason string) error {
	return fmt.Errorf("%s:%d: %s", p.path, w.line, reason)
}

// projectWords cuts the text into words. A quoted one may have blanks; # begins
// a comment to the end of its line.
func projectWords(path, text string) ([]projectWord, error) {
	var list []projectWord
	line := 1
	for i := 0; i < len(text); {
		start, at := i, line
		switch c := text[i]; {
		case c == '\n':
			line++
			i++
		case blank(c):
			i++
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case c == '"':
			n := strings.IndexByte(text[i+1:], '"')
			if n < 0 {
				return nil, fmt.Errorf("%s:%d: a quote is never closed", path, line)
			}
			word := text[i+1 : i+1+n]
			line += strings.Count(word, "\n")
			list = append(list, projectWord{word, at, true})
			i += n + 2
		default:
			for i < len(text) && !blank(text[i]) {
				i++
			}
			list = append(list, projectWord{text[start:i], at, false})
		}
	}
	return list, nil
}

// words cuts what -arg passes on; either quote keeps blanks.
func words(text string) ([]string, error) {
	var list []string
	var b strings.Builder
	var quote byte
	within := false
	for i := range len(text) {
		c := text[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, within = c, true
		case quote == 0 && blank(c):
			if within {
				list = append(list, b.String())
			}
			b.Reset()
			within = false
		default:
			b.WriteByte(c)
			within = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is never closed in %q", text)
	}
	if within {
		list = append(list, b.String())
	}
	return list, nil
}
