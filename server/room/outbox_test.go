package room_test

import (
	"testing"

	"porchlight/protocol"
	"porchlight/server/room"
)

func TestOutboxKeepsOrderAndTellsTheSlow(t *testing.T) {
	wakes := 0
	o := room.NewOutbox(10, func() { wakes++ })
	if !o.Offer([]byte("aaaa")) || !o.Offer([]byte("bbbb")) {
		t.Fatal("an outbox with room refuses")
	}
	frames, end := o.Take(nil)
	if len(frames) != 2 || string(frames[0]) != "aaaa" || string(frames[1]) != "bbbb" || end != 0 || wakes != 1 {
		t.Errorf("took %q, end %d, %d wakes; want both in order, no end, one wake", frames, end, wakes)
	}
	o.Offer([]byte("cccc"))
	if wakes != 1 {
		t.Errorf("woken %d times while the writer was still taking", wakes)
	}
	o.Take(nil)
	o.Take(nil)
	o.Offer([]byte("dddd"))
	if wakes != 2 {
		t.Errorf("woken %d times after the writer went to sleep, want 2", wakes)
	}
	o.Offer([]byte("eeee"))
	if o.Offer([]byte("ffff")) {
		t.Error("took more than its limit")
	}
	if frames, end := o.Take(nil); len(frames) != 0 || end != protocol.CloseSlow {
		t.Errorf("slow reader: %q, end %d, want nothing and CloseSlow", frames, end)
	}
	o.End(protocol.CloseNormal)
	if _, end := o.Take(nil); end != protocol.CloseSlow {
		t.Errorf("the first end stands: got %d", end)
	}
}

func TestOutboxEndComesAfterWhatIsQueued(t *testing.T) {
	o := room.NewOutbox(100, func() {})
	o.Offer([]byte("last words"))
	o.End(protocol.CloseRemoved)
	if frames, end := o.Take(nil); len(frames) != 1 || end != protocol.CloseRemoved {
		t.Errorf("took %q, end %d", frames, end)
	}
	if o.Offer([]byte("x")) {
		t.Error("offers after the end are taken")
	}
}

func TestOfferAllocatesNothing(t *testing.T) {
	o := room.NewOutbox(1<<30, func() {})
	frame := []byte("frame")
	buf := make([][]byte, 0, 4)
	o.Offer(frame)
	o.Take(buf)
	if n := testing.AllocsPerRun(1000, func() { o.Offer(frame); o.Take(buf[:0]) }); n != 0 {
		t.Errorf("%v allocations per delivery, want 0", n)
	}
}
