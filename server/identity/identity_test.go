package identity_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"porchlight/protocol"
	"porchlight/server/identity"
)

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	code, err := identity.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if len(code) != 34 {
		t.Errorf("code %q has %d characters, want 7 groups of 4", code, len(code))
	}
	sloppy := strings.ToLower(strings.ReplaceAll(code, "-", "  "))
	sloppy = strings.NewReplacer("0", "o", "1", "l").Replace(sloppy)
	for _, typed := range []string{code, sloppy, "\n" + code + " "} {
		if got, err := identity.ParseCode(typed); err != nil || got != code {
			t.Errorf("ParseCode(%q) = %q, %v, want %q", typed, got, err, code)
		}
	}
}

func TestBadCodesAreRefused(t *testing.T) {
	code, err := identity.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	swapped := []byte(code)
	for i := range swapped { // one wrong character
		if swapped[i] != '-' {
			swapped[i] = map[bool]byte{true: 'A', false: 'B'}[swapped[i] == 'B']
			break
		}
	}
	for _, typed := range []string{"", "x", string(swapped), code + "0", code[:20], "ÄÖÜ" + code, strings.Repeat("0", 1000)} {
		if got, err := identity.ParseCode(typed); protocol.CodeOf(err) != protocol.CodeRefused && got != code {
			t.Errorf("ParseCode(%q) = %q, %v, want refused", typed, got, err)
		}
	}
}

func TestWordsLeadToOneCredentialPerRoom(t *testing.T) {
	words, err := identity.NewWords(rand.Reader)
	if err != nil || len(words) != protocol.WordCount {
		t.Fatalf("NewWords = %v, %v", words, err)
	}
	typed := protocol.NormalWords(" " + strings.ToUpper(strings.Join(words, ",  ")) + ".")
	a, errA := protocol.RoomCredential(words, "evening")
	b, errB := protocol.RoomCredential(typed, "evening")
	other, errC := protocol.RoomCredential(words, "late")
	if errA != nil || errB != nil || errC != nil || a != b || a == other {
		t.Errorf("credentials %q %q %q, errors %v %v %v: want the first two equal, the third not", a, b, other, errA, errB, errC)
	}
	if _, err := protocol.RoomCredential(words[:7], "evening"); protocol.CodeOf(err) != protocol.CodeRefused {
		t.Errorf("seven words: %v", err)
	}
}

func TestHandlesAreOfferedAndNeverAlike(t *testing.T) {
	h, err := identity.SuggestHandle(rand.Reader, func(protocol.Handle) (bool, error) { return false, nil })
	if err != nil || !identity.ValidHandle(h) {
		t.Errorf("SuggestHandle = %q, %v", h, err)
	}
	if _, err := identity.SuggestHandle(rand.Reader, func(protocol.Handle) (bool, error) { return true, nil }); protocol.CodeOf(err) != protocol.CodeHandle {
		t.Errorf("a room full of names: %v", err)
	}
	for _, typed := range []protocol.Handle{"", "Jane Doe", "Quiet", "quiet heron", "Quiet Heron 7", "Quiet  Heron"} {
		if identity.ValidHandle(typed) {
			t.Errorf("%q was typed, and passes", typed)
		}
	}
	for a, b := range map[protocol.Handle]protocol.Handle{"Quiet Heron": "quiet  heron", "Moderator": "Моderator", "Paypal": "раypal"} {
		if identity.Skeleton(a) != identity.Skeleton(b) {
			t.Errorf("%q and %q look alike, their skeletons do not: %q %q", a, b, identity.Skeleton(a), identity.Skeleton(b))
		}
	}
}

func TestNamesOfFacilitators(t *testing.T) {
	for _, name := range []string{"Juniper", "  Alder ", "Ana María"} {
		if got, err := identity.CheckName(name); err != nil {
			t.Errorf("CheckName(%q) = %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "x", "Facilitator", "fасilitator", "Staff", strings.Repeat("a", 30), "a\u200bdmin", "\u202enimda"} {
		if got, err := identity.CheckName(name); err == nil {
			t.Errorf("CheckName(%q) = %q passes", name, got)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("0000-0000-0000-0000-0000-0000-0000")
	f.Fuzz(func(t *testing.T, typed string) {
		if code, err := identity.ParseCode(typed); err == nil {
			if again, err := identity.ParseCode(code); err != nil || again != code {
				t.Errorf("ParseCode(%q) = %q, which reads as %q, %v", typed, code, again, err)
			}
		}
	})
}
