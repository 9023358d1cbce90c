package web

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"porchlight/protocol"
)

// maxBody is the most a form or a JSON body may take.
const maxBody = 16 << 10

// policy is the Content-Security-Policy of every page (design section 11).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

var pageHeaders = map[string]string{
	"Content-Security-Policy":      policy,
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cross-Origin-Embedder-Policy": "require-corp",
	"X-Frame-Options":              "DENY",
	"X-Robots-Tag":                 "noindex, nofollow",
	"Permissions-Policy":           "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=()",
	"Cache-Control":                "no-store",
}

// headers sets what every answer carries; assets loosen their caching themselves.
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		for name, value := range pageHeaders {
			h.Set(name, value)
		}
		if c.IsTLS() || strings.HasPrefix(s.program.PublicURL, "https://") {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		return next(c)
	}
}

// guarded refuses what no page of ours sends: changes that come from elsewhere, bodies too large or compressed.
func (s *Server) guarded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			return next(c)
		}
		if err := s.crossing.Check(r); err != nil {
			return protocol.Err(protocol.CodeForbidden)
		}
		// A browser says where a change comes from; a request that says nothing is not one of our pages.
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
			return protocol.Err(protocol.CodeForbidden)
		}
		if r.Header.Get("Content-Encoding") != "" {
			return echo.NewHTTPError(http.StatusUnsupportedMediaType)
		}
		if r.ContentLength > maxBody {
			return protocol.Err(protocol.CodeTooBig)
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		return next(c)
	}
}

// recovered keeps a panic in its request. The value may hold what somebody wrote: only its type is logged.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				s.logger.Error("a request panicked", "route", c.Path(), "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				err = protocol.Err(protocol.CodeUnavailable)
			}
		}()
		return next(c)
	}
}

// sameOrigin reports whether a socket's handshake comes from one of our pages. A missing Origin is not.
func (s *Server) sameOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Host == "" {
		return false
	}
	if public, err := url.Parse(s.program.PublicURL); err == nil && public.Host == origin.Host && public.Scheme == origin.Scheme {
		return true
	}
	return strings.EqualFold(origin.Host, r.Host)
}
