package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"porchlight/server/config"
	"porchlight/server/servertest"
)

// looks are both languages in both schemes; on a phone, where most people are.
var looks = []look{
	{lang: "en", scheme: "dark", phone: true},
	{lang: "en", scheme: "light", phone: true},
	{lang: "es", scheme: "dark", phone: true},
	{lang: "es", scheme: "light", phone: true},
}

// Every page that needs no seat, in every state: axe finds nothing, nothing comes from elsewhere, nothing breaks the policy.
func TestPages(t *testing.T) {
	b := newBrowser(t)
	s := servertest.New(t)
	room := s.Room(t, "evening")
	for _, l := range looks {
		t.Run(l.String(), func(t *testing.T) {
			p := b.newScreen(t, s, "visitor", l)
			p.check(t, "landing")
			for _, page := range []struct{ name, path, sees string }{
				{"help", "/help", p.t("help.title")},
				{"join", "/join", p.t("join.title")},
				{"return", "/return", p.t("return.title")},
				{"sign-in", "/sign-in", p.t("signin.title")},
				{"door-guest", "/rooms/" + string(room), p.t("door.guest.title")},
			} {
				p.open(t, page.path)
				p.see(t, page.sees)
				p.check(t, page.name)
			}
			p.expect("status of 403", "status of 404")
			p.open(t, "/nowhere")
			p.see(t, p.t("problem.notfound"))
			p.check(t, "not-found")

			p.open(t, "/join")
			p.fill(t, "#code", "NOT-A-SLIP")
			p.tap(t, p.t("join.look"))
			p.see(t, p.t("app.code.refused"))
			if got := eval[string](t, p, `return document.querySelector("#code").value`); got != "NOT-A-SLIP" {
				t.Errorf("what was typed is %q after a refusal, want it kept", got)
			}
			p.check(t, "join-refused")

			p.open(t, "/sign-in")
			p.fill(t, "#code", "NOT-A-LINK")
			p.tap(t, p.t("signin.go"))
			p.see(t, p.t("signin.bad"))
			p.check(t, "sign-in-refused")

			p.open(t, "/return")
			p.fill(t, "[name=words]", "one two three four five six seven eight")
			p.tap(t, p.t("return.go"))
			p.see(t, p.t("return.bad"))
			p.check(t, "return-refused")

			p.open(t, "/")
			p.tap(t, p.t("site.text.legible"))
			p.until(t, "easier letters", `return document.documentElement.classList.contains("legible")`)
			p.check(t, "landing-legible")
		})
	}
}

// A person joins, reads the agreement and stands before a closed door; their slip's code leaves no trace in the history.
func TestDoor(t *testing.T) {
	b := newBrowser(t)
	s := servertest.New(t)
	room := s.Room(t, "evening")
	for _, l := range looks {
		t.Run(l.String(), func(t *testing.T) {
			p := b.newScreen(t, s, "newcomer", l)
			code := s.Slips(t, room, 1)[0]
			p.join(t, code)
			p.check(t, "agreement-before")
			p.tap(t, "css:[name=adult]")
			p.tap(t, p.t("agreement.yes"))
			p.see(t, p.t("door.closed.title"))
			p.check(t, "door-closed")

			// The slip is spent: it works once.
			p.expect("status of 409")
			p.open(t, "/join")
			p.fill(t, "#code", code)
			p.tap(t, p.t("join.look"))
			p.see(t, p.t("app.code.spent"))
			p.check(t, "join-spent")
		})
	}
}

// join takes a seat with a slip's link and leads to the agreement.
func (s *screen) join(t *testing.T, code string) (handle string) {
	t.Helper()
	s.open(t, "/join#"+code)
	s.until(t, "the code to be in the field and out of the address",
		`return document.querySelector("#code")?.value === args[0] && location.hash === ""`, code)
	s.tap(t, s.t("join.look"))
	s.see(t, s.t("join.seat.title"))
	s.check(t, "seat")
	first := eval[string](t, s, `return document.querySelector(".name").textContent`)
	words := eval[string](t, s, `return document.querySelector("ol.words").innerText`)
	s.tap(t, s.t("join.name.again"))
	s.until(t, "another name", `return document.querySelector(".name")?.textContent !== args[0]`, first)
	if again := eval[string](t, s, `return document.querySelector("ol.words").innerText`); again != words {
		t.Errorf("another name brought other words: %q, then %q", words, again)
	}
	if n := len(strings.Fields(words)); n < 8 {
		t.Errorf("%d words to come back with, want eight", n)
	}
	handle = eval[string](t, s, `return document.querySelector(".name").textContent`)
	s.tap(t, s.t("join.take"))
	s.see(t, s.t("agreement.title"))
	if urls := eval[string](t, s, `return location.href + " " + document.referrer`); strings.Contains(urls, code) {
		t.Errorf("the slip's code stands in the address: %s", urls)
	}
	return handle
}

// Without JavaScript everything but the room works: help, joining, the agreement, and the room says what it needs.
func TestWithoutScript(t *testing.T) {
	b := newBrowser(t)
	s := servertest.New(t)
	room := s.Room(t, "evening")
	s.Facilitator(t, "Juniper").Open(t, room)
	p := b.newScreen(t, s, "plain", look{lang: "en", scheme: "light", phone: true})
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	text := func() string {
		t.Helper()
		got, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS("body")))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	press := func(selector string) {
		t.Helper()
		if _, err := chromedp.RunResponse(p.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
			t.Fatalf("press %s: %v", selector, err)
		}
	}
	want := func(sentence string) {
		t.Helper()
		if got := text(); !strings.Contains(got, sentence) {
			t.Fatalf("the page without script lacks %q:\n%s", sentence, got)
		}
	}
	p.open(t, "/help")
	want("988")
	p.open(t, "/join")
	if err := chromedp.Do(p.ctx, chromedp.SendKeys(chromedp.CSS("#code"), s.Slips(t, room, 1)[0])); err != nil {
		t.Fatal(err)
	}
	press("button.go")
	want(p.t("join.seat.title"))
	press("button.go")
	want(p.t("agreement.title"))
	if err := chromedp.Do(p.ctx, chromedp.Click(chromedp.CSS("[name=adult]"))); err != nil {
		t.Fatal(err)
	}
	press("button.go")
	want(p.t("noscript"))
}

// Quick exit leaves for a page anybody might look at, and Back does not lead here again.
func TestQuickExit(t *testing.T) {
	weather := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!doctype html><link rel=icon href=data:,><p>Sunny.")) // the browser is ours
	}))
	t.Cleanup(weather.Close)
	b := newBrowser(t)
	s := servertest.New(t, func(c *config.Config) { c.ExitURL = weather.URL + "/" })
	p := b.newScreen(t, s, "leaver", look{lang: "en", scheme: "dark", phone: true})
	p.expect("request to elsewhere: " + weather.URL)
	p.open(t, "/join")
	p.see(t, p.t("join.title"))
	p.tap(t, p.t("site.exit"))
	p.see(t, "Sunny.")
	if from := eval[string](t, p, `return document.referrer`); from != "" {
		t.Errorf("the page behind Quick exit learns where somebody came from: %q", from)
	}
	eval[any](t, p, `setTimeout(() => history.back())`)
	p.until(t, "the page before the one that was left", `return location.pathname === "/"`)
}
