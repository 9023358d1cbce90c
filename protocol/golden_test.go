package protocol_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"porchlight/protocol"
)

var update = flag.Bool("update", false, "write testdata from PROTOCOL.md")

var block = regexp.MustCompile("(?ms)^```json ?([a-z-]*)\n(.*?)\n```$")

// documented returns every JSON block of PROTOCOL.md by its name.
func documented(t *testing.T) map[string]string {
	t.Helper()
	doc, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for _, m := range block.FindAllSubmatch(doc, -1) {
		name := string(m[1])
		if name == "" || blocks[name] != "" {
			t.Errorf("PROTOCOL.md: a JSON block named %q; every one needs a name of its own", name)
		}
		blocks[name] = string(m[2])
	}
	return blocks
}

// Every JSON block of the document is a golden file, and every golden file is in the document.
func TestDocumentIsGolden(t *testing.T) {
	blocks := documented(t)
	for name, text := range blocks {
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil || strings.TrimSuffix(string(have), "\n") != text {
			t.Errorf("%s is not block %s of PROTOCOL.md (%v): go test ./protocol -update", path, name, err)
		}
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if blocks[strings.TrimSuffix(filepath.Base(f), ".json")] == "" {
			t.Errorf("%s is in no block of PROTOCOL.md", f)
		}
	}
}

// Every frame and kind has an example, which decodes strictly and encodes to the same bytes.
func TestGoldenFrames(t *testing.T) {
	blocks := documented(t)
	for name, text := range blocks {
		switch side, _, _ := strings.Cut(name, "-"); side {
		case "client":
			frame, _, err := protocol.DecodeClient([]byte(text))
			same(t, name, text, frame, err)
		case "server":
			frame, err := protocol.DecodeServer([]byte(text))
			same(t, name, text, frame, err)
		case "record":
			frame, err := protocol.DecodeServer([]byte(text))
			same(t, name, text, frame, err)
			record, ok := frame.(protocol.RecordFrame)
			if !ok || !record.Stream.Valid() {
				t.Errorf("%s: %+v, want a record of a stream", name, frame)
				continue
			}
			body, err := protocol.DecodePayload(record.Kind, record.Body)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			again, err := protocol.EncodePayload(body)
			if err != nil || !bytes.Equal(again, record.Body) {
				t.Errorf("%s: the body encodes as %s, want %s (%v)", name, again, record.Body, err)
			}
		case "http":
		default:
			t.Errorf("block %s belongs to no side", name)
		}
	}
	for prefix, all := range map[string][]string{"client-": protocol.ClientFrames(), "server-": protocol.ServerFrames(), "record-": protocol.Kinds()} {
		for _, name := range all {
			if blocks[prefix+name] == "" {
				t.Errorf("PROTOCOL.md has no block %s%s", prefix, name)
			}
		}
	}
}

func same(t *testing.T, name, text string, frame any, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("decode %s: %v", name, err)
		return
	}
	b, err := protocol.Encode(frame)
	if got := strings.TrimRight(string(b), " "); err != nil || got != text {
		t.Errorf("%s encodes as\n%s (%v), want\n%s", name, got, err, text)
	}
}

// What goes over HTTP has its types too.
func TestGoldenHTTP(t *testing.T) {
	blocks := documented(t)
	into := map[string]any{
		"http-refusal":     &struct{ Code, Until any }{},
		"http-look":        &struct{ Code string }{},
		"http-slip":        &protocol.SlipView{},
		"http-join":        &protocol.Join{},
		"http-joined":      &protocol.Joined{},
		"http-door":        &struct{ Covered, Full, Open bool }{},
		"http-ticket":      &struct{ Ticket string }{},
		"http-opened":      &struct{ Session protocol.SessionID }{},
		"http-queue":       &protocol.Queue{},
		"http-take":        &struct{ Lane protocol.Lane }{},
		"http-lease":       &protocol.Lease{},
		"http-lease-named": &struct{ Lease string }{},
		"http-item":        &protocol.ItemDetail{},
		"http-decide":      &protocol.Decide{},
	}
	for name, text := range blocks {
		if !strings.HasPrefix(name, "http-") {
			continue
		}
		v, ok := into[name]
		if !ok {
			t.Errorf("block %s has no type", name)
			continue
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(v); err != nil {
			t.Errorf("decode %s: %v", name, err)
			continue
		}
		if reflect.TypeOf(v).Elem().PkgPath() == "" {
			continue // no type of the language's own
		}
		if b, err := json.Marshal(v); err != nil || string(b) != text {
			t.Errorf("%s encodes as\n%s (%v), want\n%s", name, b, err, text)
		}
	}
}

// Every code, reason, close code, phase, lane, outcome and state of care stands in the document.
func TestDocumentIsComplete(t *testing.T) {
	doc, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, file := range []string{"error.go", "words.go", "close.go", "queue.go", "record.go"} {
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			value, ok := spec.Values[0].(*ast.BasicLit)
			kind, isKind := spec.Type.(*ast.Ident)
			if !ok || !isKind || slices.Contains([]string{"KindSeated", "KindPresent", "KindAway", "KindDone"}, spec.Names[0].Name) {
				return true
			}
			want := "`" + strings.Trim(value.Value, `"`) + "`"
			if kind.Name == "CloseCode" {
				want = value.Value
			}
			if !bytes.Contains(doc, []byte(want)) {
				t.Errorf("PROTOCOL.md does not mention %s (%s)", want, spec.Names[0].Name)
			}
			return true
		})
	}
}
