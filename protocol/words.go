package protocol

// Role is what a person may do in a room.
type Role string

// The roles that meet in a room. Staff and operators never do.
const (
	RoleMember      Role = "member"
	RoleFacilitator Role = "facilitator"
)

// Phase is a part of a session. Sessions go through them in order; a facilitator may also go back.
type Phase string

// The phases in the order of an evening.
const (
	PhaseArrive    Phase = "arrive"
	PhaseCheckIn   Phase = "check-in"
	PhaseTopic     Phase = "topic"
	PhaseOpen      Phase = "open"
	PhaseClosing   Phase = "closing"
	PhaseAftercare Phase = "aftercare"
)

// Phases returns all phases in order.
func Phases() []Phase {
	return []Phase{PhaseArrive, PhaseCheckIn, PhaseTopic, PhaseOpen, PhaseClosing, PhaseAftercare}
}

// Valid reports whether p is one of the six.
func (p Phase) Valid() bool {
	for _, known := range Phases() {
		if p == known {
			return true
		}
	}
	return false
}

// MembersMaySay reports whether members may post in this phase. In arrive they write ahead; the facilitator speaks.
func (p Phase) MembersMaySay() bool { return p != PhaseArrive && p.Valid() }

// RoomKind is the kind of group a room holds.
type RoomKind string

// The five kinds of group (SAMHSA TIP 41).
const (
	KindProcess           RoomKind = "process"
	KindPsychoeducation   RoomKind = "psychoeducation"
	KindSkills            RoomKind = "skills"
	KindRelapsePrevention RoomKind = "relapse-prevention"
	KindSupport           RoomKind = "support"
)

// RoomKinds returns the five kinds.
func RoomKinds() []RoomKind {
	return []RoomKind{KindProcess, KindPsychoeducation, KindSkills, KindRelapsePrevention, KindSupport}
}

// Lane is a lane of the moderation queue, most urgent first: care, held, conduct, system.
type Lane string

// The lanes in order of urgency.
const (
	LaneCare    Lane = "care"
	LaneHeld    Lane = "held"
	LaneConduct Lane = "conduct"
	LaneSystem  Lane = "system"
)

// Lanes returns the lanes, most urgent first.
func Lanes() []Lane { return []Lane{LaneCare, LaneHeld, LaneConduct, LaneSystem} }

// Outcome is what a facilitator decides on an item. Which outcomes fit which lane is moderation's business.
type Outcome string

// The outcomes of the first form.
const (
	OutcomeRelease   Outcome = "release"   // held: the room sees it now
	OutcomeDecline   Outcome = "decline"   // held: it goes back to its author with a kind reason
	OutcomeHide      Outcome = "hide"      // care, conduct: the words go, a line stays
	OutcomeMute      Outcome = "mute"      // conduct: the author cannot post for some minutes
	OutcomeRemove    Outcome = "remove"    // conduct: the author leaves for tonight
	OutcomeSupported Outcome = "supported" // care: a facilitator spoke with the person
	OutcomeNoAction  Outcome = "no-action" // care, conduct, system: read, nothing to do
)

// CareState is how far help really got, as shown to the author of a risk message (promise 5).
type CareState string

// The states of care. Told may follow opened when a lease lapses.
const (
	CareSaved    CareState = "saved"    // the message and its item are durable
	CareTold     CareState = "told"     // a facilitator's socket has confirmed it, or an alert was accepted
	CareOpened   CareState = "opened"   // somebody holds the lease now
	CareUnopened CareState = "unopened" // nobody has opened it for 60 seconds: the words say to call
	CareClosed   CareState = "closed"   // a facilitator has decided the item
)

// Reason is why something was held, returned, hidden or refused. Clients show their own sentence for each.
type Reason string

// The reasons a record may carry.
const (
	ReasonIdentifying Reason = "identifying" // may point to a person
	ReasonContact     Reason = "contact"     // asks to meet or write elsewhere
	ReasonSourcing    Reason = "sourcing"    // how to get something that harms
	ReasonHarassment  Reason = "harassment"  // may hurt someone
	ReasonSpam        Reason = "spam"        // sells something
	ReasonMethod      Reason = "method"      // describes a way to come to harm
	ReasonCare        Reason = "care"        // sounds heavy
	ReasonWorry       Reason = "worry"       // somebody is worried about this person
	ReasonAgreement   Reason = "agreement"   // does not fit what we agreed
	ReasonLink        Reason = "link"        // has a link
	ReasonCoverage    Reason = "coverage"    // no facilitator was here
	ReasonEnded       Reason = "ended"       // the session ended first
	ReasonKind        Reason = "kind"        // another way to say it may be kinder
	ReasonUnsafe      Reason = "unsafe"      // it may be hard for others to read
	ReasonAuthor      Reason = "author"      // the author took it back
	ReasonFacilitator Reason = "facilitator" // a facilitator did it
	ReasonLost        Reason = "lost"        // its key is gone
	ReasonAway        Reason = "away"        // ten minutes without a connection
	ReasonKept        Reason = "kept"        // taken back, but an item's evidence keeps it until its date
)
