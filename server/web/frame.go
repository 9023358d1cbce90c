package web

import "encoding/binary"

// Frame puts the header of an unmasked, final text frame (RFC 6455 section 5.2) before a payload of at most 65,535 bytes.
// Rooms call it once per record; every socket shares the slice.
func Frame(payload []byte) []byte {
	const finalText = 0x81
	var head []byte
	if len(payload) < 126 {
		head = []byte{finalText, byte(len(payload))}
	} else {
		head = binary.BigEndian.AppendUint16([]byte{finalText, 126}, uint16(len(payload)))
	}
	return append(head, payload...)
}

// pong answers a ping with its payload, which is at most 125 bytes long (RFC 6455 section 5.5.3).
func pong(payload []byte) []byte {
	const finalPong = 0x8A
	return append([]byte{finalPong, byte(len(payload))}, payload...)
}
