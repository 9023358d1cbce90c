package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Violation is one rule that one file breaks.
type Violation struct {
	File string // with the line, where one helps
	Rule string // what must hold
	Why  string // what it is good for
}

func (v Violation) String() string { return fmt.Sprintf("%s: %s (%s)", v.File, v.Rule, v.Why) }

// Check parses every Go file below root and returns what breaks a rule, in the order of the files.
func Check(root fs.FS) ([]Violation, error) {
	var found []Violation
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(root, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		of, err := checkFile(root, name)
		found = append(found, of...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("check the tree: %w", err)
	}
	return found, nil
}

// skipped reports whether a directory is not ours to judge: data, hidden, or a module of its own.
func skipped(root fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	if base == "testdata" || base == "node_modules" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return err == nil
}

func checkFile(root fs.FS, name string) ([]Violation, error) {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []Violation
	if n := set.File(file.Pos()).LineCount(); n > maxFileLines {
		found = append(found, Violation{name, fmt.Sprintf("%d lines, at most %d", n, maxFileLines), "a longer file hides a second idea: split it where the seam is"})
	}
	found = append(found, functions(set, file)...)
	found = append(found, clocks(set, file, name)...)
	if !strings.HasSuffix(name, "_test.go") {
		found = append(found, imports(set, file, path.Dir(name))...)
	}
	return found, nil
}

func functions(set *token.FileSet, file *ast.File) []Violation {
	var found []Violation
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		from, to := set.Position(f.Pos()), set.Position(f.End())
		if n := to.Line - from.Line + 1; n > maxFunctionLines {
			found = append(found, Violation{
				at(from), fmt.Sprintf("%s has %d lines, at most %d", f.Name.Name, n, maxFunctionLines), "a function is read in one look",
			})
		}
	}
	return found
}

// clocks finds calls of time.Now and its kin, and sleeps. Handing time.Now on as a value is how a clock gets its default;
// in a file that imports testing/synctest a sleep moves the bubble's time and waits for nothing.
func clocks(set *token.FileSet, file *ast.File, name string) []Violation {
	test := strings.HasSuffix(name, "_test.go")
	bubble := test && slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"testing/synctest"` })
	var found []Violation
	ast.Inspect(file, func(n ast.Node) bool {
		_, named := clockReaders[name]
		switch called := timeCall(n); {
		case called == "Sleep" && !bubble:
			found = append(found, Violation{at(set.Position(n.Pos())), "no time.Sleep", "wait for a fact: a sleep is too short on a slow machine and too long on a fast one"})
		case slices.Contains([]string{"Now", "Since", "Until"}, called) && !named && !test:
			found = append(found, Violation{at(set.Position(n.Pos())), "no time." + called, "the clock is handed in (Now func() time.Time), so that tests own the time"})
		}
		return true
	})
	return found
}

// timeCall is the function of package time that a node calls, or "".
func timeCall(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if pkg, ok := sel.X.(*ast.Ident); !ok || pkg.Name != "time" {
		return ""
	}
	return sel.Sel.Name
}

func imports(set *token.FileSet, file *ast.File, pkg string) []Violation {
	allowed, ok := rows[pkg]
	if !ok {
		return []Violation{{at(set.Position(file.Package)), "package " + pkg + " has a row in internal/arch/table.go", "say where a package stands before writing it"}}
	}
	var found []Violation
	for _, spec := range file.Imports {
		what, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser took it, so it is quoted
		}
		where := at(set.Position(spec.Pos()))
		if ours, ok := strings.CutPrefix(what, module+"/"); ok {
			if !allows(allowed, ours) {
				found = append(found, Violation{where, pkg + " does not import " + ours, "arrows point towards words; see the table of design section 4"})
			}
			continue
		}
		if v, bad := foreign(where, pkg, what); bad {
			found = append(found, v)
		}
	}
	return found
}

func allows(allowed []string, what string) bool {
	for _, a := range allowed {
		below, wild := strings.CutSuffix(a, "/...")
		if a == what || (wild && strings.HasPrefix(what, below+"/")) {
			return true
		}
	}
	return false
}

// foreign checks who imports what is not ours. The standard library has no owners but for what the table names.
func foreign(where, pkg, what string) (Violation, bool) {
	for owned, by := range owners {
		if what != owned && !strings.HasPrefix(what, owned+"/") {
			continue
		}
		if slices.Contains(by, pkg) {
			return Violation{}, false
		}
		return Violation{where, owned + " belongs to " + strings.Join(by, ", "), "each outside technology is known in one place, so that it can be changed there"}, true
	}
	first, _, _ := strings.Cut(what, "/")
	if !strings.Contains(first, ".") {
		return Violation{}, false
	}
	return Violation{where, what + " has an owner in internal/arch/table.go", "decide who owns a library before using it"}, true
}

func at(p token.Position) string { return p.Filename + ":" + strconv.Itoa(p.Line) }
