package room

import (
	"context"
	"errors"

	"porchlight/moderation"
	"porchlight/protocol"
)

// Record is one entry of a session's log as the store sees it: where, for whom, what kind, and a payload to seal.
type Record struct {
	// Position counts from 1 in the session's log. It never appears on the wire: a gap in it would tell members that
	// something was held.
	Position int64
	Stream   protocol.Stream // nobody included
	Kind     protocol.Kind
	Payload  []byte // JSON of an entry; the store seals it and never looks inside, but for evidence
	// written is what Payload says, while the record is new: it needs not be read again.
	written *written
}

// written is a record's payload before it was encoded.
type written struct {
	entry entry
	body  protocol.Payload
}

// Replace puts a tombstone in the place of a payload; the stream stays.
type Replace struct {
	Position int64
	Kind     protocol.Kind
	Payload  []byte
}

// Change is what one command does. It is committed whole or not at all.
type Change struct {
	Records  []Record // positions after+1, after+2, … in order
	Replaces []Replace
	Items    []moderation.Op
	Journal  []moderation.Entry
	// PurgeAt, when not 0, marks the session closed and says when its text is destroyed (Unix seconds).
	PurgeAt int64
}

// Empty reports whether there is nothing to commit.
func (c Change) Empty() bool {
	return len(c.Records)+len(c.Replaces)+len(c.Items)+len(c.Journal) == 0 && c.PurgeAt == 0
}

// ErrConflict means that the log has grown or changed owner since it was read: read again. Nothing was committed.
var ErrConflict = errors.New("the log has moved on")

// Log keeps the records of sessions. Any error of Append but ErrConflict and one with a protocol.Code leaves the outcome
// unknown: the room reads the log again and answers by the command's id.
type Log interface {
	// Read returns the records after position after, in order, their seals opened.
	Read(ctx context.Context, session protocol.SessionID, after int64) ([]Record, error)
	// Append commits the change durably if the log's last position is after and epoch is the owner's.
	// A Resolve whose lease or version is not the item's fails with protocol.CodeStale.
	Append(ctx context.Context, session protocol.SessionID, after, epoch int64, change Change) error
}

// Meeting is one session as the store lists it.
type Meeting struct {
	Session protocol.SessionID
	Room    protocol.RoomID
	Epoch   int64
	// PurgeAt is 0 while the session is open (Unix seconds).
	PurgeAt int64
}

// Sessions begins and ends sessions.
type Sessions interface {
	// Begin makes a session and its key; one room has at most one open session (protocol.CodeAlreadyOpen).
	Begin(ctx context.Context, room protocol.RoomID, session protocol.SessionID) (Meeting, error)
	// Unpurged lists sessions that are not purged. One whose key is gone is purged first and journaled lost.
	Unpurged(ctx context.Context) ([]Meeting, error)
	// Purge deletes the session's rows in one transaction with its figures and journal entry, then destroys its key and
	// truncates the WAL. It is idempotent.
	Purge(ctx context.Context, session protocol.SessionID, entry moderation.Entry) error
}

// Items answers what the room needs to know of the queue.
type Items interface {
	// Situate returns where an item belongs, or protocol.CodeNotFound.
	Situate(ctx context.Context, item protocol.ItemID) (Situation, error)
	// Settle commits a decision on an item whose session has been purged: item and journal, no records.
	Settle(ctx context.Context, resolve moderation.Resolve, entry moderation.Entry) error
}

// Situation is where an item belongs.
type Situation struct {
	Item    protocol.ItemID
	Session protocol.SessionID
	Room    protocol.RoomID
	Lane    protocol.Lane
	Target  moderation.Target
	// Purged is true when the session's log is gone.
	Purged bool
}

// Screener looks at words before they reach the loop. It runs once on each text a member enters.
type Screener interface {
	Check(text string) moderation.Verdict
}

// Bell tells the queue's sockets that something in a lane changed, after the commit. It never blocks.
type Bell interface {
	Ring(hint protocol.QueueHint)
}

// OpenedItem is an item as the holder of its lease may read it.
type OpenedItem struct {
	Summary  protocol.ItemSummary
	Session  protocol.SessionID
	Place    protocol.Place // whom it is about; 0 is nobody
	Target   moderation.Target
	Notes    []string // of those who flagged it; nobody learns who they are
	Names    map[protocol.Place]protocol.Handle
	Evidence []Record // the message and the least context; of held items the words as they stand in the log
	Subject  int64    // position of the record the item is about
	Closed   bool     // the session is over
	Purged   bool     // its log is gone
}
