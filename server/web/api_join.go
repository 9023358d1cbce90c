package web

import (
	"net/http"
	"regexp"

	"github.com/labstack/echo/v4"

	"porchlight/protocol"
	"porchlight/server/identity"
)

// credentialForm is what protocol.RoomCredential makes.
var credentialForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// joinLookAPI looks at a slip for a client that is not a browser, and suggests a handle. It spends nothing.
func (s *Server) joinLookAPI(c echo.Context) error {
	var want struct {
		Code string `json:"code"`
	}
	if err := body(c, &want); err != nil {
		return err
	}
	o, err := s.slipOf(c, want.Code)
	if err != nil {
		return err
	}
	handle, err := s.suggest(c, o.Room.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, protocol.SlipView{Room: o.Room.ID, Name: o.Room.Name, Handle: handle})
}

// joinAPI spends a slip. The client keeps the words; only what they derive comes here.
func (s *Server) joinAPI(c echo.Context) error {
	var want protocol.Join
	if err := body(c, &want); err != nil {
		return err
	}
	if !identity.ValidHandle(want.Handle) {
		return protocol.Err(protocol.CodeHandle)
	}
	if !credentialForm.MatchString(want.Credential) {
		return protocol.Err(protocol.CodeInvalid)
	}
	o, err := s.slipOf(c, want.Code)
	if err != nil {
		return err
	}
	o.Handle = want.Handle
	secret, err := s.redeem(c, o, want.Credential)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, protocol.Joined{Room: o.Room.ID, Secret: secret})
}
