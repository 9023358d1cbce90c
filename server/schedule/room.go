// Package schedule knows standing rooms and, later, when they meet. The store keeps rooms, the web shows them.
// It does no I/O.
package schedule

import (
	"strings"
	"unicode/utf8"

	"porchlight/protocol"
)

// Room is a standing group.
type Room struct {
	ID       protocol.RoomID
	Name     string
	Kind     protocol.RoomKind
	Capacity int    // members at once; 6 to 12 is advised (SAMHSA TIP 41)
	Purpose  string // one line for the landing page
}

// Check reports, with CodeInvalid, what a room must not be.
func (r Room) Check() error {
	known := false
	for _, k := range protocol.RoomKinds() {
		known = known || k == r.Kind
	}
	switch {
	case !r.ID.Valid() || r.ID == "queue",
		!known,
		strings.TrimSpace(r.Name) == "" || utf8.RuneCountInString(r.Name) > 40,
		utf8.RuneCountInString(r.Purpose) > 120,
		r.Capacity < 2 || r.Capacity > 50:
		return protocol.Err(protocol.CodeInvalid)
	}
	return nil
}
