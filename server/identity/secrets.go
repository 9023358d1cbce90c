package identity

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/sethvargo/go-diceware/diceware"

	"porchlight/protocol"
)

// HashOf hashes a secret of at least 100 random bits for keeping.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// NewSecret makes a secret of 256 bits: 43 characters, base64url.
func NewSecret(rand io.Reader) (string, error) {
	b, err := random(rand, 32)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// NewID makes a name of 128 bits: 26 characters, a–z and 2–7. It says nothing, not even when it was made.
func NewID(rand io.Reader) (string, error) {
	b, err := random(rand, 16)
	if err != nil {
		return "", err
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)), nil
}

// NewWords draws the eight words a person comes back with, from the EFF's large list (7,776 words).
func NewWords(rand io.Reader) ([]string, error) {
	g, err := diceware.NewGenerator(&diceware.GeneratorInput{RandReader: rand})
	if err != nil {
		return nil, fmt.Errorf("draw words: %w", err)
	}
	for {
		words, err := g.Generate(protocol.WordCount)
		if err != nil {
			return nil, fmt.Errorf("draw words: %w", err)
		}
		if !strings.Contains(strings.Join(words, ""), "-") { // four words of the list have a hyphen, hard to read aloud
			return words, nil
		}
	}
}

func random(rand io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, fmt.Errorf("draw random bytes: %w", err)
	}
	return b, nil
}
