package protocol_test

import (
	"testing"

	"porchlight/protocol"
)

func TestQuick(t *testing.T) {
	b, err := protocol.Encode(protocol.Say{CommandHead: protocol.CommandHead{ID: "a1", Session: "abcdefghijklmnopqrstuvwxyz"}, Text: "hi"})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%q", b)
	f, _, err := protocol.DecodeClient(b)
	t.Logf("%#v %v", f, err)
	for _, s := range []string{`{"type":"say","id":"a","session":"abcdefghijklmnopqrstuvwxyz","text":"x","Text":"y"}`, `{"type":"say","id":"a","id":"b"}`, `{"type":"nope"}`, `{"type":"say","id":"a","session":"abcdefghijklmnopqrstuvwxyz","text":5}`, `{"type":"beat"}{}`} {
		f, id, err := protocol.DecodeClient([]byte(s))
		t.Logf("%#v %q %v", f, id, err)
	}
	b, err = protocol.Encode(protocol.Beat{})
	t.Logf("%d %q %v", len(b), b[:20], err)
}
