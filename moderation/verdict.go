package moderation

import "porchlight/protocol"

// Show is what becomes of words as far as screening has a say.
type Show string

// Clear goes to the room, Nudge asks the author for a second look, Hold waits for a facilitator.
const (
	ShowClear Show = "clear"
	ShowNudge Show = "nudge"
	ShowHold  Show = "hold"
)

// Verdict is what screening thinks of a text. It is advice to a human: care never blocks, and care overrides a nudge.
type Verdict struct {
	// Care is true when the text speaks of danger to a person now: help is shown, an item raised, the words folded.
	Care bool
	Show Show
	// Why is the reason shown for a hold or nudge.
	Why protocol.Reason
	// Rule names the rule that decided; Version the rule set.
	Rule    string
	Version string
	// Findings are what a nudge points at.
	Findings []protocol.Finding
}
