package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

// schemaPart is what is looked at of a JSON schema.
type schemaPart struct {
	Ref        string                `json:"$ref"`
	Schema     string                `json:"$schema"`
	Defs       map[string]schemaPart `json:"$defs"`
	Type       string                `json:"type"`
	Properties map[string]schemaPart `json:"properties"`
	Required   []string              `json:"required"`
	Items      *schemaPart           `json:"items"`
	AnyOf      []schemaPart          `json:"anyOf"`
	MaxItems   int                   `json:"maxItems"`
}

// typeOf is the type that a schema has for what a Go type holds; none if it may be
// anything.
func typeOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[json.RawMessage]() {
		return ""
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "array"
	}
	return "object"
}

// The schema that is published has the fields of the code, and no others.
func TestSchemaFields(t *testing.T) {
	text, err := os.ReadFile("../../docs/plugin.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema schemaPart
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if want := "https://json-schema.org/draft/2020-12/schema"; schema.Schema != want {
		t.Errorf("it is a schema of %q, want %q", schema.Schema, want)
	}
	for _, part := range []struct {
		name string
		of   reflect.Type
	}{
		{"request", reflect.TypeFor[request]()},
		{"reply", reflect.TypeFor[reply]()},
		{"reply", reflect.TypeFor[served]()},
		{"info", reflect.TypeFor[Info]()},
		{"state", reflect.TypeFor[stateReply]()},
		{"state", reflect.TypeFor[servedState]()},
		{"error", reflect.TypeFor[failure]()},
	} {
		def, code := schema.Defs[part.name], map[string]string{}
		for f := range part.of.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			code[name] = typeOf(f.Type)
		}
		told := map[string]string{}
		for name, p := range def.Properties {
			if p.Ref != "" {
				p = schema.Defs[strings.TrimPrefix(p.Ref, "#/$defs/")]
			}
			told[name] = p.Type
		}
		if part.of == reflect.TypeFor[servedState]() {
			code["data"] = "" // Serve uses numbers, others what they want
		}
		if diff := cmp.Diff(code, told); diff != "" {
			t.Errorf("%v (-code +schema):\n%s", part.of, diff)
		}
		for _, name := range def.Required {
			if _, ok := def.Properties[name]; !ok {
				t.Errorf("%s requires %q, which it does not have", part.name, name)
			}
		}
	}
	for _, lines := range []string{"requests", "replies"} {
		most := 0
		for _, p := range schema.Defs[lines].AnyOf {
			most = max(most, p.MaxItems)
		}
		if most != mostAhead {
			t.Errorf("%s are at most %d in a line, want %d", lines, most, mostAhead)
		}
	}
	if got := slices.Sorted(maps.Keys(schema.Defs)); !slices.Equal(got, []string{"error", "info", "replies", "reply", "request", "requests", "state"}) {
		t.Errorf("it describes %q", got)
	}
}

// stuck is a problem that begins in a dead end.
type stuck struct{}

func (stuck) Start(context.Context, string) (env.State, error) { return stuck{}, nil }
func (stuck) Step(_ context.Context, _ env.State, action string) (env.State, error) {
	return nil, env.Illegal(action, "nothing can be done")
}
func (stuck) String() string               { return "stuck" }
func (stuck) Key() string                  { return "stuck" }
func (stuck) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }
func (stuck) Actions() []string            { return nil }

// A dead end has a list of actions, an empty one, and no field is left out for it.
func TestServeDeadEnd(t *testing.T) {
	in := strings.NewReader(`{"id":1,"op":"start","problem":""}` + "\n" + `[{"id":2,"op":"actions","state":0},{"id":3,"op":"step","state":0,"action":"x"}]` + "\n")
	var out bytes.Buffer
	if err := Serve(t.Context(), stuck{}, Info{Name: "stuck", Example: "x"}, in, &out); err != nil {
		t.Fatal(err)
	}
	want := `{"id":1,"state":{"data":0,"text":"stuck","key":"stuck","actions":[]}}
[{"id":2,"actions":[]},{"id":3,"error":{"kind":"illegal","message":"nothing can be done","example":""}}]
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
