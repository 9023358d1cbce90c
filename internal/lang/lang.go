package lang

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.yaml
var files embed.FS

// Tags are the languages there are, the default first.
var Tags = []string{"en", "es"}

// appPrefix marks the sentences the browser app is given.
const appPrefix = "app."

// Catalogue is all sentences in all languages. It is safe for concurrent use.
type Catalogue struct {
	raw     map[string]map[string]string // language, key → sentence with {{.Placeholders}}
	speaks  map[string]*i18n.Localizer
	matcher language.Matcher
}

// New reads the catalogues that come with the program. Files are named area.language.yaml.
func New() (*Catalogue, error) {
	bundle := i18n.NewBundle(language.English)
	c := &Catalogue{raw: map[string]map[string]string{}, speaks: map[string]*i18n.Localizer{}}
	var tags []language.Tag
	for _, tag := range Tags {
		tags = append(tags, language.MustParse(tag))
		c.raw[tag] = map[string]string{}
		names, err := fs.Glob(files, "*."+tag+".yaml")
		if err != nil {
			return nil, fmt.Errorf("find catalogue: %w", err)
		}
		for _, name := range names {
			if err := c.read(bundle, tag, name); err != nil {
				return nil, err
			}
		}
		c.speaks[tag] = i18n.NewLocalizer(bundle, tag)
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

func (c *Catalogue) read(bundle *i18n.Bundle, tag, name string) error {
	b, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read catalogue: %w", err)
	}
	sentences := map[string]string{}
	if err := yaml.UnmarshalWithOptions(b, &sentences, yaml.Strict()); err != nil {
		return fmt.Errorf("read catalogue %s:\n%s", name, yaml.FormatError(err, false, true))
	}
	for key, sentence := range sentences {
		if _, ok := c.raw[tag][key]; ok {
			return fmt.Errorf("catalogue %s: %q stands twice", name, key)
		}
		c.raw[tag][key] = sentence
		if err := bundle.AddMessages(language.MustParse(tag), &i18n.Message{ID: key, Other: sentence}); err != nil {
			return fmt.Errorf("catalogue %s: %q: %w", name, key, err)
		}
	}
	return nil
}

// Pick chooses the language: what the reader chose before, else what their browser asks for, else English.
func (c *Catalogue) Pick(chosen, accept string) string {
	if _, ok := c.raw[chosen]; ok {
		return chosen
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return Tags[0]
	}
	_, i, _ := c.matcher.Match(wanted...)
	return Tags[i]
}

// T returns the sentence under key. args are names and values for its placeholders, in turn.
// A key nobody wrote is shown as itself, so that it is seen; tests find it first.
func (c *Catalogue) T(tag, key string, args ...any) string {
	data := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	speaks, ok := c.speaks[tag]
	if !ok {
		speaks = c.speaks[Tags[0]]
	}
	s, err := speaks.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data})
	var missing *i18n.MessageNotFoundErr
	if err != nil && (s == "" || errors.As(err, &missing)) {
		return key
	}
	return s
}

// App returns the sentences of the browser app, their prefix cut and their placeholders as they are.
func (c *Catalogue) App(tag string) map[string]string {
	app := map[string]string{}
	for key, sentence := range c.raw[tag] {
		if short, ok := strings.CutPrefix(key, appPrefix); ok {
			app[short] = sentence
		}
	}
	return app
}

// All returns every sentence of a language, for tests and tools.
func (c *Catalogue) All(tag string) map[string]string { return maps.Clone(c.raw[tag]) }
