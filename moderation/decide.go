package moderation

import "porchlight/protocol"

// OutcomesFor lists what can be decided on an item of a lane, the usual one first.
func OutcomesFor(lane protocol.Lane) []protocol.Outcome {
	switch lane {
	case protocol.LaneCare:
		return []protocol.Outcome{protocol.OutcomeSupported, protocol.OutcomeHide, protocol.OutcomeNoAction}
	case protocol.LaneHeld:
		return []protocol.Outcome{protocol.OutcomeRelease, protocol.OutcomeDecline}
	case protocol.LaneConduct:
		return []protocol.Outcome{protocol.OutcomeNoAction, protocol.OutcomeHide, protocol.OutcomeMute, protocol.OutcomeRemove}
	default:
		return []protocol.Outcome{protocol.OutcomeNoAction}
	}
}

// CheckDecision reports CodeOutcome for an outcome the lane does not have, and CodeInvalid for a missing reason, id, lease
// or number of minutes: nothing is done to a member without a reason they can read.
func CheckDecision(lane protocol.Lane, d protocol.Decide) error {
	fits := false
	for _, o := range OutcomesFor(lane) {
		fits = fits || o == d.Outcome
	}
	if !fits {
		return protocol.Err(protocol.CodeOutcome)
	}
	if !d.ID.Valid() || d.Lease == "" || d.Version < 1 {
		return protocol.Err(protocol.CodeInvalid)
	}
	if needsReason(d.Outcome) && !reasonForMember(d.Reason) {
		return protocol.Err(protocol.CodeInvalid)
	}
	if d.Outcome == protocol.OutcomeMute && (d.Minutes < 1 || d.Minutes > 60) {
		return protocol.Err(protocol.CodeInvalid)
	}
	return nil
}

// ReasonsFor lists the reasons a facilitator can give a member, the gentlest first.
func ReasonsFor() []protocol.Reason {
	return []protocol.Reason{
		protocol.ReasonKind, protocol.ReasonIdentifying, protocol.ReasonContact, protocol.ReasonUnsafe, protocol.ReasonMethod,
		protocol.ReasonSourcing, protocol.ReasonSpam, protocol.ReasonAgreement, protocol.ReasonHarassment,
	}
}

// needsReason reports whether the outcome does something to a member.
func needsReason(o protocol.Outcome) bool {
	return o == protocol.OutcomeDecline || o == protocol.OutcomeHide || o == protocol.OutcomeMute || o == protocol.OutcomeRemove
}

func reasonForMember(r protocol.Reason) bool {
	for _, known := range ReasonsFor() {
		if r == known {
			return true
		}
	}
	return false
}
