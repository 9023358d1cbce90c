package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"porchlight/internal/lang"
	"porchlight/protocol"
	"porchlight/static"
)

// pages are the templates and assets, read once.
type pages struct {
	templates *template.Template
	named     map[string]string // asset → address with its hash
	content   map[string][]byte // address → bytes
}

func newPages(_ *lang.Catalogue) (*pages, error) {
	p := &pages{named: map[string]string{}, content: map[string][]byte{}}
	err := fs.WalkDir(static.Assets, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := static.Assets.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		ext := path.Ext(name)
		address := "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:])[:12] + ext
		p.named[name], p.content[address] = address, b
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	p.templates, err = template.New("").Funcs(template.FuncMap{"asset": p.address}).ParseFS(static.Pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return p, nil
}

func (p *pages) address(name string) (string, error) {
	a, ok := p.named[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return a, nil
}

// view is what every template is given.
type view struct {
	words   *lang.Catalogue
	Lang    string
	Legible bool
	Exit    string
	Demo    bool
	Help    []HelpLine
	Path    string // where a settings form leads back to
	Body    string // class of the body
	Room    string // the room the help page leads back to
	Problem string // what did not work, in words
	Data    any
}

// T is the sentence under key in the reader's language.
func (v view) T(key string, args ...any) string { return v.words.T(v.Lang, key, args...) }

func (s *Server) view(c echo.Context, data any) view {
	r := c.Request()
	v := view{
		words: s.words, Exit: s.program.Exit, Demo: s.program.Demo, Help: s.program.Help, Path: "/", Data: data,
		Lang: s.words.Pick(plainCookie(c, "lang"), r.Header.Get("Accept-Language")), Legible: plainCookie(c, "legible") == "1",
	}
	if r.Method == http.MethodGet && v.Path != "" {
		v.Path = r.URL.Path
	}
	return v
}

func plainCookie(c echo.Context, name string) string {
	k, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return k.Value
}

func (s *Server) page(c echo.Context, status int, name string, v view) error {
	var b strings.Builder
	if err := s.pages.templates.ExecuteTemplate(&b, name+".html", v); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	c.Response().Header().Set("Content-Language", v.Lang)
	c.Response().Header().Set("Vary", "Accept-Language, Cookie")
	return c.HTML(status, b.String())
}

// problemPage says what did not work and what is safe.
func (s *Server) problemPage(c echo.Context, status int, code protocol.Code) error {
	v := s.view(c, nil)
	v.Path = "/"
	v.Problem = v.T("app.code." + string(code))
	if status == http.StatusNotFound {
		v.Problem = v.T("problem.notfound")
	}
	return s.page(c, status, "problem", v)
}

// asset serves a file whose name holds its hash: it never changes.
func (s *Server) asset(c echo.Context) error {
	b, ok := s.pages.content[c.Request().URL.Path]
	if !ok {
		return protocol.Err(protocol.CodeNotFound)
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, mime.TypeByExtension(path.Ext(c.Request().URL.Path)), b)
}

// settings keeps language and letters in plain cookies, and leads back to one of our own pages.
func (s *Server) settings(c echo.Context) error {
	set := func(name, value string) {
		c.SetCookie(&http.Cookie{ //nolint:gosec // no secret: it says "es", and scripts may know
			Name: name, Value: value, Path: "/", MaxAge: int(stayFor.Seconds()), SameSite: http.SameSiteStrictMode, Secure: !s.plain, HttpOnly: true,
		})
	}
	if l := c.FormValue("lang"); l == "en" || l == "es" {
		set("lang", l)
	}
	if l := c.FormValue("legible"); l == "0" || l == "1" {
		set("legible", l)
	}
	back := c.FormValue("back")
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n") {
		back = "/"
	}
	return c.Redirect(http.StatusSeeOther, back)
}
