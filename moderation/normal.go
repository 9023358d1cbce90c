package moderation

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mtibben/confusables"
	"golang.org/x/text/unicode/norm"
)

// word is one word of a text as screening compares it.
type word struct {
	text     string
	sentence int
	quoted   bool
}

// leet undoes letters written as digits and signs, inside words only: numbers stay numbers.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// normal takes a text apart into words: compatibility forms, look-alikes, accents, leetspeak, stretched and spaced-out
// letters are undone; apostrophes fall away, so "can't" and "cant" are one.
func normal(text string) []word {
	var plain strings.Builder
	plain.Grow(len(text))
	for _, r := range norm.NFKD.String(text) {
		switch {
		case r < utf8.RuneSelf && r != '\'' && r != '`': // most of it
			plain.WriteByte(byte(unicode.ToLower(r)))
			continue
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), r == '\'', r == '’', r == '`', r == '´', r == '‘':
			continue
		}
		plain.WriteRune(unicode.ToLower(r))
	}
	tokens := split(plain.String())
	words := make([]word, 0, len(tokens))
	sentence, quoted := 0, false
	for _, token := range tokens {
		switch token {
		case ".", "?", "!", "\n", ";":
			sentence++
			continue
		case "\"":
			quoted = !quoted
			continue
		}
		words = append(words, word{text: fold(token), sentence: sentence, quoted: quoted})
	}
	return joinSpaced(words)
}

// split cuts a text into tokens of letters and digits, ends of sentences and quotation marks.
func split(text string) []string {
	tokens := make([]string, 0, len(text)/4)
	begin := -1 // of the token under way
	flush := func(end int) {
		if begin >= 0 {
			tokens = append(tokens, text[begin:end])
			begin = -1
		}
	}
	for i, r := range text {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if begin < 0 {
				begin = i
			}
			continue
		case (r == '@' || r == '$' || r == '!' || r == '*') && begin >= 0 && wordAhead(text[i+1:]):
			continue
		}
		flush(i)
		switch {
		case r == '.' || r == '?' || r == '!' || r == '\n' || r == ';' || r == '…':
			tokens = append(tokens, endOf(r))
		case r == '"' || r == '“' || r == '”' || r == '«' || r == '»':
			tokens = append(tokens, "\"")
		}
	}
	flush(len(text))
	return tokens
}

// wordAhead reports whether a letter or digit comes next.
func wordAhead(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func endOf(r rune) string {
	if r == '…' {
		return "."
	}
	return string(r)
}

// fold undoes look-alikes, leetspeak and stretched letters in one word.
func fold(token string) string {
	if simple(token) {
		return token
	}
	digits := strings.IndexFunc(token, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
	if digits {
		return token
	}
	ascii := strings.IndexFunc(token, func(r rune) bool { return r > 127 }) < 0
	if !ascii {
		token = strings.ToLower(strings.ReplaceAll(confusables.Skeleton(token), "rn", "m"))
	}
	token = leet.Replace(token)
	var b strings.Builder
	run := 0
	var before rune
	for _, r := range token {
		if r == before {
			run++
		} else {
			run = 1
		}
		before = r
		if run <= 2 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// simple reports whether there is nothing to undo: letters of ASCII, none three times in a row.
func simple(token string) bool {
	for i := range len(token) {
		c := token[i]
		if c < 'a' || c > 'z' || (i > 1 && c == token[i-1] && c == token[i-2]) {
			return false
		}
	}
	return true
}

// joinSpaced puts "k i l l" together again: three or more single letters in a row are one word.
func joinSpaced(words []word) []word {
	if !slices.ContainsFunc(words, func(w word) bool { return len(w.text) == 1 && w.text != "i" && w.text != "a" }) {
		return words // nothing is spaced out: most texts
	}
	out := make([]word, 0, len(words))
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && len(words[j].text) == 1 && words[j].sentence == words[i].sentence {
			j++
		}
		if j-i >= 3 {
			var b strings.Builder
			for _, w := range words[i:j] {
				b.WriteString(w.text)
			}
			out = append(out, word{text: b.String(), sentence: words[i].sentence, quoted: words[i].quoted})
			i = j
			continue
		}
		out = append(out, words[i])
		i++
	}
	return out
}
