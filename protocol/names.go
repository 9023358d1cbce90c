package protocol

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// RoomID names a standing room: 1 to 32 of a–z, 0–9 and inner hyphens. It stands in addresses, so it should be discreet.
type RoomID string

// SessionID names one meeting of a room: 26 random characters (base32, 128 bits).
type SessionID string

// CommandID is chosen by the client: 1 to 36 of A–Z, a–z, 0–9, - and _. It is unique per place and session.
type CommandID string

// ItemID names one item of the moderation queue: 26 random characters.
type ItemID string

// Handle is the pseudonym of a seat, or the name a facilitator chose to be called by.
type Handle string

// Place is a person in a session, counted from 1 in order of first entry. 0 is nobody: the server itself.
// It says nothing outside its session.
type Place int

// Stream names an audience and so its sequence of records, numbered from 1 without a gap:
// "room", "facilitators", "place/3" (one place), "aside/3" (one place with the facilitators).
type Stream string

// The streams that are not of one place. Records for Nobody are the log's own: unnumbered, never sent.
const (
	StreamRoom         Stream = "room"
	StreamFacilitators Stream = "facilitators"
	StreamNobody       Stream = "nobody"
)

// StreamPlace is the stream only place p reads.
func StreamPlace(p Place) Stream { return Stream("place/" + strconv.Itoa(int(p))) }

// StreamAside is the stream place p and the facilitators read.
func StreamAside(p Place) Stream { return Stream("aside/" + strconv.Itoa(int(p))) }

// Of returns the place a place/… or aside/… stream belongs to, and 0 for the others.
func (s Stream) Of() Place {
	_, n, ok := strings.Cut(string(s), "/")
	if !ok {
		return 0
	}
	p, err := strconv.Atoi(n)
	if err != nil || p < 1 {
		return 0
	}
	return Place(p)
}

// Aside reports whether s is shared by one place and the facilitators.
func (s Stream) Aside() bool { return strings.HasPrefix(string(s), "aside/") }

// Valid reports whether s is one of the forms above; nobody is not, because it is never on the wire.
func (s Stream) Valid() bool {
	if s == StreamRoom || s == StreamFacilitators {
		return true
	}
	p := s.Of()
	return p > 0 && (s == StreamPlace(p) || s == StreamAside(p))
}

// Reads reports whether a person of that role at place p reads stream s.
func (s Stream) Reads(p Place, r Role) bool {
	switch {
	case s == StreamRoom:
		return true
	case s == StreamFacilitators:
		return r == RoleFacilitator
	case s.Aside():
		return r == RoleFacilitator || s.Of() == p
	default:
		return s.Of() == p && p > 0
	}
}

// Ref names one record as the wire does: its stream and its number there.
type Ref struct {
	Stream Stream `json:"stream"`
	N      int64  `json:"n"`
}

var roomID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// made reports whether s has least to most bytes, each of which may stand in it. Every command is asked this three times.
func made(s string, least, most int, may func(c byte) bool) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for i := range len(s) {
		if !may(s[i]) {
			return false
		}
	}
	return true
}

func base64URL(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

func base32(c byte) bool { return c >= 'a' && c <= 'z' || c >= '2' && c <= '7' }

// Valid reports whether the id has the form of a room's.
func (r RoomID) Valid() bool { return roomID.MatchString(string(r)) }

// Valid reports whether the id has the form of a command's.
func (c CommandID) Valid() bool { return made(string(c), 1, 36, base64URL) }

// Valid reports whether the id has the form of a session's.
func (s SessionID) Valid() bool { return made(string(s), 26, 26, base32) }

// Valid reports whether the id has the form of an item's.
func (i ItemID) Valid() bool { return made(string(i), 26, 26, base32) }

func (r Ref) String() string { return fmt.Sprintf("%s#%d", r.Stream, r.N) }
