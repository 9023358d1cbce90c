package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"porchlight/protocol"
)

// status says which HTTP status a code has; 400 when it is not named.
var status = map[protocol.Code]int{
	protocol.CodeRefused: http.StatusForbidden, protocol.CodeForbidden: http.StatusForbidden, protocol.CodeRemoved: http.StatusForbidden,
	protocol.CodeOwnItem: http.StatusForbidden, protocol.CodeWrongRoom: http.StatusForbidden,
	protocol.CodeNotFound: http.StatusNotFound, protocol.CodeNoSession: http.StatusNotFound,
	protocol.CodeSpent: http.StatusConflict, protocol.CodeStale: http.StatusConflict, protocol.CodeHandle: http.StatusConflict,
	protocol.CodeAlreadyOpen: http.StatusConflict, protocol.CodeAlreadyThere: http.StatusConflict, protocol.CodeClosed: http.StatusConflict,
	protocol.CodeIDReused: http.StatusConflict, protocol.CodeNotEntered: http.StatusConflict, protocol.CodeFull: http.StatusConflict,
	protocol.CodeTooMany: http.StatusTooManyRequests, protocol.CodeTooBig: http.StatusRequestEntityTooLarge,
	protocol.CodeUnavailable: http.StatusServiceUnavailable, protocol.CodeUnknownOutcome: http.StatusServiceUnavailable,
}

func statusOf(code protocol.Code) int {
	if s, ok := status[code]; ok {
		return s
	}
	return http.StatusBadRequest
}

// problem is the JSON body of a refusal.
type problem struct {
	Code  protocol.Code `json:"code"`
	Until int64         `json:"until,omitempty"` // Unix seconds
}

// failed is the one place where an error becomes a status and a body: JSON for the API, a page with a sentence otherwise.
// What the log keeps is the route and the error's chain, never what was asked.
func (s *Server) failed(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	code, number := protocol.CodeOf(err), 0
	var http1 *echo.HTTPError
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		code = protocol.CodeTooBig
	case errors.As(err, &http1):
		number = http1.Code
		code = map[int]protocol.Code{
			http.StatusNotFound: protocol.CodeNotFound, http.StatusMethodNotAllowed: protocol.CodeInvalid,
			http.StatusUnsupportedMediaType: protocol.CodeInvalid, http.StatusRequestEntityTooLarge: protocol.CodeTooBig,
		}[number]
		if code == "" {
			code = protocol.CodeInvalid
		}
	}
	if number == 0 {
		number = statusOf(code)
	}
	if code == protocol.CodeUnavailable {
		s.logger.Error("a request failed", "route", c.Path(), "error", err)
	}
	if strings.HasPrefix(c.Path(), "/api/") || strings.HasPrefix(c.Path(), "/ws") {
		_ = c.JSON(number, problem{Code: code, Until: protocol.UntilOf(err)}) // the client went away: nobody to tell
		return
	}
	_ = s.problemPage(c, number, code)
}
