package moderation

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
)

// Link is a line of the journal as it is kept: chained to the line before it, so that any change, deletion, reorder or
// cut-off tail is found.
type Link struct {
	Seq     int64 // from 1
	Day     string
	Actor   string
	Act     string
	Lane    string
	Outcome string
	Room    string
	MAC     []byte // TargetMAC, or empty
	Prev    []byte // Hash of the line before; 32 zero bytes before the first
	Hash    []byte // SHA-256 over all of the above, each with its length
}

// TargetMAC ties a line to what it is about for as long as the key lives: HMAC-SHA256 (RFC 2104).
func TargetMAC(key []byte, item string, target Target) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(lengthPrefixed(item, string(target)))
	return mac.Sum(nil)
}

// NewLink chains an entry to the line before it. prev is nil for the first line.
func NewLink(prev []byte, seq int64, e Entry, mac []byte) Link {
	if prev == nil {
		prev = make([]byte, sha256.Size)
	}
	l := Link{
		Seq: seq, Day: e.Day, Actor: e.Actor, Act: string(e.Act), Lane: string(e.Lane), Outcome: string(e.Outcome),
		Room: string(e.Room), MAC: mac, Prev: prev,
	}
	l.Hash = l.sum()
	return l
}

func (l Link) sum() []byte {
	h := sha256.New()
	var seq [8]byte
	binary.BigEndian.PutUint64(seq[:], uint64(l.Seq))
	h.Write(seq[:])
	h.Write(lengthPrefixed(l.Day, l.Actor, l.Act, l.Lane, l.Outcome, l.Room, string(l.MAC), string(l.Prev)))
	return h.Sum(nil)
}

func lengthPrefixed(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// VerifyChain walks the journal and names the first line that is not as it was written. seq and head are what the store
// remembers of the last line.
func VerifyChain(lines iter.Seq2[Link, error], seq int64, head []byte) error {
	prev := make([]byte, sha256.Size)
	last := int64(0)
	for l, err := range lines {
		if err != nil {
			return fmt.Errorf("read journal after line %d: %w", last, err)
		}
		switch {
		case l.Seq != last+1:
			return fmt.Errorf("journal line %d is missing: line %d follows line %d", last+1, l.Seq, last)
		case !bytes.Equal(l.Prev, prev):
			return fmt.Errorf("journal line %d does not follow the line before it: one of them was changed or moved", l.Seq)
		case !bytes.Equal(l.Hash, l.sum()):
			return fmt.Errorf("journal line %d was changed after it was written", l.Seq)
		}
		prev, last = l.Hash, l.Seq
	}
	if last != seq || (seq > 0 && !bytes.Equal(prev, head)) {
		return fmt.Errorf("the journal ends at line %d, but line %d was written: its tail was cut off", last, seq)
	}
	return nil
}
