package moderation

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"mvdan.cc/xurls/v2"

	"porchlight/protocol"
)

// detail is a pattern for what may point to a person. All are RE2: linear in the text, whatever it is.
type detail struct {
	what   string
	re     *regexp.Regexp
	ok     func(string) bool // nil: every match counts
	digits int               // how many the text has at least when something matches
	// needs are words of which one stands in every text that matches, as it is or in lower case; nil: any text may match.
	// Looking for them spares most texts the pattern, which costs a hundred times as much.
	needs []string
	// capital says that a capital letter follows one of needs, with spaces between.
	capital bool
}

// domains are endings that make a word with a dot in it a link.
var domains = []string{".com", ".org", ".net", ".info", ".io", ".co.uk", ".edu", ".gov", ".app", ".link", ".shop", ".me", ".gg", ".example"}

var details = []detail{
	{"email", regexp.MustCompile(`(?i)[a-z0-9._%+-]+\s?(?:@|\(at\)|\[at\]| at )\s?[a-z0-9-]+(?:\s?(?:\.|\(dot\)|\[dot\]| dot )\s?[a-z]{2,})+`), plainEmail, 0, []string{"@", "(at)", "[at]", " dot "}, false},
	{"link", xurls.Relaxed(), plainLink, 0, append([]string{"/", "www."}, domains...), false},
	{"phone", regexp.MustCompile(`(?:\+|\b00)?\(?\d[\d\s().\-–/]{6,18}\d\b`), phoneLike, 7, nil, false},
	{"handle", regexp.MustCompile(`(?:^|[\s(:])@[A-Za-z][A-Za-z0-9_.]{2,29}\b`), nil, 0, []string{"@"}, false},
	{"address", regexp.MustCompile(`(?i)\b\d{1,5}[a-z]?\s+(?:[a-z'.]+\s+){0,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|place|terrace|close|way)\b\.?`), addressLike, 1, nil, false},
	{"address", regexp.MustCompile(`(?i)\b(?:calle|avenida|av\.|carrera|plaza|paseo)\s+[\p{L}]+(?:\s+[\p{L}]+){0,3}\s*,?\s*(?:n[uú]mero|no\.|#)?\s*\d{1,5}\b`), nil, 1, []string{"calle", "av", "carrera", "plaza", "paseo"}, false},
	{"plate", regexp.MustCompile(`(?i)\b(?:plate|plates|placa|matr[ií]cula|registration)\b[^.\n]{0,20}\b[A-Z0-9]{2,4}[ -]?[A-Z0-9]{2,4}\b`), hasDigit, 1, []string{"plate", "placa", "matr", "registration"}, false},
	{"name", regexp.MustCompile(`\b(?:[Mm]y (?:full |real )?name is|[Ii] am|[Ii]'m|[Ii]’m|[Cc]alled|[Mm]e llamo|[Mm]i nombre es|[Ss]oy|named)\s+\p{Lu}\p{Ll}+(?:\s+(?:de|del|la|van|von|Mc|O')?\s*\p{Lu}[\p{L}'’-]+){1,2}\b`), nil, 0, []string{"name is", "I am", "i am", "I'm", "i'm", "I’m", "i’m", "alled", "llamo", "nombre es", "oy", "named"}, true},
	{"name", regexp.MustCompile(`\b(?:Dr|Mr|Mrs|Ms|Miss|Prof|Nurse|Officer|Judge|Sr|Sra|Dra)\.?\s+\p{Lu}\p{Ll}+(?:\s+\p{Lu}\p{Ll}+)?\b`), nil, 0, []string{"Dr", "Mr", "Ms", "Miss", "Prof", "Nurse", "Officer", "Judge", "Sr"}, false},
	{"workplace", regexp.MustCompile(`\b(?:[Ii] work (?:at|for)|[Mm]y (?:boss|job|manager|shift) at|[Tt]rabajo (?:en|para)|[Ii] teach at|[Ii] nurse at)\s+(?:the |la |el )?\p{Lu}[\p{L}'’&-]+(?:\s+(?:of |de |and |y )?\p{Lu}[\p{L}'’&-]+){0,3}`), nil, 0, []string{"work at", "work for", "boss at", "job at", "manager at", "shift at", "trabajo ", "teach at", "nurse at"}, false},
	{"school", regexp.MustCompile(`\b\p{Lu}[\p{L}'’.-]+(?:\s+\p{Lu}[\p{L}'’.-]+){0,3}\s+(?:High School|High|Elementary|Middle School|Primary|College|University|Academy|School|Hospital|Clinic|Recovery Center|Medical Center|Treatment Center)\b`), nil, 0, []string{"high", "school", "elementary", "primary", "college", "university", "academy", "hospital", "clinic", "center"}, false},
}

// identifying finds what may point to a person, in order of appearance, without overlaps.
func identifying(text string) []protocol.Finding {
	var all []protocol.Finding
	folded, digits := caseless(text), countDigits(text)
	for _, d := range details {
		if !d.possible(text, folded, digits) {
			continue
		}
		for _, at := range d.re.FindAllStringIndex(text, 8) {
			if d.ok != nil && !d.ok(text[at[0]:at[1]]) {
				continue
			}
			reason := protocol.ReasonIdentifying
			if d.what == "link" {
				reason = protocol.ReasonLink
			}
			all = append(all, protocol.Finding{Reason: reason, What: d.what, Start: at[0], End: at[1]})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Start < all[j].Start })
	kept := all[:0]
	end := 0
	for _, f := range all {
		if f.Start >= end {
			kept = append(kept, f)
			end = f.End
		}
	}
	return kept
}

// possible reports whether a text may match at all.
func (d detail) possible(text, folded string, digits int) bool {
	stands := func(need string) bool { return strings.Contains(folded, need) || strings.Contains(text, need) }
	if d.capital {
		stands = func(need string) bool { return beforeCapital(text, need) }
	}
	return digits >= d.digits && (d.needs == nil || slices.ContainsFunc(d.needs, stands))
}

// beforeCapital reports whether need stands somewhere before spaces and a capital letter.
func beforeCapital(text, need string) bool {
	for {
		_, after, ok := strings.Cut(text, need)
		if !ok {
			return false
		}
		next := strings.TrimLeft(after, " \t\n\f\r\v")
		if r, _ := utf8.DecodeRuneInString(next); len(next) < len(after) && unicode.IsUpper(r) {
			return true
		}
		text = after
	}
}

// caseless is a text as (?i) compares it.
func caseless(text string) string { return strings.ReplaceAll(strings.ToLower(text), "ſ", "s") }

func countDigits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

func plainEmail(s string) bool {
	return strings.Contains(s, "@") || strings.Contains(s, "(at)") || strings.Contains(s, "[at]") || strings.Contains(s, " dot ")
}

// plainLink leaves out what only looks like a link: "ok.so" and other missing spaces.
func plainLink(s string) bool {
	low := strings.ToLower(s)
	if strings.Contains(low, "://") || strings.HasPrefix(low, "www.") || strings.Contains(low, "/") {
		return true
	}
	return slices.ContainsFunc(domains, func(d string) bool { return strings.HasSuffix(low, d) })
}

// helplines are short or toll-free numbers that help: giving them to somebody is kind, not identifying.
var tollFree = regexp.MustCompile(`^1?(?:8(?:00|33|44|55|66|77|88))\d{7}$|^0800\d{5,7}$|^116\d{3}$`)

// phoneLike counts digits: 8 to 15 of them, not a date, not a list of small numbers, not toll-free.
func phoneLike(s string) bool {
	var digits strings.Builder
	groups := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
	pairs := 0
	for _, g := range groups {
		digits.WriteString(g)
		if len(g) <= 2 {
			pairs++
		}
	}
	d := digits.String()
	if len(d) < 7 || len(d) > 15 || tollFree.MatchString(d) {
		return false
	}
	if len(groups) >= 3 && pairs == len(groups) && !strings.HasPrefix(s, "+") && len(groups) != 5 {
		return false // 12/11/2026 has a longer group; 07 11 19 23 31 44 is a lottery
	}
	if len(groups) == 3 && len(groups[2]) == 4 && len(groups[0]) <= 2 && len(groups[1]) <= 2 {
		return false // a date
	}
	if len(d) == 8 && len(groups) == 3 && len(groups[0]) == 4 {
		return false // 2026-11-24
	}
	if len(d) == 7 && len(groups) == 1 || len(d) == 8 && len(groups) == 2 && len(groups[0]) == 4 && len(groups[1]) == 4 && yearLike(groups[0]) {
		return false
	}
	return true
}

func yearLike(s string) bool { return strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20") }

// addressLike leaves out "5 way" and "2 close": a name has to stand between number and kind of street.
func addressLike(s string) bool {
	return len(strings.Fields(s)) >= 3
}

func hasDigit(s string) bool { return strings.IndexFunc(s, unicode.IsDigit) >= 0 }
