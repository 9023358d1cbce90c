package moderation_test

import (
	"bytes"
	"strings"
	"testing"

	"porchlight/moderation"
	"porchlight/protocol"
)

func rules(t testing.TB) *moderation.Rules {
	t.Helper()
	r, err := moderation.LoadDefault()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCheck(t *testing.T) {
	r := rules(t)
	clear, nudge, hold := moderation.ShowClear, moderation.ShowNudge, moderation.ShowHold
	for _, c := range []struct {
		text string
		care bool
		show moderation.Show
		why  protocol.Reason
	}{
		{"Tired, but here. I cooked instead of going out.", false, clear, ""},
		{"I drank last night. I am ashamed, but I came.", false, clear, ""},
		{"Volví a consumir el martes y me da pena decirlo.", false, clear, ""},
		{"I used again on Saturday and I still have the bottle.", false, clear, ""},
		{"I want to die.", true, clear, protocol.ReasonCare},
		{"i w a n t to d i e, i want to d1e", true, clear, protocol.ReasonCare},
		{"I cаnt gо оn", true, clear, protocol.ReasonCare}, // Cyrillic letters
		{"Ya no puedo más, quiero morirme", true, clear, protocol.ReasonCare},
		{"I don’t want to be here anymore", true, clear, protocol.ReasonCare},
		{"I'm not going to kill myself, I mean, probably not", true, clear, protocol.ReasonCare},
		{"I am not suicidal, I am just sad.", false, clear, ""},
		{"Years ago I wanted to end my life. Not now.", false, clear, ""},
		{"That pie was to die for, you are killing me", false, clear, ""},
		{"I think my brother is going to kill himself tonight", true, clear, protocol.ReasonCare},
		{"how many pills to make it stop for good", true, hold, protocol.ReasonMethod},
		{"Call me on +1 (415) 867-5309 any time", false, hold, protocol.ReasonContact},
		{"My number is 415-867-5309.", false, nudge, protocol.ReasonIdentifying},
		{"write to ana.perez (at) correo (dot) mx", false, nudge, protocol.ReasonIdentifying},
		{"I read it on https://stories.net/page/7", false, nudge, protocol.ReasonLink},
		{"it is @sleepy_fern there", false, nudge, protocol.ReasonIdentifying},
		{"I live at 42 Orchard Hill Road, come by", false, nudge, protocol.ReasonIdentifying},
		{"Me llamo Carmen Ruiz Ortega", false, nudge, protocol.ReasonIdentifying},
		{"It has been 118 days, since 11/24/2026, at 9:30", false, clear, ""},
		{"You can call 1-800-662-4357 any time, it is free", false, clear, ""},
		{"Anyone selling? I need a plug", false, hold, protocol.ReasonSourcing},
		{"Pásame tu número y hablamos por privado", false, hold, protocol.ReasonContact},
		{"you are pathetic and nobody wants you here", false, hold, protocol.ReasonHarassment},
		{"My father used to say \"you are pathetic\" at dinner", false, clear, ""},
		{"Sign up now with my promo code", false, hold, protocol.ReasonSpam},
		{"my number is 415 867 5309 and I want to die", true, clear, protocol.ReasonCare},
		{"", false, clear, ""},
	} {
		v := r.Check(c.text)
		if v.Care != c.care || v.Show != c.show || v.Why != c.why {
			t.Errorf("Check(%q) = care %v, %s %q by %s; want care %v, %s %q", c.text, v.Care, v.Show, v.Why, v.Rule, c.care, c.show, c.why)
		}
		if v.Show == nudge && len(v.Findings) == 0 && v.Rule != "name" && v.Rule != "es-name" {
			t.Errorf("Check(%q) nudges and points at nothing", c.text)
		}
	}
}

func TestBadRulesSayWhere(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown field": {"version: a\nlanguage: en\nrulez: []\n", "3:1"},
		"not YAML":      {"version: [", "1:"},
		"label":         {"rules:\n  - id: a\n    label: shout\n    phrases: [hey]\n", "shout"},
		"no phrase":     {"rules:\n  - id: a\n    label: care\n", "at least one phrase"},
		"upper case":    {"rules:\n  - id: a\n    label: care\n    phrases: [Hey You]\n", "Hey You"},
	} {
		if _, err := moderation.Load(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to name %q", name, err, c.want)
		}
	}
}

func TestChainFindsEveryChange(t *testing.T) {
	var lines []moderation.Link
	var prev []byte
	for i := range 5 {
		l := moderation.NewLink(prev, int64(i+1), moderation.Entry{Actor: "facilitator:x", Act: moderation.ActDecided, Day: "2026-11-24"}, []byte{byte(i)})
		lines, prev = append(lines, l), l.Hash
	}
	verify := func(change func([]moderation.Link) []moderation.Link) error {
		copied := append([]moderation.Link(nil), lines...)
		for i := range copied {
			copied[i].Hash = bytes.Clone(copied[i].Hash)
		}
		copied = change(copied)
		return moderation.VerifyChain(func(yield func(moderation.Link, error) bool) {
			for _, l := range copied {
				if !yield(l, nil) {
					return
				}
			}
		}, 5, prev)
	}
	if err := verify(func(l []moderation.Link) []moderation.Link { return l }); err != nil {
		t.Errorf("an untouched journal: %v", err)
	}
	for name, change := range map[string]func([]moderation.Link) []moderation.Link{
		"changed":   func(l []moderation.Link) []moderation.Link { l[2].Actor = "facilitator:y"; return l },
		"mac":       func(l []moderation.Link) []moderation.Link { l[2].MAC = []byte{9}; return l },
		"hash":      func(l []moderation.Link) []moderation.Link { l[2].Hash[0] ^= 1; return l },
		"deleted":   func(l []moderation.Link) []moderation.Link { return append(l[:2], l[3:]...) },
		"reordered": func(l []moderation.Link) []moderation.Link { l[1], l[2] = l[2], l[1]; return l },
		"cut off":   func(l []moderation.Link) []moderation.Link { return l[:3] },
		"emptied":   func(l []moderation.Link) []moderation.Link { return nil },
	} {
		if err := verify(change); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestDecisionsFitTheirLane(t *testing.T) {
	good := protocol.Decide{ID: "d1", Version: 1, Lease: "l"}
	for _, c := range []struct {
		lane    protocol.Lane
		outcome protocol.Outcome
		reason  protocol.Reason
		minutes int
		want    protocol.Code
	}{
		{protocol.LaneHeld, protocol.OutcomeRelease, "", 0, ""},
		{protocol.LaneHeld, protocol.OutcomeDecline, "", 0, protocol.CodeInvalid},
		{protocol.LaneHeld, protocol.OutcomeDecline, protocol.ReasonKind, 0, ""},
		{protocol.LaneHeld, protocol.OutcomeRemove, protocol.ReasonKind, 0, protocol.CodeOutcome},
		{protocol.LaneCare, protocol.OutcomeSupported, "", 0, ""},
		{protocol.LaneConduct, protocol.OutcomeMute, protocol.ReasonAgreement, 0, protocol.CodeInvalid},
		{protocol.LaneConduct, protocol.OutcomeMute, protocol.ReasonAgreement, 10, ""},
		{protocol.LaneConduct, protocol.OutcomeHide, "because", 0, protocol.CodeInvalid},
		{protocol.LaneSystem, protocol.OutcomeRelease, "", 0, protocol.CodeOutcome},
	} {
		d := good
		d.Outcome, d.Reason, d.Minutes = c.outcome, c.reason, c.minutes
		err := moderation.CheckDecision(c.lane, d)
		if (err == nil) != (c.want == "") || (err != nil && protocol.CodeOf(err) != c.want) {
			t.Errorf("%s %s %q %d: %v, want %q", c.lane, c.outcome, c.reason, c.minutes, err, c.want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	r := rules(f)
	for _, s := range []string{"I want to die", "\xff\xfe", "k i l l", strings.Repeat("a ", 500), "\"", "＠＠＠", "٣٤٥"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, found := range r.Check(text).Findings {
			if found.Start < 0 || found.End > len(text) || found.Start >= found.End {
				t.Errorf("finding %+v outside a text of %d bytes", found, len(text))
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	r := rules(b)
	text := strings.Repeat("I slept four hours and went for a walk anyway, it was cold. ", 6)
	for b.Loop() {
		r.Check(text)
	}
}
