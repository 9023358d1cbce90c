package e2e_test

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// target finds what a finger goes for: by its words or its selector, in view, with nothing lying over it.
const target = `
const say = (e) => (e.innerText || e.value || e.getAttribute("aria-label") || "").replace(/\s+/g, " ").trim().toLowerCase();
const shown = (e) => e.checkVisibility() && e.getAttribute("aria-disabled") !== "true" && !e.disabled;
const within = args[1] ? [...document.querySelectorAll(args[1])].filter((e) => !args[2] || e.innerText.includes(args[2])).at(-1) : document;
if (!within) return null;
const all = args[0].startsWith("css:") ? [...within.querySelectorAll(args[0].slice(4))]
	: [...within.querySelectorAll("a,button,summary,label")].filter((e) => say(e) === args[0].replace(/\s+/g, " ").toLowerCase());
const it = all.filter(shown).at(-1);
if (!it) return null;
it.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
const box = it.getBoundingClientRect();
const x = box.x + Math.min(box.width / 2, 60), y = box.y + box.height / 2;
const top = document.elementFromPoint(x, y);
if (!top || !(it.contains(top) || top.contains(it))) return null;
return { x, y };`

type point struct{ X, Y float64 }

// tap touches what says these words; "css:…" finds it by a selector.
func (s *screen) tap(t *testing.T, words string) {
	t.Helper()
	s.tapIn(t, words, "", "")
}

// tapIn touches what says these words inside the last element that fits the selector and holds some text.
func (s *screen) tapIn(t *testing.T, words, within, holding string) {
	t.Helper()
	s.until(t, "something to tap: "+words, "return !!await (async () => {"+target+"})()", words, within, holding)
	p := eval[*point](t, s, target, words, within, holding)
	if p == nil {
		t.Fatalf("%s: %q went away under the finger", s.name, words)
	}
	touch := chromedp.MouseClickXY(p.X, p.Y)
	if s.phone {
		touch = chromedp.TapXY(p.X, p.Y)
	}
	if err := chromedp.Do(s.ctx, touch); err != nil {
		t.Fatalf("%s taps %q: %v", s.name, words, err)
	}
}

// fill puts words into a field, as a keyboard would.
func (s *screen) fill(t *testing.T, selector, words string) {
	t.Helper()
	s.until(t, "the field "+selector, `
		const e = document.querySelector(args[0]);
		if (!e || !e.checkVisibility()) return false;
		e.focus(); e.select?.();
		return document.activeElement === e`, selector)
	s.insert(t, words)
}

// write writes a message and sends it.
func (s *screen) write(t *testing.T, words string) {
	t.Helper()
	s.fill(t, "#words", words)
	s.tap(t, s.t("app.write.send"))
}

// menu opens the menu of a message and taps one of its lines.
func (s *screen) menu(t *testing.T, message, line string) {
	t.Helper()
	s.tapIn(t, "css:.menu > summary", "article.m", message)
	s.tapIn(t, line, "article.m", message)
}

// tabTo goes on with Tab until the focus is on what says these words; each stop on the way must be seen.
func (s *screen) tabTo(t *testing.T, words string) {
	t.Helper()
	const here = `
		const e = document.activeElement;
		const say = (e.innerText || e.value || e.getAttribute("aria-label") || "").replace(/\s+/g, " ").trim().toLowerCase();
		const there = args[0].startsWith("css:") ? e.matches(args[0].slice(4)) : say === args[0].replace(/\s+/g, " ").toLowerCase();
		const box = e.getBoundingClientRect(), style = getComputedStyle(e);
		const seen = e === document.body || (box.width > 0 && box.bottom > 0 && box.top < innerHeight);
		const ring = e === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none";
		return { there, lost: !seen || !ring, what: e.outerHTML.slice(0, 200) }`
	type stop struct {
		There, Lost bool
		What        string
	}
	for range 60 {
		at := eval[stop](t, s, here, words)
		if at.Lost {
			t.Errorf("%s: the focus cannot be seen on %s", s.name, at.What)
		}
		if at.There {
			return
		}
		s.key(t, "\t")
	}
	t.Fatalf("%s: sixty times Tab never came to %q", s.name, words)
}

// key presses one key where the focus is.
func (s *screen) key(t *testing.T, key string) {
	t.Helper()
	if err := chromedp.Do(s.ctx, chromedp.KeyEvent(key)); err != nil {
		t.Fatalf("%s presses %q: %v", s.name, key, err)
	}
}

// insert writes where the focus is.
func (s *screen) insert(t *testing.T, words string) {
	t.Helper()
	if _, err := chromedp.Call(s.ctx, input.InsertText, input.InsertTextParams{Text: words}); err != nil {
		t.Fatalf("%s writes %q: %v", s.name, words, err)
	}
}
