package arch_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"porchlight/internal/arch"
)

// The whole tree keeps the rules.
func TestTree(t *testing.T) {
	found, err := arch.Check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// Each rule finds what breaks it, and names file, rule and why.
func TestRulesBite(t *testing.T) {
	const clean = "package x\n"
	long := "package protocol\n" + strings.Repeat("// line\n", 400)
	tall := "package protocol\n\nfunc f() {\n" + strings.Repeat("\tg()\n", 69) + "}\n"
	for _, c := range []struct {
		name, file, src, want string // want "" is no violation
	}{
		{"an allowed import", "server/room/a.go", "package room\n\nimport _ \"porchlight/protocol\"\n", ""},
		{"a wildcard row", "server/a.go", "package server\n\nimport _ \"porchlight/server/room\"\n", ""},
		{"an arrow the wrong way", "protocol/a.go", "package protocol\n\nimport _ \"porchlight/server/room\"\n", "protocol does not import server/room"},
		{"web knows no store", "server/web/a.go", "package web\n\nimport _ \"porchlight/server/store\"\n", "server/web does not import server/store"},
		{"a wildcard is not the prefix itself", "server/web/a.go", "package web\n\nimport _ \"porchlight/serverless\"\n", "does not import serverless"},
		{"a package without a row", "util/a.go", clean, "package util has a row"},
		{"echo outside its owner", "server/room/a.go", "package room\n\nimport _ \"github.com/labstack/echo/v4\"\n", "github.com/labstack/echo belongs to server/web"},
		{"net/http in the room", "server/room/a.go", "package room\n\nimport _ \"net/http\"\n", "net/http belongs to"},
		{"a library nobody owns", "protocol/a.go", "package protocol\n\nimport _ \"example.com/thing\"\n", "example.com/thing has an owner"},
		{"the standard library", "protocol/a.go", "package protocol\n\nimport _ \"encoding/base64\"\n", ""},
		{"tests import what they need", "protocol/a_test.go", "package protocol_test\n\nimport _ \"net/http\"\n", ""},
		{"a long file", "protocol/a.go", long, "401 lines, at most 400"},
		{"a long test file", "protocol/a_test.go", long, "401 lines, at most 400"},
		{"a file of just the size", "protocol/a.go", strings.TrimSuffix(long, "// line\n"), ""},
		{"a tall function", "protocol/a.go", tall, "f has 71 lines, at most 70"},
		{"a function of just the size", "protocol/a.go", strings.Replace(tall, "\tg()\n", "", 1), ""},
		{"the clock", "protocol/a.go", "package protocol\n\nimport \"time\"\n\nvar t = time.Now()\n", "no time.Now"},
		{"a hidden clock", "protocol/a.go", "package protocol\n\nimport \"time\"\n\nvar t = time.Since(time.Time{})\n", "no time.Since"},
		{"a clock's default", "protocol/a.go", "package protocol\n\nimport \"time\"\n\nvar now = time.Now\n", ""},
		{"a sleeping test", "protocol/a_test.go", "package protocol_test\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n", "no time.Sleep"},
		{"a bubble's sleep", "protocol/a_test.go", "package protocol_test\n\nimport (\n\t\"testing/synctest\"\n\t\"time\"\n)\n\nfunc f() { time.Sleep(1); synctest.Wait() }\n", ""},
		{"data is not code", "protocol/testdata/a.go", "package nonsense\n\nimport _ \"net/http\"\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := arch.Check(fstest.MapFS{c.file: {Data: []byte(c.src)}})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.want == "" && len(found) > 0:
				t.Errorf("Check(%s) = %v, want nothing", c.file, found)
			case c.want != "" && (len(found) != 1 || !strings.Contains(found[0].String(), c.want)):
				t.Errorf("Check(%s) = %v, want one with %q", c.file, found, c.want)
			case c.want != "" && (found[0].Why == "" || !strings.HasPrefix(found[0].File, c.file)):
				t.Errorf("Check(%s) = %+v, want its file and a reason", c.file, found[0])
			}
		})
	}
}

// A directory with its own go.mod is another module with its own rules.
func TestOtherModules(t *testing.T) {
	tree := fstest.MapFS{"bench/go.mod": {Data: []byte("module bench\n")}, "bench/a.go": {Data: []byte("package bench\n")}}
	if found, err := arch.Check(tree); err != nil || len(found) != 0 {
		t.Errorf("Check = %v, %v, want nothing", found, err)
	}
}

// The program ends files with a newline and reads on; a file that does not parse is an error, not a pass.
func TestBrokenFile(t *testing.T) {
	var tree fs.FS = fstest.MapFS{"protocol/a.go": {Data: []byte("pakcage protocol")}}
	if _, err := arch.Check(tree); err == nil {
		t.Error("Check of a file that does not parse = nil, want an error")
	}
}
