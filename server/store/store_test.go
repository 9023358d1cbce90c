package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/room"
	"porchlight/server/schedule"
	"porchlight/server/store"
)

// The store is what the room asks for.
var (
	_ room.Log      = (*store.Store)(nil)
	_ room.Sessions = (*store.Store)(nil)
	_ room.Items    = (*store.Store)(nil)
)

const (
	session protocol.SessionID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	canary  string             = "CANARY the words of one evening"
)

type kit struct {
	*store.Store
	dir   string
	clock time.Time
}

func (k *kit) config() store.Config {
	return store.Config{
		Data: filepath.Join(k.dir, "data"), Keys: filepath.Join(k.dir, "keys"), Run: filepath.Join(k.dir, "run"),
		Now: func() time.Time { return k.clock },
	}
}

func open(t *testing.T) *kit {
	t.Helper()
	k := &kit{dir: t.TempDir(), clock: time.Date(2026, 11, 24, 21, 0, 0, 0, time.UTC)}
	k.reopen(t)
	t.Cleanup(func() { _ = k.Close() })
	if err := k.AddRoom(t.Context(), schedule.Room{ID: "evening", Name: "Evening room", Kind: protocol.KindSupport, Capacity: 12}); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kit) reopen(t *testing.T) {
	t.Helper()
	if k.Store != nil {
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := store.Open(t.Context(), k.config())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	k.Store = s
}

func (k *kit) begin(t *testing.T) {
	t.Helper()
	if _, err := k.Begin(t.Context(), "evening", session); err != nil {
		t.Fatal(err)
	}
}

func record(position int64, text string) room.Record {
	return room.Record{Position: position, Stream: protocol.StreamRoom, Kind: protocol.KindSaid, Payload: []byte(`{"at":1,"n":1,"body":{"place":1,"id":"x","text":"` + text + `"}}`)}
}

func raise(lane protocol.Lane, target moderation.Target, evidence ...int64) moderation.Raise {
	return moderation.Raise{
		Item: moderation.ItemIDFor(session, target, lane), Session: session, Room: "evening", Lane: lane, Target: target,
		Why: protocol.ReasonAgreement, Place: 1, Handles: map[protocol.Place]protocol.Handle{1: "Quiet Heron"},
		Evidence: evidence, Subject: evidence[0], At: time.Date(2026, 11, 24, 21, 0, 0, 0, time.UTC).Unix(),
	}
}

// found lists the files below dir that hold any of the words.
func found(t *testing.T, dir string, words ...string) []string {
	t.Helper()
	var hits []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, w := range words {
			if bytes.Contains(b, []byte(w)) {
				hits = append(hits, filepath.Base(path)+": "+w)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func TestAppendIsCompareAndSet(t *testing.T) {
	k := open(t)
	k.begin(t)
	ctx := t.Context()
	if err := k.Append(ctx, session, 0, 1, room.Change{Records: []room.Record{record(1, "one"), record(2, "two")}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ after, epoch int64 }{"behind": {0, 1}, "ahead": {5, 1}, "another owner": {2, 2}} {
		err := k.Append(ctx, session, c.after, c.epoch, room.Change{Records: []room.Record{record(c.after+1, "no")}})
		if !errors.Is(err, room.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", name, err)
		}
	}
	if err := k.Append(ctx, session, 2, 1, room.Change{Replaces: []room.Replace{{Position: 1, Kind: protocol.KindTombstone, Payload: []byte("{}")}}}); err != nil {
		t.Fatal(err)
	}
	k.reopen(t)
	records, err := k.Read(ctx, session, 0)
	if err != nil || len(records) != 2 || records[0].Kind != protocol.KindTombstone || !strings.Contains(string(records[1].Payload), "two") {
		t.Errorf("read %+v, %v: want a tombstone and two", records, err)
	}
	if _, err := k.Begin(ctx, "evening", "bbbbbbbbbbbbbbbbbbbbbbbbbb"); protocol.CodeOf(err) != protocol.CodeAlreadyOpen {
		t.Errorf("a second session: %v", err)
	}
}

func TestADecisionNeedsALiveLeaseAndTheVersionSeen(t *testing.T) {
	k := open(t)
	k.begin(t)
	ctx := t.Context()
	change := room.Change{Records: []room.Record{record(1, canary)}, Items: []moderation.Op{raise(protocol.LaneConduct, "said/1", 1)}}
	if err := k.Append(ctx, session, 0, 1, change); err != nil {
		t.Fatal(err)
	}
	lease, err := k.TakeNext(ctx, "facilitator:j", "Juniper", "")
	if err != nil || lease == nil {
		t.Fatalf("take: %v, %v", lease, err)
	}
	decide := func(r moderation.Resolve) error {
		r.Item, r.Outcome = lease.Item, protocol.OutcomeHide
		return k.Append(ctx, session, 1, 1, room.Change{
			Records: []room.Record{record(2, "effect")}, Items: []moderation.Op{r},
			Journal: []moderation.Entry{{Actor: r.Person, Act: moderation.ActDecided, Item: lease.Item, Target: "said/1"}},
		})
	}
	good := moderation.Resolve{Version: lease.Version, Lease: lease.Lease, Person: "facilitator:j"}
	for name, r := range map[string]moderation.Resolve{
		"another's lease": {Version: good.Version, Lease: "x", Person: "facilitator:j"},
		"an old version":  {Version: good.Version - 1, Lease: good.Lease, Person: "facilitator:j"},
		"another person":  {Version: good.Version, Lease: good.Lease, Person: "facilitator:a"},
	} {
		if err := decide(r); protocol.CodeOf(err) != protocol.CodeStale {
			t.Errorf("%s: %v, want stale", name, err)
		}
	}
	k.clock = k.clock.Add(91 * time.Second)
	if err := decide(good); protocol.CodeOf(err) != protocol.CodeStale {
		t.Errorf("after the lease lapsed: %v, want stale", err)
	}
	if records, _ := k.Read(ctx, session, 1); len(records) != 0 {
		t.Errorf("a refused decision left %d records", len(records))
	}
	if lease, err = k.TakeItem(ctx, lease.Item, "facilitator:j", "Juniper"); err != nil {
		t.Fatal(err)
	}
	row, err := k.Item(ctx, lease.Item, "facilitator:j", lease.Lease)
	if err != nil || len(row.Evidence) != 1 || row.Summary.Handle != "Quiet Heron" || row.Summary.Late {
		t.Errorf("item %+v, %v", row, err)
	}
	if err := decide(moderation.Resolve{Version: lease.Version, Lease: lease.Lease, Person: "facilitator:j"}); err != nil {
		t.Errorf("a good decision: %v", err)
	}
	if q, err := k.Queue(ctx, "facilitator:j"); err != nil || len(q) != 0 {
		t.Errorf("queue %+v, %v, want empty", q, err)
	}
	if lines, err := k.VerifyJournal(ctx); err != nil || lines != 2 { // the room, the decision
		t.Errorf("journal has %d lines, %v", lines, err)
	}
}

func TestTwoFacilitatorsNeverGetTheSameItem(t *testing.T) {
	k := open(t)
	k.begin(t)
	var ops []moderation.Op
	for i := range 20 {
		ops = append(ops, raise(protocol.LaneHeld, moderation.TargetHold(1, protocol.CommandID(string(rune('a'+i)))), 1))
	}
	if err := k.Append(t.Context(), session, 0, 1, room.Change{Records: []room.Record{record(1, "x")}, Items: ops}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	got := map[protocol.ItemID]int{}
	var wg sync.WaitGroup
	for _, who := range []string{"facilitator:j", "facilitator:a"} {
		wg.Go(func() {
			for {
				lease, err := k.TakeNext(context.Background(), who, who, "")
				if err != nil || lease == nil {
					return
				}
				mu.Lock()
				got[lease.Item]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(got) != 20 {
		t.Errorf("%d items were taken, want 20", len(got))
	}
	for item, n := range got {
		if n != 1 {
			t.Errorf("item %s was taken %d times", item, n)
		}
	}
}

func TestNobodyTakesAnItemAboutThemselves(t *testing.T) {
	k := open(t)
	k.begin(t)
	about := raise(protocol.LaneConduct, "said/1", 1)
	about.Person = "facilitator:j"
	if err := k.Append(t.Context(), session, 0, 1, room.Change{Records: []room.Record{record(1, "x")}, Items: []moderation.Op{about}}); err != nil {
		t.Fatal(err)
	}
	if lease, err := k.TakeNext(t.Context(), "facilitator:j", "Juniper", ""); err != nil || lease != nil {
		t.Errorf("the server offered %+v, %v", lease, err)
	}
	if _, err := k.TakeItem(t.Context(), about.Item, "facilitator:j", "Juniper"); protocol.CodeOf(err) != protocol.CodeOwnItem {
		t.Errorf("taking it: %v", err)
	}
}

func TestARaisedFlagMergesAndReopens(t *testing.T) {
	k := open(t)
	k.begin(t)
	ctx := t.Context()
	r := raise(protocol.LaneConduct, "said/1", 1)
	r.Note = "the first note"
	if err := k.Append(ctx, session, 0, 1, room.Change{Records: []room.Record{record(1, "x")}, Items: []moderation.Op{r}}); err != nil {
		t.Fatal(err)
	}
	r.Note = "the second note"
	if err := k.Append(ctx, session, 1, 1, room.Change{Items: []moderation.Op{r}}); err != nil {
		t.Fatal(err)
	}
	lease, err := k.TakeNext(ctx, "facilitator:j", "Juniper", protocol.LaneConduct)
	if err != nil || lease == nil {
		t.Fatal(err)
	}
	row, err := k.Item(ctx, lease.Item, "facilitator:j", lease.Lease)
	if err != nil || row.Summary.Flags != 2 || len(row.Notes) != 2 || len(row.Evidence) != 1 {
		t.Errorf("merged item %+v, %v", row, err)
	}
	done := moderation.Resolve{Item: lease.Item, Version: lease.Version, Lease: lease.Lease, Person: "facilitator:j", Outcome: protocol.OutcomeNoAction}
	if err := k.Append(ctx, session, 1, 1, room.Change{Items: []moderation.Op{done}}); err != nil {
		t.Fatal(err)
	}
	if err := k.Append(ctx, session, 1, 1, room.Change{Items: []moderation.Op{r}}); err != nil {
		t.Fatal(err)
	}
	if q, err := k.Queue(ctx, ""); err != nil || len(q) != 1 || q[0].State != protocol.ItemReopened {
		t.Errorf("queue %+v, %v, want it reopened", q, err)
	}
}

func TestPurgeLeavesNothingButEvidence(t *testing.T) {
	k := open(t)
	k.begin(t)
	ctx := t.Context()
	if err := k.Append(ctx, session, 0, 1, room.Change{
		Records: []room.Record{record(1, canary+" reported"), record(2, canary+" only said")},
		Items:   []moderation.Op{raise(protocol.LaneConduct, "said/1", 1), raise(protocol.LaneHeld, "coverage", 2)},
	}); err != nil {
		t.Fatal(err)
	}
	if hits := found(t, k.dir, canary, "Quiet Heron"); len(hits) != 0 {
		t.Errorf("in clear on disk during the evening: %v", hits)
	}
	before, err := k.Read(ctx, session, 0)
	if err != nil || len(before) != 2 || !strings.Contains(string(before[1].Payload), canary) {
		t.Fatalf("positive control: the session's key does not open the evening: %v", err)
	}
	entry := moderation.Entry{Actor: "system", Act: moderation.ActPurged, Room: "evening"}
	for range 2 { // purging again is fine
		if err := k.Purge(ctx, session, entry); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Read(ctx, session, 0); err == nil {
		t.Error("the log can be read after the purge")
	}
	if wal, err := os.Stat(filepath.Join(k.dir, "data", "porchlight.db-wal")); err == nil && wal.Size() != 0 {
		t.Errorf("the write-ahead log holds %d bytes after the purge", wal.Size())
	}
	lease, err := k.TakeNext(ctx, "facilitator:j", "Juniper", "")
	if err != nil || lease == nil {
		t.Fatalf("the reported item is gone: %v", err)
	}
	row, err := k.Item(ctx, lease.Item, "facilitator:j", lease.Lease)
	if err != nil || len(row.Evidence) != 1 || !strings.Contains(string(row.Evidence[0].Payload), "reported") || row.Summary.At != 0 {
		t.Errorf("evidence %+v, %v: want the reported message, without its time", row, err)
	}
	if err := k.Settle(ctx, moderation.Resolve{
		Item: lease.Item, Version: lease.Version, Lease: lease.Lease, Person: "facilitator:j", Outcome: protocol.OutcomeNoAction,
	}, moderation.Entry{Actor: "facilitator:j", Act: moderation.ActDecided, Item: lease.Item, Target: "said/1"}); err != nil {
		t.Fatal(err)
	}
	k.clock = k.clock.AddDate(0, 0, 31)
	if err := k.SweepEvidence(ctx); err != nil {
		t.Fatal(err)
	}
	if keys, err := os.ReadDir(filepath.Join(k.dir, "keys")); err != nil || len(keys) != 0 {
		t.Errorf("keys left after the evidence's date: %v, %v", keys, err)
	}
	if _, err := k.Situate(ctx, lease.Item); protocol.CodeOf(err) != protocol.CodeNotFound {
		t.Errorf("the item after its date: %v", err)
	}
}

func TestASessionWhoseKeyIsGoneIsLost(t *testing.T) {
	k := open(t)
	k.begin(t)
	if err := k.Append(t.Context(), session, 0, 1, room.Change{Records: []room.Record{record(1, canary)}}); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(k.dir, "run")); err != nil {
		t.Fatal(err)
	}
	k.reopen(t)
	if left, err := k.Unpurged(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("unpurged %+v, %v", left, err)
	}
	lost := false
	for l, err := range k.Journal(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		lost = lost || l.Act == string(moderation.ActLost)
	}
	if !lost {
		t.Error("the journal does not say that the session was lost")
	}
}
