package moderation

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/goccy/go-yaml"

	"porchlight/protocol"
)

//go:embed rules/*.yaml
var embedded embed.FS

// ruleFile is one language's rules as they stand in YAML.
type ruleFile struct {
	Version   string     `yaml:"version"`
	Language  string     `yaml:"language"`
	Negations []string   `yaml:"negations"`
	Past      []string   `yaml:"past"`
	Idioms    []string   `yaml:"idioms"`
	Rules     []ruleText `yaml:"rules"`
}

type ruleText struct {
	ID    string `yaml:"id"`
	Label string `yaml:"label"`
	// Negatable false: a word like "not" before the phrase does not take it away. Default true.
	Negatable *bool `yaml:"negatable"`
	// Ambivalent: a denial with a doubt in it ("I mean, probably not") is still care.
	Ambivalent bool     `yaml:"ambivalent"`
	Phrases    []string `yaml:"phrases"`
}

// label is what a rule finds.
type label string

const (
	labelCare        label = "care"
	labelMethod      label = "method"
	labelContact     label = "contact"
	labelSourcing    label = "sourcing"
	labelHarassment  label = "harassment"
	labelSpam        label = "spam"
	labelIdentifying label = "identifying"
)

var reasons = map[label]protocol.Reason{
	labelCare: protocol.ReasonCare, labelMethod: protocol.ReasonMethod, labelContact: protocol.ReasonContact,
	labelSourcing: protocol.ReasonSourcing, labelHarassment: protocol.ReasonHarassment, labelSpam: protocol.ReasonSpam,
	labelIdentifying: protocol.ReasonIdentifying,
}

// phrase is a sequence of whole words.
type phrase struct {
	words []string // "*" at the end of a word: any ending; "_": up to three words
	rule  *rule
}

type rule struct {
	id         string
	label      label
	negatable  bool
	ambivalent bool
	lang       *language
}

type language struct {
	negations map[string]bool
	past      []phrase
	idioms    map[string][]phrase // by first word
}

// Rules are what screening looks for: an immutable value, swapped whole.
type Rules struct {
	version string
	byFirst map[string][]phrase // by first word
	stems   map[byte][]phrase   // first word ends in "*"; by its first byte
	langs   []*language
}

// Version names the rule set: what a verdict was made with.
func (r *Rules) Version() string { return r.version }

// LoadDefault reads the rules that come with the program.
func LoadDefault() (*Rules, error) {
	names, err := fs.Glob(embedded, "rules/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("find rules: %w", err)
	}
	sort.Strings(names)
	var files []io.Reader
	for _, n := range names {
		f, err := embedded.Open(n)
		if err != nil {
			return nil, fmt.Errorf("open rules: %w", err)
		}
		defer f.Close() //nolint:errcheck // embedded
		files = append(files, f)
	}
	return Load(files...)
}

// Load reads rule files, one language each. An error names the line and shows it.
func Load(files ...io.Reader) (*Rules, error) {
	r := &Rules{byFirst: map[string][]phrase{}, stems: map[byte][]phrase{}}
	sum := sha256.New()
	for _, f := range files {
		b, err := io.ReadAll(f)
		if err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		sum.Write(b)
		var file ruleFile
		if err := yaml.UnmarshalWithOptions(b, &file, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("read rules:\n%s", yaml.FormatError(err, false, true))
		}
		if err := r.add(file); err != nil {
			return nil, err
		}
		r.version = file.Version
	}
	r.version += "+" + hex.EncodeToString(sum.Sum(nil))[:8]
	return r, nil
}

func (r *Rules) add(file ruleFile) error {
	lang := &language{negations: map[string]bool{}, idioms: map[string][]phrase{}}
	for _, n := range file.Negations {
		lang.negations[n] = true
	}
	for _, p := range file.Past {
		lang.past = append(lang.past, phrase{words: strings.Fields(p)})
	}
	for _, p := range file.Idioms {
		words := strings.Fields(p)
		if len(words) == 0 || strings.ContainsAny(words[0], "*_") {
			return fmt.Errorf("idiom %q wants to begin with a whole word", p)
		}
		lang.idioms[words[0]] = append(lang.idioms[words[0]], phrase{words: words})
	}
	r.langs = append(r.langs, lang)
	seen := map[string]bool{}
	for _, t := range file.Rules {
		if _, ok := reasons[label(t.Label)]; !ok {
			return fmt.Errorf("rule %q has label %q; it wants one of care, method, contact, sourcing, harassment, spam, identifying", t.ID, t.Label)
		}
		if t.ID == "" || seen[t.ID] || len(t.Phrases) == 0 {
			return fmt.Errorf("rule %q wants an id of its own and at least one phrase", t.ID)
		}
		seen[t.ID] = true
		rl := &rule{id: t.ID, label: label(t.Label), negatable: t.Negatable == nil || *t.Negatable, ambivalent: t.Ambivalent, lang: lang}
		for _, p := range t.Phrases {
			if err := r.addPhrase(p, rl); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Rules) addPhrase(text string, rl *rule) error {
	words := strings.Fields(text)
	if len(words) == 0 || words[0] == "_" || words[0] == "*" || text != strings.ToLower(text) {
		return fmt.Errorf("rule %q: phrase %q wants whole lower-case words and must not begin with a gap", rl.id, text)
	}
	p := phrase{words: words, rule: rl}
	if strings.HasSuffix(words[0], "*") {
		r.stems[words[0][0]] = append(r.stems[words[0][0]], p)
	} else {
		r.byFirst[words[0]] = append(r.byFirst[words[0]], p)
	}
	return nil
}

// Holder lets rules be swapped while rooms use them. The zero value has none; Set before Check.
type Holder struct{ rules atomic.Pointer[Rules] }

// Set swaps the rules for all rooms at once.
func (h *Holder) Set(r *Rules) { h.rules.Store(r) }

// Check screens text with the rules as they are now.
func (h *Holder) Check(text string) Verdict { return h.rules.Load().Check(text) }

// stemsOf returns the phrases whose first word is a stem that text may begin with.
func (r *Rules) stemsOf(text string) []phrase {
	if text == "" {
		return nil
	}
	return r.stems[text[0]]
}
