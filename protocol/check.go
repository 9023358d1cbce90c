package protocol

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// check compares the values of a decoded frame with what the room may rely on.
func check(f ClientFrame) error {
	if c, ok := f.(Command); ok {
		if err := checkHead(c.Head()); err != nil {
			return err
		}
	}
	switch f := f.(type) {
	case Hello:
		return checkHello(f)
	case Say:
		return checkText(f.Text, MaxText)
	case Aside:
		return checkText(f.Text, MaxText)
	case Withdraw:
		one := (f.N > 0) != (f.Hold != "")
		return demand(one && f.N >= 0 && (f.Hold == "" || f.Hold.Valid()), "withdraw wants n or hold")
	case Report:
		return checkNote(f.N, f.Note)
	case Worry:
		return checkNote(f.N, f.Note)
	case Got:
		return demand(f.Item.Valid(), "item")
	case MovePhase:
		return demand(f.From.Valid() && f.To.Valid() && len(f.Topic) <= MaxTopic, "phase or topic")
	case Mute:
		return demand(f.Place >= 1 && f.Minutes >= 1 && f.Minutes <= 60, "mute wants a place and 1 to 60 minutes")
	case Remove:
		return demand(f.Place >= 1, "place")
	}
	return nil
}

// demand is an error that names what is wrong unless it is met.
func demand(met bool, what string) error {
	if met {
		return nil
	}
	return invalid(what)
}

func checkHead(h CommandHead) error {
	if !h.ID.Valid() {
		return invalid("id")
	}
	if !h.Session.Valid() {
		return invalid("session")
	}
	return nil
}

func checkHello(h Hello) error {
	if !h.Room.Valid() {
		return invalid("room")
	}
	if (h.Secret == "") == (h.Ticket == "") {
		return invalid("hello wants a secret or a ticket")
	}
	if !made(h.Secret+h.Ticket, 43, 43, base64URL) {
		return Err(CodeRefused)
	}
	if h.Session != "" && !h.Session.Valid() {
		return invalid("session")
	}
	if len(h.Marks) > maxMarks {
		return invalid("marks")
	}
	for _, m := range h.Marks {
		if !m.Stream.Valid() || m.N < 0 {
			return invalid("mark")
		}
	}
	return nil
}

func checkText(text string, limit int) error {
	if strings.TrimSpace(CleanText(text)) == "" {
		return Err(CodeEmpty)
	}
	if EncodedLen(text) > limit {
		return Err(CodeTooLong)
	}
	return nil
}

func checkNote(n int64, note string) error {
	if n < 1 {
		return invalid("n")
	}
	if EncodedLen(note) > MaxNote {
		return Err(CodeTooLong)
	}
	return nil
}

// EncodedLen is how many bytes text takes inside a JSON string, quotes left out.
func EncodedLen(text string) int {
	if plain(text) {
		return len(text)
	}
	b, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return MaxFrame
	}
	return len(b) - 2
}

func invalid(what string) error { return ErrCause(CodeInvalid, fmt.Errorf("%s out of range", what)) }

// CleanText removes what cannot be seen or would turn the line around: controls but newline, bidi overrides and
// isolates, zero-width and tag characters but the joiner inside emoji; it folds more than two empty lines and trims.
func CleanText(text string) string {
	if plain(text) {
		return strings.Trim(text, " ")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var b strings.Builder
	newlines, marks := 0, 0
	for _, r := range text {
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\r':
			if newlines++; newlines <= 2 {
				b.WriteByte('\n')
			}
			continue
		case r == '\t':
			r = ' '
		case unsafeRune(r):
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			// More than three marks on one letter is not a language but a blot over the lines around it.
			if marks++; marks > 3 {
				continue
			}
		} else {
			marks = 0
		}
		newlines = 0
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// plain reports whether a text is made of ASCII that needs neither cleaning nor escaping: most are.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

func unsafeRune(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\uFEFF', r == '\u00AD', r == '\u180E', r == '\uFFFD':
		return true
	case r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\u061C', r == '\u200E', r == '\u200F':
		return true
	case r == '\u200B', r == '\u200C', r >= '\u2060' && r <= '\u2064':
		return true
	case r >= 0xE0000 && r <= 0xE007F:
		return true
	}
	return false
}
