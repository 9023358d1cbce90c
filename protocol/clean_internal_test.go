package protocol

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// The short way for plain texts gives what the long way gives.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", " a ", "a\nb", "tea & bread", "“tea”", "a\\b", "~", "\x7f", "  two  words "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !plain(text) {
			return
		}
		quoted, err := jsontext.AppendQuote(nil, text)
		if err != nil || len(quoted)-2 != EncodedLen(text) {
			t.Errorf("%q takes %d bytes quoted, EncodedLen says %d", text, len(quoted)-2, EncodedLen(text))
		}
		// A letter that is not plain sends the text the long way; with it taken off, both must agree.
		long := strings.TrimSuffix(CleanText(text+"é"), "é")
		if got := CleanText(text); got != strings.TrimSpace(long) {
			t.Errorf("CleanText(%q) = %q, the long way %q", text, got, strings.TrimSpace(long))
		}
	})
}
