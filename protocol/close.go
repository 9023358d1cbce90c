package protocol

// CloseCode is a WebSocket close code. It tells the client what to do next: 40xx come back, 45xx stay away.
type CloseCode int

// Codes of RFC 6455 section 7.4.1 that the server uses as they are.
const (
	CloseNormal      CloseCode = 1000
	CloseBadProtocol CloseCode = 1002
	CloseBadData     CloseCode = 1003 // binary
	CloseBadText     CloseCode = 1007 // not UTF-8
	ClosePolicy      CloseCode = 1008 // too many bad frames, or no hello in time
	CloseTooBig      CloseCode = 1009
)

// Come back: the client reconnects by itself, with its marks.
const (
	CloseSlow       CloseCode = 4001 // you read too slowly; come back and the missed records follow
	CloseRestarting CloseCode = 4002 // the server restarts; come back in a moment
	CloseQuiet      CloseCode = 4003 // no heartbeat was heard
	CloseNewSession CloseCode = 4004 // the session changed; say hello again
)

// Stay away: coming back by itself would be refused again.
const (
	CloseRefused  CloseCode = 4501 // secret or ticket does not fit
	CloseRemoved  CloseCode = 4502 // asked to step out for tonight
	CloseNoDoors  CloseCode = 4503 // no session in this room now
	CloseSignedIn CloseCode = 4504 // signed out, here or on another device
)

// ComeBack reports whether a client should reconnect by itself after code.
func (c CloseCode) ComeBack() bool {
	switch {
	case c >= 4000 && c < 4500:
		return true
	case c >= 4500 && c < 5000:
		return false
	}
	switch c {
	case CloseNormal, CloseBadProtocol, CloseBadData, CloseBadText, ClosePolicy, CloseTooBig:
		return false
	default:
	}
	return true // 1001, 1005, 1006, 1011 …: the network or the machine, not us
}
