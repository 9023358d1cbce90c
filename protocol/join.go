package protocol

// What joining says over HTTP (JSON), for clients that are not browsers.

// SlipView is the answer to POST /api/join/look: where a slip leads, and a handle that is free there.
type SlipView struct {
	Room   RoomID `json:"room"`
	Name   string `json:"name"`
	Handle Handle `json:"handle"`
}

// Join is the body of POST /api/join: the slip is spent by it.
type Join struct {
	Code   string `json:"code"`
	Handle Handle `json:"handle"` // as suggested; handles are never typed
	// Credential is RoomCredential(words, room). The words themselves stay with the person.
	Credential string `json:"credential"`
}

// Joined is the answer: the device's secret, for Hello.
type Joined struct {
	Room   RoomID `json:"room"`
	Secret string `json:"secret"`
}
