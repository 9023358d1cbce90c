package web_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/protocol"
	"porchlight/server/servertest"
)

// browser is somebody with cookies who says where requests come from, as browsers do.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

// anyJar keeps cookies marked Secure for a loopback server too, as browsers do.
type anyJar struct{ http.CookieJar }

func (j anyJar) SetCookies(u *url.URL, c []*http.Cookie) { j.CookieJar.SetCookies(tls(u), c) }
func (j anyJar) Cookies(u *url.URL) []*http.Cookie       { return j.CookieJar.Cookies(tls(u)) }

func tls(u *url.URL) *url.URL {
	s := *u
	s.Scheme = "https"
	return &s
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: base, http: &http.Client{
		Jar:           anyJar{jar},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// do sends a request; header values are name and value in turn.
func (b *browser) do(method, path, body string, header ...string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", canaryAgent)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil || res.Body.Close() != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res, string(text)
}

func (b *browser) form(path string, fields ...string) (*http.Response, string) {
	b.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, v.Encode())
}

const canaryAgent = "CANARY-AGENT/1"

// field reads a hidden input out of a page.
func field(page, name string) string {
	_, rest, ok := strings.Cut(page, `name="`+name+`" value="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func TestHeadersOfEveryPage(t *testing.T) {
	s := servertest.New(t)
	s.Room(t, "evening")
	b := newBrowser(t, s.URL)
	for _, path := range []string{"/", "/help", "/join", "/return", "/sign-in", "/rooms/evening", "/no-such-page", "/api/queue", "/healthz"} {
		res, _ := b.do(http.MethodGet, path, "")
		csp := res.Header.Get("Content-Security-Policy")
		for _, want := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
			"require-trusted-types-for 'script'", "trusted-types 'none'",
		} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s", path, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: the policy is loose: %s", path, csp)
		}
		for name, want := range map[string]string{
			"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Server": "", "X-Powered-By": "",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestPagesHoldNoInlineScriptOrStyle(t *testing.T) {
	s := servertest.New(t)
	s.Room(t, "evening")
	b := newBrowser(t, s.URL)
	for _, path := range []string{"/", "/help", "/join", "/return", "/sign-in", "/rooms/evening"} {
		_, page := b.do(http.MethodGet, path, "")
		if strings.Contains(page, "style=") || strings.Contains(page, "<style") || strings.Contains(page, "onclick") || strings.Contains(page, "javascript:") {
			t.Errorf("%s holds what the policy would block", path)
		}
		if strings.Contains(page, "app.code.") || strings.Contains(page, "no such key") {
			t.Errorf("%s shows the key of a sentence", path)
		}
		for _, rest := range strings.Split(page, "src=\"")[1:] {
			if !strings.HasPrefix(rest, "/static/") {
				t.Errorf("%s loads %.40s", path, rest)
			}
		}
	}
}

func TestChangesFromElsewhereAreRefused(t *testing.T) {
	s := servertest.New(t)
	b := newBrowser(t, s.URL)
	for name, header := range map[string][]string{
		"another site":      {"Sec-Fetch-Site", "cross-site"},
		"a foreign origin":  {"Sec-Fetch-Site", "", "Origin", "https://elsewhere.example"},
		"nobody says where": {"Sec-Fetch-Site", ""},
	} {
		for _, path := range []string{"/settings", "/join", "/sign-out", "/api/queue/ticket"} {
			if res, _ := b.do(http.MethodPost, path, "", header...); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s posts to %s: %d", name, path, res.StatusCode)
			}
		}
	}
	if res, _ := b.do(http.MethodPost, "/join", strings.Repeat("x", 20<<10)); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d", res.StatusCode)
	}
	if res, _ := b.do(http.MethodPost, "/join", "x", "Content-Encoding", "gzip"); res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a compressed body: %d", res.StatusCode)
	}
	if res, _ := b.do(http.MethodPost, "/api/items/take", `{"lane":""}`, "Content-Type", "text/plain"); res.StatusCode != http.StatusForbidden {
		t.Errorf("text to the API: %d", res.StatusCode)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodTrace, http.MethodPatch} {
		if res, _ := b.do(method, "/join", ""); res.StatusCode < 400 {
			t.Errorf("%s /join: %d", method, res.StatusCode)
		}
	}
	for _, path := range []string{"/static/..%2fserver.go", "/static/%00", "/static/style.css", "/static//etc/passwd", "/rooms/..", "/rooms/EVENING"} {
		if res, _ := b.do(http.MethodGet, path, ""); res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusBadRequest {
			t.Errorf("GET %s: %d", path, res.StatusCode)
		}
	}
	for _, back := range []string{"//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"} {
		if res, _ := b.form("/settings", "lang", "es", "back", back); res.Header.Get("Location") != "/" {
			t.Errorf("settings lead back to %q", res.Header.Get("Location"))
		}
	}
}

func TestEveryRouteForEveryRole(t *testing.T) {
	e := open(t)
	staff, lead, nobody, member := newBrowser(t, e.URL), newBrowser(t, e.URL), newBrowser(t, e.URL), newBrowser(t, e.URL)
	staff.form("/sign-in", "code", e.Invite(t, "staff", "Desk"))
	lead.form("/sign-in", "code", e.Invite(t, "facilitator", "Alder"))
	member.join(e.Slips(t, "evening", 1)[0])
	item := "/api/items/" + strings.Repeat("a", 26)
	json := []string{"Content-Type", "application/json"}
	for _, c := range []struct {
		method, path, body             string
		nobody, member, lead, staffing int
	}{
		{"GET", "/", "", 200, 200, 200, 200},
		{"GET", "/console", "", 303, 303, 200, 403},
		{"GET", "/console/rooms/evening", "", 303, 303, 200, 403},
		{"POST", "/console/rooms/evening/open", "", 303, 303, 303, 403},
		{"GET", "/staff", "", 303, 303, 403, 200},
		{"POST", "/staff/slips", "room=evening&count=1", 303, 303, 403, 200},
		{"POST", "/api/rooms/evening/ticket", "{}", 403, 200, 403, 403},
		{"POST", "/api/rooms/evening/ticket?as=facilitator", "{}", 403, 403, 200, 403},
		{"POST", "/api/queue/ticket", "{}", 403, 403, 200, 403},
		{"GET", "/api/queue", "", 403, 403, 200, 403},
		{"POST", "/api/items/take", `{"lane":""}`, 403, 403, 204, 403},
		{"POST", item + "/take", "{}", 403, 403, 404, 403},
		{"POST", item + "/beat", `{"lease":"x"}`, 403, 403, 409, 403},
		{"POST", item + "/put-back", `{"lease":"x"}`, 403, 403, 409, 403},
		{"POST", item, `{"lease":"x"}`, 403, 403, 409, 403},
		{"POST", item + "/decide", `{}`, 403, 403, 404, 403},
		{"POST", "/api/rooms/evening/open", "{}", 403, 403, 409, 403},
		{"POST", "/api/rooms/evening/purge", "{}", 403, 403, 404, 403},
		{"GET", "/rooms/evening/agreement", "", 200, 200, 200, 200},
	} {
		for who, as := range map[string]struct {
			b    *browser
			want int
		}{"nobody": {nobody, c.nobody}, "a member": {member, c.member}, "a facilitator": {lead, c.lead}, "staff": {staff, c.staffing}} {
			header := json
			if strings.HasPrefix(c.path, "/console") || strings.HasPrefix(c.path, "/staff") {
				header = nil
			}
			if res, _ := as.b.do(c.method, c.path, c.body, header...); res.StatusCode != as.want {
				t.Errorf("%s %s as %s: %d, want %d", c.method, c.path, who, res.StatusCode, as.want)
			}
		}
	}
	if _, page := staff.do("GET", "/rooms/evening", ""); !strings.Contains(page, "This room is for people with a seat") {
		t.Error("staff get further than the door")
	}
}

// join spends a slip as a browser without script does.
func (b *browser) join(code string) (handle, words string) {
	b.t.Helper()
	_, page := b.form("/join", "code", strings.ToLower(code))
	handle, words = field(page, "handle"), field(page, "words")
	res, page := b.form("/join/take", "code", code, "handle", handle, "words", words)
	if res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("taking the seat: %d\n%s", res.StatusCode, page)
	}
	return handle, words
}

func TestJoiningWithoutAScript(t *testing.T) {
	s := servertest.New(t)
	s.Room(t, "evening")
	code := s.Slips(t, "evening", 1)[0]
	b := newBrowser(t, s.URL)
	_, page := b.form("/join", "code", code)
	first := field(page, "handle")
	_, page = b.form("/join/name", "code", code, "handle", first, "words", field(page, "words"))
	if second := field(page, "handle"); second == "" || field(page, "words") == "" {
		t.Errorf("another name: %q, words %q", second, field(page, "words"))
	}
	if res, _ := b.form("/join/take", "code", code, "handle", "Jane Doe", "words", field(page, "words")); res.StatusCode != http.StatusOK {
		t.Errorf("a typed name: %d, want the page again with one of ours", res.StatusCode)
	}
	_, words := b.join(code)
	if res, page := b.form("/join", "code", code); res.StatusCode != http.StatusConflict || !strings.Contains(page, "This slip has been used") {
		t.Errorf("a spent slip: %d", res.StatusCode)
	}
	if res, page := b.form("/join", "code", "MADE-UP"); res.StatusCode != http.StatusForbidden || !strings.Contains(page, `value="MADE-UP"`) {
		t.Errorf("a made-up slip: %d; what was typed must stay", res.StatusCode)
	}
	other := newBrowser(t, s.URL)
	if res, page := other.form("/return", "room", "evening", "words", "one two three"); res.StatusCode != http.StatusForbidden || !strings.Contains(page, "one two three") {
		t.Errorf("wrong words: %d; what was typed must stay", res.StatusCode)
	}
	if res, _ := other.form("/return", "room", "evening", "words", strings.ToUpper(words)); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the eight words: %d", res.StatusCode)
	}
	if _, page := other.do("GET", "/rooms/evening", ""); !strings.Contains(page, "It is not about you") {
		t.Error("the seat is not found again on the other phone")
	}
	if res, _ := other.form("/rooms/evening/sign-out"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("sign out: %d", res.StatusCode)
	}
	if _, page := other.do("GET", "/rooms/evening", ""); !strings.Contains(page, "This room is for people with a seat") {
		t.Error("still signed in after signing out")
	}
}

func TestGuessingIsSlowed(t *testing.T) {
	s := servertest.New(t)
	s.Room(t, "evening")
	b := newBrowser(t, s.URL)
	slowed := false
	for range 15 {
		res, _ := b.form("/sign-in", "code", "guess")
		slowed = slowed || res.StatusCode == http.StatusTooManyRequests
	}
	if !slowed {
		t.Error("fifteen wrong codes were all looked at")
	}
	s.Clock.Advance(11 * time.Minute)
	if res, _ := b.form("/sign-in", "code", s.Invite(t, "staff", "Desk")); res.StatusCode != http.StatusSeeOther {
		t.Errorf("after the key has changed, nothing is remembered: %d", res.StatusCode)
	}
}

func TestNoLogAndNoFileNamesAVisitor(t *testing.T) {
	e := open(t)
	b := newBrowser(t, e.URL)
	b.do("GET", "/?canary-query=1", "", "X-Forwarded-For", "203.0.113.77", "Cookie", "canary-cookie=1")
	b.form("/join", "code", "CANARY-CODE")
	b.form("/return", "room", "evening", "words", "canary words")
	b.do("POST", "/api/join", `{"code":"CANARY"`, "Content-Type", "application/json")
	handle, words := b.join(e.Slips(t, "evening", 1)[0])
	ws := e.connect(t, protocol.Hello{Room: "evening", Secret: e.secret})
	until(t, ws, welcome)
	e.Stop(t)
	secrets := []string{canaryAgent, "203.0.113.77", "canary", "CANARY", words, e.secret, strings.Fields(words)[0] + " " + strings.Fields(words)[1]}
	for _, c := range append(secrets, handle, "127.0.0.1:") {
		if strings.Contains(e.Log(), c) {
			t.Errorf("the log says %q", c)
		}
	}
	for _, dir := range []string{e.Config.Data, e.Config.Keys, e.Config.Run} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, c := range append(secrets, "127.0.0.1") {
				if strings.Contains(string(text), c) {
					t.Errorf("%s stands in %s", c, filepath.Base(path))
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
