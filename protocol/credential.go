package protocol

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// RoomCredential derives the credential of a seat from its eight words and its room:
// HKDF-SHA256 (RFC 5869) without salt, info "porchlight/v1/room/" + room, 32 bytes, base64url.
// Rooms cannot be linked by it, and the words cannot be found from it.
func RoomCredential(words []string, room RoomID) (string, error) {
	if len(words) != WordCount {
		return "", fmt.Errorf("credential from %d words: %w", len(words), Err(CodeRefused))
	}
	secret := []byte(strings.Join(words, " "))
	key, err := hkdf.Key(sha256.New, secret, nil, "porchlight/v1/room/"+string(room), 32)
	if err != nil {
		return "", fmt.Errorf("derive room credential: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(key), nil
}

// WordCount is how many words bring a person back to their seat (8 of 7,776: 103 bits).
const WordCount = 8

// NormalWords splits what a person typed into words as RoomCredential wants them: lower case, any space or punctuation between.
func NormalWords(typed string) []string {
	return strings.FieldsFunc(strings.ToLower(typed), func(r rune) bool {
		return (r < 'a' || r > 'z') && r != '-'
	})
}
