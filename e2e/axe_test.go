package e2e_test

import (
	"context"
	_ "embed"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"porchlight/server/servertest"
)

//go:embed testdata/axe/axe.min.js
var axe string

// finding is one thing that axe found.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string   `json:"html"`
		Target         []string `json:"target"`
		FailureSummary string   `json:"failureSummary"`
	}
}

// check runs axe on the page as it is now and takes a picture of it. Text that a page cuts off sideways is found too.
func (s *screen) check(t *testing.T, name string) {
	t.Helper()
	s.picture(t, name)
	if wide := eval[int](t, s, `return document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		t.Errorf("%s (%s): the page is %d px too wide", name, s.look, wide)
	}
	for _, f := range s.axe(t) {
		for _, n := range f.Nodes {
			if f.ID == "target-size" && strings.Contains(n.FailureSummary, "partially obscured") {
				continue // what scrolls under the dock can be scrolled out from under it
			}
			t.Errorf("%s (%s): axe %s: %s\n  %s\n  %s", name, s.look, f.ID, f.Help, n.HTML, n.FailureSummary)
		}
	}
}

// axe returns what axe finds on the page as it is now.
func (s *screen) axe(t *testing.T) []finding {
	t.Helper()
	if !eval[bool](t, s, `return !!window.axe`) {
		if err := chromedp.Do(s.ctx, run(axe)); err != nil {
			t.Fatalf("load axe: %v", err)
		}
	}
	return eval[[]finding](t, s, `
		const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
		const r = await axe.run(document, { resultTypes: ["violations"], runOnly: tags });
		return r.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help,
			nodes: v.nodes.map((n) => ({ html: n.html, target: n.target.flat(), failureSummary: n.failureSummary })) }))`)
}

// What these tests look for is found when it is there: an unlabelled field, script and style in the page, a request to elsewhere.
func TestControls(t *testing.T) {
	s := newBrowser(t).newScreen(t, servertest.New(t), "control", look{lang: "en", scheme: "light", phone: true})
	eval[bool](t, s, `document.querySelector("main").append(document.createElement("input")); return true`)
	if found := s.axe(t); !slices.ContainsFunc(found, func(f finding) bool { return f.ID == "label" }) {
		t.Errorf("axe finds %+v, want the field without a label", found)
	}
	for part, script := range map[string]string{
		"style-src-attr":  `document.body.setAttribute("style", "color: red")`,
		"connect-src":     `await fetch("http://127.0.0.1:9/").catch(() => 0)`,
		"require-trusted": `try { document.body.innerHTML = "<b>" } catch {}`,
		"img-src":         `await new Promise((done) => { const i = new Image(); i.onerror = done; i.src = "http://127.0.0.1:9/a.png" })`,
	} {
		s.expect(part, "Content Security Policy", "violates", "requires 'TrustedHTML'", "request to elsewhere: http://127.0.0.1:9/")
		eval[any](t, s, script)
		s.sees(t, part)
	}
	s.sees(t, "policy violation:") // the page's own report of it
}

// sees waits until the console has complained of something.
func (s *screen) sees(t *testing.T, part string) {
	t.Helper()
	enough := time.After(servertest.Patience)
	for {
		s.mu.Lock()
		found := slices.ContainsFunc(s.problems, func(p string) bool { return strings.Contains(p, part) })
		s.mu.Unlock()
		if found {
			return
		}
		select {
		case <-enough:
			t.Fatalf("the console never named %q: %q", part, s.problems)
		default:
			eval[bool](t, s, `return true`) // a round trip: events come before its answer
		}
	}
}

func run(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Func(discard(chromedp.Evaluate[any](script + ";0"))))
}

// discard forgets what an action returns.
func discard[T any](a chromedp.Action[T]) func(context.Context, *chromedp.Target) error {
	return func(ctx context.Context, t *chromedp.Target) error {
		_, err := a(ctx, t)
		return err
	}
}
