package moderation

import "testing"

// What is looked for first never hides what the pattern would find.
func FuzzPossible(f *testing.F) {
	for _, s := range []string{
		"write to wren at example dot org", "WREN (AT) EXAMPLE.ORG", "see www.example.org/a", "example.com", "call 555 0123 4567", "(@wren_1)",
		"12 Long Street", "12 long ſtreet", "Calle Mayor 5", "AV. Sol 7", "my plates are AB12 CDE", "MATRÍCULA 1234 ABC", "registration: KK 12",
		"My full name is Ana de Soto", "I’m Wren Thistle Ivy", "called Ana Ruiz", "Me llamo Ana Ruiz", "Soy Ana Ruiz",
		"Dr. Ruiz", "Sra Ruiz", "Prof Long", "I work for Long and Sons", "My shift at Elm", "Trabajo para Elm", "I teach at Elm", "Elm High School",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded, digits := caseless(text), countDigits(text)
		for _, d := range details {
			at := d.re.FindStringIndex(text)
			counts := at != nil && (d.ok == nil || d.ok(text[at[0]:at[1]]))
			if counts && !d.possible(text, folded, digits) {
				t.Errorf("%s: %q matches %q and was not looked at", d.what, text, text[at[0]:at[1]])
			}
		}
	})
}
