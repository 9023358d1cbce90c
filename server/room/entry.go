package room

import (
	"fmt"
	"sort"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"porchlight/protocol"
)

// entry is the sealed payload of a record: the wire's body and what only the log needs.
type entry struct {
	At int64 `json:"at"` // Unix seconds
	// N is the number in the record's stream; 0 for nobody.
	N int64 `json:"n,omitzero"`
	// By, ID and Sum name the command this record answers, so that its retry is answered and not repeated.
	// Status is set on the one record of a change that answers.
	By     protocol.Place     `json:"by,omitzero"`
	ID     protocol.CommandID `json:"id,omitzero"`
	Sum    string             `json:"sum,omitzero"`
	Status protocol.AckStatus `json:"status,omitzero"`
	Body   jsontext.Value     `json:"body"`
}

func (e entry) seal() ([]byte, error) { return json.Marshal(e) }

func openEntry(r Record) (entry, protocol.Payload, error) {
	if r.written != nil {
		return r.written.entry, r.written.body, nil
	}
	var e entry
	if err := json.Unmarshal(r.Payload, &e); err != nil {
		return e, nil, fmt.Errorf("open entry at %d: %w", r.Position, err)
	}
	p, err := protocol.DecodePayload(r.Kind, e.Body)
	if err != nil {
		return e, nil, fmt.Errorf("open entry at %d: %w", r.Position, err)
	}
	return e, p, nil
}

// frame is how the record goes over the wire.
func (e entry) frame(r Record) protocol.RecordFrame {
	return protocol.RecordFrame{Stream: r.Stream, N: e.N, At: e.At, Kind: r.Kind, Body: e.Body}
}

// Words reads the messages among the records of an item, in their order; the one at position subject is marked.
// Tombstones and records without words are passed over.
func Words(records []Record, subject int64, names map[protocol.Place]protocol.Handle) []protocol.ItemWords {
	sorted := append([]Record(nil), records...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Position < sorted[j].Position })
	var words []protocol.ItemWords
	for _, r := range sorted {
		e, p, err := openEntry(r)
		if err != nil {
			continue // an unreadable neighbour must not keep help from the message itself
		}
		place, text := wordsOf(p)
		if text == "" {
			continue
		}
		words = append(words, protocol.ItemWords{Handle: names[place], Text: text, At: e.At, Subject: r.Position == subject})
	}
	return words
}

func wordsOf(p protocol.Payload) (protocol.Place, string) {
	switch p := p.(type) {
	case protocol.Said:
		return p.Place, p.Text
	case protocol.Held:
		return p.Place, p.Text
	case protocol.AsideSaid:
		return p.Place, p.Text
	default:
		return 0, ""
	}
}
