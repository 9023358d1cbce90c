package moderation

import (
	"slices"
	"strings"

	"porchlight/protocol"
)

const (
	// negationReach is how many words before a phrase a negation still turns it round.
	negationReach = 3
	// gapMost is how many words "_" may stand for.
	gapMost = 3
)

// doubts are what makes a denial of risk worth a look all the same: "not going to, I mean, probably".
var doubts = []string{"probably", "maybe", "i mean", "i guess", "not really", "kind of", "for now", "yet", "quiza", "quizas", "tal vez", "creo"}

// Check screens a text. It takes time in proportion to the text.
func (r *Rules) Check(text string) Verdict {
	v := Verdict{Show: ShowClear, Version: r.version}
	words := normal(text)
	hits := r.hits(words)
	findings := identifying(text)
	for _, h := range hits {
		v.weigh(h)
	}
	if v.Show == ShowClear && len(findings) > 0 {
		v.Show, v.Why, v.Rule = ShowNudge, findings[0].Reason, "pattern-"+findings[0].What
	}
	if v.Show == ShowNudge {
		v.Findings = findings
	}
	// Care overrides a nudge: nobody in danger is asked to rephrase.
	if v.Care && v.Show == ShowNudge {
		v.Show, v.Why, v.Findings = ShowClear, protocol.ReasonCare, nil
	}
	if v.Care && v.Why == "" {
		v.Why = protocol.ReasonCare
	}
	return v
}

// weigh adds one finding: method detail and what concerns others is held, care only raises help.
func (v *Verdict) weigh(h *rule) {
	switch h.label {
	case labelCare:
		v.Care = true
		if v.Rule == "" {
			v.Rule = h.id
		}
	case labelMethod:
		v.Care = true
		v.Show, v.Why, v.Rule = ShowHold, protocol.ReasonMethod, h.id
	case labelIdentifying:
		if v.Show == ShowClear {
			v.Show, v.Why, v.Rule = ShowNudge, protocol.ReasonIdentifying, h.id
		}
	default:
		if v.Show != ShowHold {
			v.Show, v.Why, v.Rule = ShowHold, reasons[h.label], h.id
		}
	}
}

// hits lists the rules whose phrases stand in the words and are not turned round, in order of appearance.
func (r *Rules) hits(words []word) []*rule {
	covered := r.idioms(words)
	var found []*rule
	for i, w := range words {
		candidates := r.byFirst[w.text]
		for _, s := range r.stemsOf(w.text) {
			if matchWord(s.words[0], w.text) {
				candidates = append(slices.Clip(candidates), s)
			}
		}
		for _, p := range candidates {
			end, ok := match(words, i, p.words)
			if !ok || slices.Contains(found, p.rule) || slices.Contains(covered[i:end], true) {
				continue
			}
			if p.rule.stands(words, i, end) {
				found = append(found, p.rule)
			}
		}
	}
	return found
}

// idioms marks the words that belong to a harmless saying.
func (r *Rules) idioms(words []word) []bool {
	covered := make([]bool, len(words))
	for _, l := range r.langs {
		for i, w := range words {
			for _, p := range l.idioms[w.text] {
				if end, ok := match(words, i, p.words); ok {
					for j := i; j < end; j++ {
						covered[j] = true
					}
				}
			}
		}
	}
	return covered
}

// match reports where a phrase that begins at word i ends. A phrase stays inside one sentence.
func match(words []word, i int, want []string) (end int, ok bool) {
	for k, w := range want {
		if w == "_" {
			return matchGap(words, i, want[k+1:])
		}
		if i >= len(words) || (k > 0 && words[i].sentence != words[i-1].sentence) || !matchWord(w, words[i].text) {
			return 0, false
		}
		i++
	}
	return i, true
}

// matchGap lets up to gapMost words of the same sentence stand where the phrase has "_".
func matchGap(words []word, i int, rest []string) (end int, ok bool) {
	for skip := 0; skip <= gapMost && i+skip < len(words) && words[i+skip].sentence == words[i-1].sentence; skip++ {
		if end, ok := match(words, i+skip, rest); ok {
			return end, true
		}
	}
	return 0, false
}

func matchWord(want, have string) bool {
	if stem, ok := strings.CutSuffix(want, "*"); ok {
		return strings.HasPrefix(have, stem)
	}
	return want == have
}

// stands reports whether a phrase means what it says where it is: not denied, not quoted from elsewhere, not long past.
func (rl *rule) stands(words []word, start, end int) bool {
	if rl.label != labelCare {
		return !words[start].quoted || rl.label == labelIdentifying || rl.label == labelSpam || rl.label == labelSourcing
	}
	if words[start].quoted {
		return false
	}
	if rl.negatable && rl.denied(words, start) {
		return rl.ambivalent && doubted(words, start)
	}
	return !rl.past(words, start, end)
}

func (rl *rule) denied(words []word, start int) bool {
	for i := max(0, start-negationReach); i < start; i++ {
		if words[i].sentence == words[start].sentence && rl.lang.negations[words[i].text] {
			return true
		}
	}
	return false
}

func doubted(words []word, near int) bool {
	for i := range words {
		if words[i].sentence < words[near].sentence || words[i].sentence > words[near].sentence+1 {
			continue
		}
		for _, d := range doubts {
			if _, ok := match(words, i, strings.Fields(d)); ok {
				return true
			}
		}
	}
	return false
}

// past looks for "years ago" and the like in the same sentence, unless the sentence also says now.
func (rl *rule) past(words []word, start, end int) bool {
	found := false
	for i := range words {
		if words[i].sentence != words[start].sentence {
			continue
		}
		switch words[i].text {
		case "tonight", "now", "still", "again", "today", "ahora", "hoy", "todavia", "otra":
			return false
		}
		for _, p := range rl.lang.past {
			if _, ok := match(words, i, p.words); ok && (i < start || i >= end) {
				found = true
			}
		}
	}
	return found
}
