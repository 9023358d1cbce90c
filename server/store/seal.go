package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"porchlight/protocol"
	"porchlight/server/room"
)

// errSeal means that a payload is not what was sealed here: another key, another place, or changed bytes.
var errSeal = errors.New("a seal does not open")

// seal encrypts with XChaCha20-Poly1305; the random nonce of 24 bytes stands before the box.
func seal(key, plain, bound []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return aead.Seal(nonce, nonce, plain, bound), nil
}

func unseal(key, sealed, bound []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("open seal: %w", err)
	}
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, errSeal
	}
	plain, err := aead.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], bound)
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}

// recordPlace binds a payload to where it stands: session, position, audience and kind, each with its length.
func recordPlace(session protocol.SessionID, position int64, stream protocol.Stream, kind protocol.Kind) []byte {
	var b []byte
	for _, part := range []string{string(session), string(stream), string(kind)} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return binary.BigEndian.AppendUint64(b, uint64(position))
}

func itemPlace(id protocol.ItemID) []byte { return []byte("item/" + string(id)) }

func sessionKey(id protocol.SessionID) string { return "session-" + string(id) }

func itemKey(id protocol.ItemID) string { return "item-" + string(id) }

func (s *Store) sealRecord(key []byte, session protocol.SessionID, r room.Record) ([]byte, error) {
	return seal(key, r.Payload, recordPlace(session, r.Position, r.Stream, r.Kind))
}
