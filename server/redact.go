package server

import (
	"context"
	"log/slog"
	"regexp"
	"strings"

	"porchlight/server/web"
)

// addressLike finds what may be a network address inside a text.
var addressLike = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[?(?:[0-9a-fA-F]{0,4}:){3,}[0-9a-fA-F]{0,4}\]?(?::\d+)?`)

// redacting is the last net below every log line: what looks like an address is cut out, whoever wrote it.
type redacting struct{ next slog.Handler }

// Redacted wraps a handler so that no address reaches it. Loopback addresses stay: they are the operator's own.
func Redacted(next slog.Handler) slog.Handler { return redacting{next: next} }

func (r redacting) Enabled(ctx context.Context, l slog.Level) bool { return r.next.Enabled(ctx, l) }

func (r redacting) Handle(ctx context.Context, rec slog.Record) error {
	clean := slog.NewRecord(rec.Time, rec.Level, redact(rec.Message), rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redactAttr(a))
		return true
	})
	return r.next.Handle(ctx, clean)
}

func (r redacting) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = redactAttr(a)
	}
	return redacting{next: r.next.WithAttrs(clean)}
}

func (r redacting) WithGroup(name string) slog.Handler {
	return redacting{next: r.next.WithGroup(name)}
}

func redactAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if err, ok := v.Any().(error); ok {
		return slog.String(a.Key, redact(err.Error()))
	}
	if v.Kind() == slog.KindString {
		return slog.String(a.Key, redact(v.String()))
	}
	return a
}

func redact(s string) string {
	return addressLike.ReplaceAllStringFunc(s, func(found string) string {
		if strings.HasPrefix(found, "127.") || strings.HasPrefix(found, "[::1]") {
			return found
		}
		return "(address)"
	})
}

// QRPath draws a QR code as one SVG path; see web.QRPath.
func QRPath(text string) (size int, path string, err error) { return web.QRPath(text) }
