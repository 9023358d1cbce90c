package protocol

// What the facilitators' queue says over HTTP (JSON). The socket only hints that something changed.

// ItemSummary is one line of the queue: no message text, no seat.
type ItemSummary struct {
	Item    ItemID    `json:"item"`
	Version int64     `json:"version"`
	Lane    Lane      `json:"lane"`
	State   ItemState `json:"state"`
	Room    RoomID    `json:"room"`
	Name    string    `json:"name"` // of the room
	Why     []Reason  `json:"why"`  // every reason raised, first raised first
	// Handle is whom it is about; empty is nobody.
	Handle Handle `json:"handle,omitzero"`
	Flags  int    `json:"flags"` // how often it was raised
	At     int64  `json:"at"`    // first raised, Unix seconds; 0 once the session is purged
	// LeaseBy is the name of the facilitator who has it now; Mine says that it is you.
	LeaseBy string `json:"lease_by,omitzero"`
	Mine    bool   `json:"mine,omitzero"`
	// About is true when the item is about the reader, who may see that it is there and no more.
	About bool `json:"about,omitzero"`
	// Late is true when its deadline has passed: somebody else should look too.
	Late bool `json:"late,omitzero"`
}

// ItemState is where an item is: open, leased or resolved.
type ItemState string

// The states. Escalated and reopened are open again with a mark.
const (
	ItemOpen      ItemState = "open"
	ItemLeased    ItemState = "leased"
	ItemEscalated ItemState = "escalated"
	ItemReopened  ItemState = "reopened"
	ItemResolved  ItemState = "resolved"
)

// Queue is the answer to GET /api/queue: open items, most urgent first.
type Queue struct {
	Items []ItemSummary `json:"items"`
}

// Lease is the answer to taking an item or beating its heart.
type Lease struct {
	Item    ItemID `json:"item"`
	Version int64  `json:"version"`
	// Lease names this claim; a decision must carry it.
	Lease string `json:"lease"`
	Until int64  `json:"until"` // Unix seconds
}

// ItemDetail is what the holder of a lease reads. Words come from the session or, later, from the item's evidence.
type ItemDetail struct {
	ItemSummary
	Session SessionID   `json:"session"`
	Place   Place       `json:"place,omitzero"` // whom it is about
	Words   []ItemWords `json:"words,omitzero"`
	// Notes are what reporters added; nobody learns who they are.
	Notes []string `json:"notes,omitzero"`
	// Outcomes are what can be decided, the usual one first.
	Outcomes []Outcome `json:"outcomes"`
	// Care is what the author sees now (care lane).
	Care CareState `json:"care,omitzero"`
	// SessionOver is true when the session is closed or purged: the room will not change.
	SessionOver bool `json:"session_over,omitzero"`
}

// ItemWords is one message of an item: the one it is about, or the least context around it.
type ItemWords struct {
	Handle Handle `json:"handle"`
	Text   string `json:"text"`
	At     int64  `json:"at"`
	// Subject is true for the message the item is about; false for context.
	Subject bool `json:"subject,omitzero"`
}

// Decide is the body of POST /api/items/{item}/decide.
type Decide struct {
	// ID makes a retry harmless, like a command's.
	ID      CommandID `json:"id"`
	Version int64     `json:"version"`
	Lease   string    `json:"lease"`
	Outcome Outcome   `json:"outcome"`
	// Reason goes to the member with the outcome; required for decline, hide, mute and remove.
	Reason Reason `json:"reason,omitzero"`
	// Minutes is for mute: 1 to 60.
	Minutes int `json:"minutes,omitzero"`
}
