package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// route is one line of the table: who may ask is decided in the handler that answers, once.
type route struct {
	method, path string
	handle       echo.HandlerFunc
}

// table lists every route there is.
func (s *Server) table() []route {
	return []route{
		// Anybody.
		{http.MethodGet, "/", s.landing},
		{http.MethodGet, "/help", s.help},
		{http.MethodGet, "/healthz", s.healthy},
		{http.MethodPost, "/settings", s.settings},
		{http.MethodGet, "/static/*", s.asset},
		{http.MethodGet, "/join", s.join},
		{http.MethodPost, "/join", s.joinLook},
		{http.MethodPost, "/join/name", s.joinAnother},
		{http.MethodPost, "/join/take", s.joinTake},
		{http.MethodPost, "/api/join/look", s.joinLookAPI},
		{http.MethodPost, "/api/join", s.joinAPI},
		{http.MethodGet, "/return", s.comeBack},
		{http.MethodPost, "/return", s.comeBackWith},
		{http.MethodGet, "/sign-in", s.signIn},
		{http.MethodPost, "/sign-in", s.signInWith},
		{http.MethodPost, "/sign-out", s.signOut},
		{http.MethodGet, "/api/rooms/:room/door", s.door},
		// Members.
		{http.MethodGet, "/rooms/:room", s.roomPage},
		{http.MethodGet, "/rooms/:room/agreement", s.agreement},
		{http.MethodPost, "/rooms/:room/sign-out", s.seatOut},
		{http.MethodPost, "/api/rooms/:room/ticket", s.roomTicket},
		{http.MethodGet, "/ws", s.socket},
		// Facilitators.
		{http.MethodGet, "/console", s.console},
		{http.MethodGet, "/console/rooms/:room", s.consoleRoom},
		{http.MethodPost, "/console/rooms/:room/open", s.openDoors},
		{http.MethodPost, "/api/rooms/:room/open", s.openDoorsAPI},
		{http.MethodPost, "/api/rooms/:room/purge", s.purgeNow},
		{http.MethodPost, "/api/queue/ticket", s.queueTicket},
		{http.MethodGet, "/api/queue", s.queue},
		{http.MethodPost, "/api/items/take", s.takeNext},
		{http.MethodPost, "/api/items/:item/take", s.takeItem},
		{http.MethodPost, "/api/items/:item/beat", s.beatLease},
		{http.MethodPost, "/api/items/:item/put-back", s.putBack},
		{http.MethodPost, "/api/items/:item", s.item},
		{http.MethodPost, "/api/items/:item/decide", s.decide},
		{http.MethodGet, "/ws/queue", s.queueSocket},
		// Staff.
		{http.MethodGet, "/staff", s.staff},
		{http.MethodPost, "/staff/slips", s.makeSlips},
	}
}

func (s *Server) routes() {
	for _, r := range s.table() {
		s.echo.Add(r.method, r.path, r.handle)
	}
}
