package identity

import (
	"crypto/sha256"
	"io"
	"strings"

	"porchlight/protocol"
)

// crockford is Douglas Crockford's base 32: no I, L, O or U, so that it can be read aloud.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	slipChars  = 26 // 128 bits
	checkChars = 2  // 10 bits of SHA-256: a slip of the pen is found before the slip is sent
	groupChars = 4
)

// NewCode makes the code of a slip or an invitation: 128 random bits and a checksum, 28 characters in groups of four.
func NewCode(rand io.Reader) (string, error) {
	b, err := random(rand, 16)
	if err != nil {
		return "", err
	}
	var code strings.Builder
	bits, n := uint(0), uint(0)
	for _, c := range append(b, 0) {
		bits, n = bits<<8|uint(c), n+8
		for n >= 5 && code.Len() < slipChars {
			n -= 5
			code.WriteByte(crockford[bits>>n&31])
		}
	}
	return grouped(code.String() + checksum(code.String())), nil
}

// ParseCode reads a code as people type it: any case, spaces and hyphens, O for 0, I or L for 1. What cannot be a code is
// protocol.CodeRefused, like one that nobody made.
func ParseCode(typed string) (string, error) {
	var code strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case ' ', '-', '\t', '\n', '\r', '.':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 127 || !strings.ContainsRune(crockford, r) || code.Len() >= slipChars+checkChars {
			return "", protocol.Err(protocol.CodeRefused)
		}
		code.WriteRune(r)
	}
	c := code.String()
	if len(c) != slipChars+checkChars || checksum(c[:slipChars]) != c[slipChars:] {
		return "", protocol.Err(protocol.CodeRefused)
	}
	return grouped(c), nil
}

func checksum(code string) string {
	sum := sha256.Sum256([]byte(code))
	return string([]byte{crockford[sum[0]&31], crockford[sum[1]&31]})
}

func grouped(code string) string {
	var b strings.Builder
	for i := 0; i < len(code); i += groupChars {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(code[i:min(i+groupChars, len(code))])
	}
	return b.String()
}
