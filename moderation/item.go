package moderation

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"

	"porchlight/protocol"
)

// Target names what an item is about, inside its session: "said/12" (message 12 of the room), "hold/3/<command id>"
// (words of place 3 that wait), "coverage" (everything said while no facilitator was there).
type Target string

// TargetCoverage is the one item under which an uncovered room holds everything.
const TargetCoverage Target = "coverage"

// TargetSaid names message n of the room stream.
func TargetSaid(n int64) Target { return Target("said/" + strconv.FormatInt(n, 10)) }

// TargetHold names the words of place p that wait under the id of their Say.
func TargetHold(p protocol.Place, id protocol.CommandID) Target {
	return Target("hold/" + strconv.Itoa(int(p)) + "/" + string(id))
}

var base32lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ItemIDFor derives the id of the one item per session, target and lane, so that raising it again finds it.
// Session ids are 128 random bits: the id tells an outsider nothing.
func ItemIDFor(session protocol.SessionID, target Target, lane protocol.Lane) protocol.ItemID {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(session), string(target), string(lane)}, "\x00")))
	return protocol.ItemID(base32lower.EncodeToString(sum[:16]))
}

// Op is an operation on an item; it is committed together with the records it belongs to.
type Op interface{ itemOp() }

// Raise opens the item of (session, target, lane), or merges into it: a new flag on an open item counts, a new flag on a
// resolved item reopens it. It cannot conflict.
type Raise struct {
	Item    protocol.ItemID // ItemIDFor(session, Target, Lane)
	Session protocol.SessionID
	Room    protocol.RoomID
	Lane    protocol.Lane
	Target  Target
	Why     protocol.Reason
	Rule    string         // the rule that raised it, "" when a person did
	Place   protocol.Place // whom it is about; 0 is nobody
	// Handles names that place and the authors of the evidence; sealed, never a column.
	Handles map[protocol.Place]protocol.Handle
	Person  string // the facilitator it is about ("facilitator:…"), "" for members: nobody decides about themselves
	Note    string // what a reporter added; sealed, never with who they are
	N       int64  // message in the room; 0 is none
	// Evidence names log positions whose words are copied under the item's own key (care and conduct lanes);
	// Subject is the position the item is about. Positions may belong to the same change.
	Evidence []int64
	Subject  int64
	At       int64 // Unix seconds
}

// Resolve ends an item. Lease and Version are compared as the facilitator sent them; failure is protocol.CodeStale.
type Resolve struct {
	Item    protocol.ItemID
	Version int64
	Lease   string
	Person  string // who decides: must hold the lease and must not be the item's Person
	Outcome protocol.Outcome
}

// CloseItem ends an item without a lease: its words were withdrawn, or the session ended. Its actor is the system.
// An item that does not exist or is resolved is left as it is.
type CloseItem struct {
	Item protocol.ItemID
}

func (Raise) itemOp()     {}
func (Resolve) itemOp()   {}
func (CloseItem) itemOp() {}

// Act is what a journal entry says was done.
type Act string

// The acts of the first form.
const (
	ActOpened   Act = "opened"    // doors of a room
	ActClosed   Act = "closed"    // a session
	ActPurged   Act = "purged"    // a session's text destroyed
	ActLost     Act = "lost"      // a session whose key was missing at start
	ActPhase    Act = "phase"     // moved on
	ActPaused   Act = "paused"    // or resumed
	ActMuted    Act = "muted"     // without an item
	ActRemoved  Act = "removed"   // without an item
	ActDecided  Act = "decided"   // an item; Outcome says how
	ActTaken    Act = "taken"     // over from another facilitator
	ActInvited  Act = "invited"   // a facilitator or staff
	ActSignedIn Act = "signed-in" // a facilitator or staff
	ActSlips    Act = "slips"     // made; never for whom
	ActRoom     Act = "room"      // added or changed
)

// Entry is a line of the journal before it is linked. It holds no words of a session and no seat.
type Entry struct {
	Actor   string // "facilitator:…", "staff:…", "operator" or "system"
	Act     Act
	Lane    protocol.Lane
	Outcome protocol.Outcome
	Room    protocol.RoomID
	// Item and Target are written only as HMAC(key of the item, target), or of the session's key where Item is empty:
	// when the key dies, so does the link. Both empty: nothing is written.
	Item   protocol.ItemID
	Target Target
	// Day is the date in UTC, 2006-01-02; nothing finer.
	Day string
}
