package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"porchlight/internal/lang"
	"porchlight/server/servertest"
)

// browser is one Chromium; everybody in it has cookies of their own.
type browser struct {
	ctx   context.Context
	words *lang.Catalogue
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	words, err := lang.New()
	if err != nil {
		t.Fatal(err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider"),
	)
	// It opens our own pages only, and runs in containers too, where a sandbox or a large /dev/shm may be refused.
	options = append(options, chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium (it must be in PATH; make deps installs it): %v", err)
	}
	return &browser{ctx: ctx, words: words}
}

// look is how somebody sees the pages.
type look struct {
	lang   string // en or es
	scheme string // light or dark
	phone  bool   // 360 × 740 and touch; otherwise 1280 × 800 and a mouse
}

func (l look) String() string {
	size := "laptop"
	if l.phone {
		size = "phone"
	}
	return size + "-" + l.lang + "-" + l.scheme
}

// screen is one person's browser, and what went wrong in it.
type screen struct {
	look
	name string
	url  string
	ctx  context.Context
	b    *browser

	mu       sync.Mutex // protects the following
	problems []string
	expected []string // problems that a test causes on purpose
}

// complain makes the page say aloud what the policy of its headers stopped.
const complain = `addEventListener("securitypolicyviolation", (e) =>
	console.error("policy violation:", e.effectiveDirective, e.blockedURI, e.sourceFile, e.sample))`

// newScreen opens a browser profile of its own.
func (b *browser) newScreen(t *testing.T, s *servertest.Server, name string, l look) *screen {
	t.Helper()
	sc := &screen{look: l, name: name, url: s.URL, b: b}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	sc.ctx = ctx
	t.Cleanup(cancel)
	size := chromedp.EmulateViewport(1280, 800)
	if l.phone {
		size = chromedp.EmulateViewport(360, 740, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	if err := chromedp.Do(ctx, size); err != nil {
		t.Fatalf("%s opens a browser: %v", name, err)
	}
	if err := chromedp.Listen(ctx, sc.watch); err != nil {
		t.Fatal(err)
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: complain}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sc.clean(t) })
	sc.open(t, "/")
	if l.lang != "en" {
		sc.tap(t, "Español")
	}
	sc.see(t, sc.t("landing.title"))
	return sc
}

// t is a sentence in the person's language.
func (s *screen) t(key string, args ...any) string { return s.b.words.T(s.lang, key, args...) }

// watch keeps what a console shows as an error, and every request that leaves the server.
func (s *screen) watch(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err != nil || (u.Scheme+"://"+u.Host != s.url && u.Scheme != "data" && u.Scheme != "about") {
			s.wrong("request to elsewhere: " + e.Request.URL)
		}
	case *network.EventWebSocketCreated:
		if !strings.HasPrefix(e.URL, "ws"+strings.TrimPrefix(s.url, "http")) {
			s.wrong("socket to elsewhere: " + e.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value)+a.Description)
			}
			s.wrong("console: " + strings.Join(said, " "))
		}
	case *runtime.EventExceptionThrown:
		s.wrong("exception: " + e.ExceptionDetails.Text + fmt.Sprint(e.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			s.wrong("log: " + string(e.Entry.Source) + ": " + e.Entry.Text + " " + e.Entry.URL)
		}
	}
}

func (s *screen) wrong(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, what)
}

// expect says which problems the test causes on purpose.
func (s *screen) expect(parts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expected = append(s.expected, parts...)
}

// clean fails the test for everything a console complained of, policy violations and requests to elsewhere included.
func (s *screen) clean(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.problems {
		if !slices.ContainsFunc(s.expected, func(part string) bool { return strings.Contains(p, part) }) {
			t.Errorf("%s (%s): %s", s.name, s.look, p)
		}
	}
}

// open goes to a page of the server.
func (s *screen) open(t *testing.T, path string) {
	t.Helper()
	if err := chromedp.Do(s.ctx, chromedp.Navigate(s.url+path)); err != nil {
		t.Fatalf("%s opens %s: %v", s.name, path, err)
	}
}

// eval asks the page something.
func eval[T any](t *testing.T, s *screen, script string, args ...any) T {
	t.Helper()
	v, err := ask[T](s, script, args...)
	if err != nil {
		t.Fatalf("%s asks the page: %v\n%.200s", s.name, err, script)
	}
	return v
}

// ask runs a function's body in the page with args; a promise is waited for.
func ask[T any](s *screen, script string, args ...any) (T, error) {
	b, err := json.Marshal(args)
	if err != nil {
		var zero T
		return zero, err
	}
	return chromedp.Run(s.ctx, chromedp.Evaluate[T]("(async (args) => {"+script+"})("+string(b)+")", chromedp.EvalAwaitPromise))
}

// until looks again and again until the page says yes.
func (s *screen) until(t *testing.T, what, script string, args ...any) {
	t.Helper()
	enough := time.NewTimer(servertest.Patience)
	defer enough.Stop()
	again := time.NewTicker(40 * time.Millisecond)
	defer again.Stop()
	var last error
	for {
		ok, err := ask[bool](s, script, args...)
		if err == nil && ok {
			return
		}
		last = err // a page that is just being left answers with an error
		select {
		case <-again.C:
		case <-enough.C:
			s.picture(t, "failed-"+s.name)
			text, _ := ask[string](s, "return location.pathname + '\\n' + document.body.innerText")
			t.Fatalf("%s (%s) waited for %s (%v) and sees:\n%s", s.name, s.look, what, last, text)
		}
	}
}

// readable is the text of the page as somebody reads it, every space as one.
const readable = `const read = () => document.body.innerText.replace(/\s+/g, " ").toLowerCase();`

// see waits for words on the page.
func (s *screen) see(t *testing.T, words string) {
	t.Helper()
	s.until(t, fmt.Sprintf("%q", words), readable+`return read().includes(args[0].replace(/\s+/g, " ").toLowerCase())`, words)
}

// gone waits until words are not on the page.
func (s *screen) gone(t *testing.T, words string) {
	t.Helper()
	s.until(t, fmt.Sprintf("%q to go", words), readable+`return !read().includes(args[0].replace(/\s+/g, " ").toLowerCase())`, words)
}

// times counts how often words stand on the page, folded ones too. What is being spoken aloud is not another time.
func (s *screen) times(t *testing.T, words string) int {
	t.Helper()
	return eval[int](t, s, `
		const count = (e) => e ? e.textContent.split(args[0]).length - 1 : 0;
		return count(document.body) - count(document.querySelector("[aria-live=polite]"))`, words)
}

// nowhere waits until words are not in the page at all: not folded, not hidden, not being spoken.
func (s *screen) nowhere(t *testing.T, words string) {
	t.Helper()
	s.until(t, fmt.Sprintf("%q to be nowhere", words), `return !document.documentElement.outerHTML.includes(args[0])`, words)
}

// picture keeps what somebody sees, for who wants to look at it.
func (s *screen) picture(t *testing.T, name string) {
	t.Helper()
	b, err := chromedp.Run(s.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Errorf("%s takes a picture: %v", s.name, err)
		return
	}
	path := filepath.Join("artefacts", name+"-"+s.look.String()+".png")
	if err := os.MkdirAll("artefacts", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
