package lang_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"porchlight/internal/lang"
	"porchlight/moderation"
	"porchlight/protocol"
)

func catalogue(t *testing.T) *lang.Catalogue {
	t.Helper()
	c, err := lang.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var placeholder = regexp.MustCompile(`\{\{\.\w+\}\}`)

func TestBothLanguagesSayTheSame(t *testing.T) {
	c := catalogue(t)
	en, es := c.All("en"), c.All("es")
	for key, sentence := range en {
		other, ok := es[key]
		if !ok {
			t.Errorf("%s has no Spanish", key)
			continue
		}
		a, b := placeholder.FindAllString(sentence, -1), placeholder.FindAllString(other, -1)
		sort.Strings(a)
		sort.Strings(b)
		if strings.Join(a, "") != strings.Join(b, "") {
			t.Errorf("%s: English fills %v, Spanish %v", key, a, b)
		}
	}
	for key := range es {
		if _, ok := en[key]; !ok {
			t.Errorf("%s has no English", key)
		}
	}
}

func TestEveryCodeAndReasonHasASentence(t *testing.T) {
	en := catalogue(t).All("en")
	for _, code := range constants(t, "Code") {
		if en["app.code."+code] == "" {
			t.Errorf("code %q has no sentence", code)
		}
	}
	for _, r := range constants(t, "Reason") {
		if en["app.reason."+r] == "" {
			t.Errorf("reason %q has no sentence", r)
		}
	}
	for _, lane := range protocol.Lanes() {
		if en["app.lane."+string(lane)] == "" {
			t.Errorf("lane %q has no name", lane)
		}
		for _, o := range moderation.OutcomesFor(lane) {
			for _, key := range []string{"app.act." + string(o), "app.act." + string(o) + ".does", "app.act." + string(o) + ".leaves", "app.done." + string(o)} {
				if en[key] == "" {
					t.Errorf("outcome %q lacks %s", o, key)
				}
			}
		}
	}
	for _, p := range protocol.Phases() {
		if en["app.phase."+string(p)] == "" {
			t.Errorf("phase %q has no name", p)
		}
	}
}

// constants lists the values of all constants of a type in package protocol, read from its source: one that is added
// without a sentence fails.
func constants(t *testing.T, name string) []string {
	t.Helper()
	files, err := filepath.Glob("../../protocol/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, f := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			kind, ok := spec.Type.(*ast.Ident)
			value, isText := spec.Values[0].(*ast.BasicLit)
			if ok && isText && kind.Name == name {
				values = append(values, strings.Trim(value.Value, `"`))
			}
			return true
		})
	}
	if len(values) < 10 {
		t.Fatalf("found %d constants of type %s", len(values), name)
	}
	return values
}

func TestTheVoice(t *testing.T) {
	c := catalogue(t)
	for _, tag := range lang.Tags {
		for key, s := range c.All(tag) {
			if strings.ContainsAny(s, "!¡") {
				t.Errorf("%s %s shouts: %q", tag, key, s)
			}
			for _, r := range s {
				if r >= 0x1F000 {
					t.Errorf("%s %s has a picture: %q", tag, key, s)
				}
			}
			for _, cold := range []string{"user", "incident", "compliance", "oops", "usuario"} {
				if regexp.MustCompile(`(?i)\b` + cold + `\b`).MatchString(s) {
					t.Errorf("%s %s says %q: %q", tag, key, cold, s)
				}
			}
		}
	}
}

// maxGrade is the Flesch–Kincaid grade of a reader of eleven (design: reading age 9–11).
const maxGrade = 6.0

func TestReadingAge(t *testing.T) {
	var all []string
	for key, s := range catalogue(t).All("en") {
		all = append(all, placeholder.ReplaceAllString(s, "Fern")+".")
		if words := strings.Fields(s); len(words) >= 12 {
			if g := grade(s); g > maxGrade+4 {
				t.Errorf("%s reads like grade %.1f: %q", key, g, s)
			}
		}
	}
	if g := grade(strings.Join(all, " ")); g > maxGrade {
		t.Errorf("the catalogue reads like grade %.1f, at most %.1f", g, maxGrade)
	}
}

// grade is Flesch–Kincaid: 0.39 words per sentence + 11.8 syllables per word − 15.59.
func grade(text string) float64 {
	sentences := len(regexp.MustCompile(`[.?:;]+(\s|$)`).FindAllString(text+" ", -1))
	words := regexp.MustCompile(`[A-Za-z’']+`).FindAllString(text, -1)
	syllables := 0
	for _, w := range words {
		n := len(regexp.MustCompile(`[aeiouy]+`).FindAllString(strings.TrimSuffix(strings.ToLower(w), "e"), -1))
		syllables += max(n, 1)
	}
	return 0.39*float64(len(words))/float64(max(sentences, 1)) + 11.8*float64(syllables)/float64(max(len(words), 1)) - 15.59
}

func TestPickingALanguage(t *testing.T) {
	c := catalogue(t)
	for _, x := range []struct{ chosen, accept, want string }{
		{"", "", "en"}, {"", "es-MX,es;q=0.9,en;q=0.8", "es"}, {"", "fr", "en"}, {"en", "es", "en"}, {"xx", "es", "es"}, {"", "\x00;;", "en"},
	} {
		if got := c.Pick(x.chosen, x.accept); got != x.want {
			t.Errorf("Pick(%q, %q) = %q, want %q", x.chosen, x.accept, got, x.want)
		}
	}
	if got := c.T("es", "join.seat.lead", "Room", "Sala"); got != "Tomas un lugar en Sala. Nadie anota quién eres." {
		t.Errorf("T = %q", got)
	}
	if got := c.T("en", "no.such.key"); got != "no.such.key" {
		t.Errorf("T of a missing key = %q", got)
	}
}
