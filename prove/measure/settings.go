package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// settings are the flags.
type settings struct {
	options
	set             string
	jobs, per, skip int
	rename          bool
	only            string
	list            bool
	json, resume    string
	compare         bool
	files           []string // to compare
}

// usageError is a flag that makes no sense, and what would.
type usageError struct{ reason string }

func (e *usageError) Error() string { return e.reason }

func badUsage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

var errHelp = errors.New("help was asked for")

func parse(args []string, messages io.Writer) (settings, error) {
	s := settings{options: options{cache: true, premises: true, apart: true, merge: true}}
	f := flag.NewFlagSet("measure", flag.ContinueOnError)
	f.SetOutput(messages)
	f.StringVar(&s.set, "set", "drawn", "what is searched: drawn (from the library), false or abuse")
	f.StringVar(&s.method, "method", methods()[0], "how it is searched: "+strings.Join(methods(), ", "))
	f.DurationVar(&s.limit, "time", time.Minute, "for the search of one lemma")
	f.IntVar(&s.jobs, "jobs", 2, "lemmas at once")
	f.IntVar(&s.workers, "workers", 1, "Coq processes for one lemma")
	f.IntVar(&s.per, "per", 25, "lemmas of each stratum")
	f.IntVar(&s.skip, "skip", 0, "lemmas of each stratum that are passed over first")
	f.Uint64Var(&s.seed, "seed", 1, "of all that is random")
	f.BoolVar(&s.rename, "rename", false, "change the names that the file of a lemma defines")
	f.Func("without", "leave out cache, premises, apart or merge; several with commas", s.leaveOut)
	f.StringVar(&s.only, "only", "", "the lemma of this `name`, as NAME, MODULE.NAME or FILE:NAME")
	f.BoolVar(&s.list, "list", false, "say which lemmas they are, and do no more")
	f.StringVar(&s.json, "json", "", "write a line for each lemma to this `file`")
	f.StringVar(&s.resume, "resume", "", "pass over the lemmas that are in this `file`, and count them")
	f.BoolVar(&s.compare, "compare", false, "compare two files of -json: measure -compare a.jsonl b.jsonl")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return s, errHelp
	case err != nil:
		return s, &usageError{err.Error()}
	}
	s.files = f.Args()
	return s, s.check()
}

func (s *settings) leaveOut(list string) error {
	for _, part := range strings.Split(list, ",") {
		switch part {
		case "cache":
			s.cache = false
		case "premises":
			s.premises = false
		case "apart":
			s.apart = false
		case "merge":
			s.merge = false
		default:
			return fmt.Errorf("there is no part %q; for example -without premises, or cache,apart,merge", part)
		}
	}
	return nil
}

func (s *settings) check() error {
	switch {
	case s.compare && len(s.files) != 2:
		return badUsage("-compare takes two files, and there are %d; for example: measure -compare a.jsonl b.jsonl", len(s.files))
	case !s.compare && len(s.files) > 0:
		return badUsage("%q is no flag; the lemma of a name is searched with -only NAME", s.files[0])
	case !slices.Contains([]string{"drawn", "false", "abuse"}, s.set):
		return badUsage("there is no set %q: it is drawn, false or abuse", s.set)
	case !slices.Contains(methods(), s.method):
		return badUsage("there is no method %q: it is one of %s", s.method, strings.Join(methods(), ", "))
	case s.limit <= 0 || s.jobs < 1 || s.workers < 1 || s.per < 1 || s.skip < 0:
		return badUsage("-time, -jobs, -workers and -per must be more than 0 and -skip not less; for example: -time 60s -jobs 2 -workers 1 -per 25 -skip 0")
	case s.rename && s.set != "drawn":
		return badUsage("-rename changes the names of the library, and -set %s has none of them", s.set)
	case s.set == "abuse" && (s.json != "" || s.resume != ""):
		return badUsage("-set abuse keeps nothing: leave -json and -resume out")
	}
	return nil
}

// String tells the settings that a result depends on; records with others are
// not mixed.
func (s *settings) String() string {
	var without []string
	for _, part := range []struct {
		name string
		used bool
	}{{"cache", s.cache}, {"premises", s.premises}, {"apart", s.apart}, {"merge", s.merge}} {
		if !part.used {
			without = append(without, part.name)
		}
	}
	text := fmt.Sprintf("%s, %v, %d workers, seed %d", s.method, s.limit, s.workers, s.seed)
	if len(without) > 0 {
		text += ", without " + strings.Join(without, " and ")
	}
	if s.rename {
		text += ", renamed"
	}
	return text
}
