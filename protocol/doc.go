// Package protocol is the language of Porchlight: what is said on the wire and kept in the log.
// Server and clients both speak it; it imports nothing of ours and does no I/O.
//
// # One conversation
//
// The client opens a WebSocket with the subprotocol [Subprotocol] and sends a [Hello] with a device secret or a ticket.
// The server answers [Welcome] (who you are, where each stream stands), then [StateFrame] (the room as of those
// numbers), then the records missed since the marks in the Hello, then live records as they are committed:
//
//	client → hello    room, secret or ticket, the last number seen on each stream
//	server → welcome  place, handle, session, streams
//	server → state    phase, people, mutes, holds
//	server → record…  what was missed, in order, and from then on what happens
//	client → enter    tonight's agreement, accepted
//	server → ack      the command is committed
//	client → say …
//
// Every command carries an id that the client chose and the session it is meant for; sending it again is answered, not
// repeated. Every record of one audience carries that audience's next number, so a gap always means loss.
// PROTOCOL.md says the same in prose; its examples are the golden frames in testdata.
package protocol

// Subprotocol is the WebSocket subprotocol both sides must offer.
const Subprotocol = "porchlight.v1"
