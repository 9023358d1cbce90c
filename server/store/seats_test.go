package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/identity"
	"porchlight/server/room"
	"porchlight/server/store"
)

func seatNamed(id string, h protocol.Handle) identity.Seat {
	return identity.Seat{ID: id, Room: "evening", Handle: h}
}

func TestASlipIsSpentOnce(t *testing.T) {
	k := open(t)
	slip := identity.HashOf("slip")
	if err := k.AddSlips(t.Context(), "evening", []identity.Hash{slip}); err != nil {
		t.Fatal(err)
	}
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			id := string(rune('a' + i))
			err := k.Redeem(t.Context(), slip, seatNamed(id, protocol.Handle("Quiet "+id)), identity.HashOf("c"+id), identity.HashOf("d"+id))
			switch {
			case err == nil:
				won.Add(1)
			case protocol.CodeOf(err) != protocol.CodeSpent:
				t.Errorf("a lost race answers %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("one slip made %d seats", won.Load())
	}
	if _, err := k.SlipRoom(t.Context(), slip); protocol.CodeOf(err) != protocol.CodeSpent {
		t.Errorf("a spent slip: %v", err)
	}
	if _, err := k.SlipRoom(t.Context(), identity.HashOf("none")); protocol.CodeOf(err) != protocol.CodeRefused {
		t.Errorf("a slip nobody made: %v", err)
	}
}

func TestATakenNameSpendsNothing(t *testing.T) {
	k := open(t)
	a, b := identity.HashOf("a"), identity.HashOf("b")
	if err := k.AddSlips(t.Context(), "evening", []identity.Hash{a, b}); err != nil {
		t.Fatal(err)
	}
	if err := k.Redeem(t.Context(), a, seatNamed("one", "Quiet Heron"), identity.HashOf("c1"), identity.HashOf("d1")); err != nil {
		t.Fatal(err)
	}
	if err := k.Redeem(t.Context(), b, seatNamed("two", "quiet  heron"), identity.HashOf("c2"), identity.HashOf("d2")); protocol.CodeOf(err) != protocol.CodeHandle {
		t.Errorf("a name that looks the same: %v", err)
	}
	if _, err := k.SlipRoom(t.Context(), b); err != nil {
		t.Errorf("the slip was spent for nothing: %v", err)
	}
	if seat, err := k.SeatByCredential(t.Context(), "evening", identity.HashOf("c1")); err != nil || seat.ID != "one" {
		t.Errorf("by words: %+v, %v", seat, err)
	}
	if _, err := k.SeatByDevice(t.Context(), "late", identity.HashOf("d1")); protocol.CodeOf(err) != protocol.CodeRefused {
		t.Errorf("a device in another room: %v", err)
	}
}

func TestAnInvitationWorksOnceForAnHour(t *testing.T) {
	k := open(t)
	ctx := t.Context()
	code := identity.HashOf("code")
	if err := k.Invite(ctx, code, identity.DutyFacilitator, "Juniper", k.clock.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w, err := k.AcceptInvite(ctx, code, "w1")
	if err != nil || w.Duty != identity.DutyFacilitator || w.Name != "Juniper" {
		t.Fatalf("accept: %+v, %v", w, err)
	}
	if _, err := k.AcceptInvite(ctx, code, "w2"); protocol.CodeOf(err) != protocol.CodeRefused {
		t.Errorf("a second time: %v", err)
	}
	late := identity.HashOf("late")
	if err := k.Invite(ctx, late, identity.DutyStaff, "Desk", k.clock.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	session := identity.HashOf("session")
	if err := k.NewSignIn(ctx, session, w.ID); err != nil {
		t.Fatal(err)
	}
	for range 20 { // used every 20 minutes it lives, but not beyond twelve hours
		k.clock = k.clock.Add(20 * time.Minute)
		if _, err := k.SignedIn(ctx, session); err != nil {
			t.Fatalf("in use: %v", err)
		}
	}
	if _, err := k.AcceptInvite(ctx, late, "w3"); protocol.CodeOf(err) != protocol.CodeRefused {
		t.Errorf("after its hour: %v", err)
	}
	k.clock = k.clock.Add(31 * time.Minute)
	if _, err := k.SignedIn(ctx, session); protocol.CodeOf(err) != protocol.CodeRefused {
		t.Errorf("half an hour unused: %v", err)
	}
}

func TestTheDataDirectoryHasOneOwner(t *testing.T) {
	k := open(t)
	if _, err := store.Open(t.Context(), k.config()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
}

func TestAKeyNobodyCommittedIsSwept(t *testing.T) {
	k := open(t)
	orphan := filepath.Join(k.dir, "keys", "item-"+string(moderation.ItemIDFor(session, "said/9", protocol.LaneCare)))
	if err := os.WriteFile(orphan, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	k.reopen(t)
	if _, err := os.Stat(orphan); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the orphan is still there: %v", err)
	}
}

func TestAPurgeThatWasBegunIsFinished(t *testing.T) {
	k := open(t)
	k.begin(t)
	if err := k.Append(t.Context(), session, 0, 1, room.Change{Records: []room.Record{record(1, canary)}}); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(k.dir, "run", "session-"+string(session))
	secret, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Purge(t.Context(), session, moderation.Entry{Actor: "system", Act: moderation.ActPurged, Room: "evening"}); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil { // as if the process had ended between the commit and the key
		t.Fatal(err)
	}
	if err := os.WriteFile(key, secret, 0o600); err != nil {
		t.Fatal(err)
	}
	k.reopen(t)
	if _, err := os.Stat(key); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the key is still there: %v", err)
	}
}

// TestIdentityKeepsNoOrder makes the same slips in two orders: after the rewrite both files hold them alike, and nothing is
// left in the log beside them.
func TestIdentityKeepsNoOrder(t *testing.T) {
	layout := func(order []int) []int {
		k := open(t)
		for _, i := range order {
			if err := k.AddSlips(t.Context(), "evening", []identity.Hash{identity.HashOf(fmt.Sprint(i))}); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.RewriteIdentity(t.Context()); err != nil {
			t.Fatal(err)
		}
		if wal, err := os.Stat(filepath.Join(k.dir, "data", "identity.db-wal")); err == nil && wal.Size() != 0 {
			t.Errorf("the log beside the identity file holds %d bytes", wal.Size())
		}
		file, err := os.ReadFile(filepath.Join(k.dir, "data", "identity.db"))
		if err != nil {
			t.Fatal(err)
		}
		at := make([]int, len(order))
		for i := range at {
			h := identity.HashOf(fmt.Sprint(i))
			if at[i] = bytes.Index(file, h[:]); at[i] < 0 || bytes.Count(file, h[:]) != 1 {
				t.Errorf("slip %d stands in the file %d times", i, bytes.Count(file, h[:]))
			}
		}
		return at
	}
	forth, back := make([]int, 60), make([]int, 60)
	for i := range forth {
		forth[i], back[i] = i, len(back)-1-i
	}
	if a, b := layout(forth), layout(back); !slices.Equal(a, b) {
		t.Errorf("the file tells in which order slips were made:\n%v\n%v", a, b)
	}
}
