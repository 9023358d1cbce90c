package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
)

// Example writes config.example.yaml: every setting with its meaning, its default and its environment variable.
func Example() (string, error) {
	var b strings.Builder
	b.WriteString("# Every setting of Porchlight with its default. Check a file with: porchlight config check FILE\n")
	b.WriteString("# Each can also be set in the environment, and from a file by adding _FILE to the variable's name.\n")
	v := reflect.ValueOf(Default())
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("yaml")
		fmt.Fprintf(&b, "\n%s", wrapped(f.Tag.Get("note")))
		if e := f.Tag.Get("env"); e != "" && e != "-" {
			fmt.Fprintf(&b, "# PORCHLIGHT_%s\n", e)
		}
		out, err := yaml.Marshal(map[string]any{name: v.Field(i).Interface()})
		if err != nil {
			return "", fmt.Errorf("write example: %w", err)
		}
		b.Write(out)
	}
	return b.String(), nil
}

// Show writes the settings as they are in force.
func (c Config) Show() (string, error) {
	out, err := yaml.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	return string(out), nil
}

// wrapped writes a comment in lines of at most 110 characters.
func wrapped(note string) string {
	var b strings.Builder
	line := "#"
	for _, w := range strings.Fields(note) {
		if len(line)+1+len(w) > 110 {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + w
	}
	b.WriteString(line + "\n")
	return b.String()
}
