package servertest_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"golang.org/x/crypto/chacha20poly1305"

	"porchlight/protocol"
	"porchlight/server/servertest"
)

// After the purge nothing that the remaining keys open holds the evening's text, the evidence of the items excepted: not
// the database, not its log, not a backup taken while the evening went on. Before it, the same search finds every
// message with the session's key, so that the search is known to work.
func TestPurgeLeavesNothing(t *testing.T) {
	n := begin(t)
	n.wren.Say(t, hello)
	n.ivy.Say(t, held)
	n.oak.Say(t, between)
	gone := n.wren.Say(t, regretted)
	if err := n.wren.Withdraw(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	n.oak.Say(t, early)
	n.wren.Say(t, second)
	bad := n.ivy.Say(t, unkind)
	n.settled(t, unkind)
	if err := n.oak.Report(t.Context(), bad, "This hurt. Bramblewort."); err != nil {
		t.Fatal(err)
	}
	n.lead.Decide(t, protocol.LaneHeld, protocol.Decide{Outcome: protocol.OutcomeRelease})
	n.lead.Decide(t, protocol.LaneConduct, protocol.Decide{Outcome: protocol.OutcomeHide, Reason: protocol.ReasonAgreement})

	backup := t.TempDir() // a copy of data and keys; the run directory is in no backup, but the attacker has it too
	all := words(hello, held, between, regretted, early, second, unkind, "Bramblewort.")
	// The reported item: its message, the two before it, and the reporter's note.
	evidence := words(early, second, unkind, "Bramblewort.")

	n.Stop(t)
	copyTree(t, n.Config.Data, filepath.Join(backup, "data"))
	copyTree(t, n.Config.Run, filepath.Join(backup, "run"))
	found := search(t, filepath.Join(backup, "data"), filepath.Join(backup, "run"), n.Config.Keys)
	for _, w := range all {
		// The withdrawn and the hidden message are tombstones already; the hidden one is evidence.
		if want := w != "Foxglove"; found.opened[w] != want {
			t.Errorf("before the purge the search finds %q: %t, want %t", w, found.opened[w], want)
		}
		if found.plain[w] != "" {
			t.Errorf("%q stands unsealed in %s", w, found.plain[w])
		}
	}

	n.Restart(t)
	n.juniper.Await(t, "the room again", isState)
	if err := n.juniper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.lead.Web.PurgeNow(t.Context(), n.room); err != nil {
		t.Fatal(err)
	}
	n.Stop(t)
	for name, data := range map[string]string{"the data directory": n.Config.Data, "a backup of the evening": filepath.Join(backup, "data")} {
		found := search(t, data, n.Config.Run, n.Config.Keys)
		for _, w := range all {
			want := false
			for _, e := range evidence {
				want = want || e == w
			}
			if found.opened[w] != want {
				t.Errorf("after the purge the remaining keys open %q in %s: %t, want %t", w, name, found.opened[w], want)
			}
			if found.plain[w] != "" {
				t.Errorf("%q stands unsealed in %s", w, found.plain[w])
			}
		}
	}
	logged := n.Log()
	for _, w := range append(all, string(n.wren.Handle), n.wren.Secret, "127.0.0.1") {
		if strings.Contains(logged, w) {
			t.Errorf("the log names %q", w)
		}
	}
}

// The purge comes by itself, an hour after the close.
func TestPurgeByTheClock(t *testing.T) {
	n := begin(t)
	n.wren.Say(t, hello)
	if err := n.juniper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	closed := servertest.AwaitBody(t, n.wren, func(protocol.Closed) bool { return true })
	now := n.Clock.Now().Unix()
	if wait := closed.PurgeAt - now; wait < 3590 || wait > 3600 {
		t.Errorf("the text is destroyed in %d s, want an hour", wait)
	}
	key := sessionKeys(t, n.Config.Run)
	if len(key) != 1 {
		t.Fatalf("keys of sessions: %q, want one", key)
	}
	n.Clock.Advance(time.Hour)
	deadline := time.NewTimer(servertest.Patience)
	defer deadline.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for len(sessionKeys(t, n.Config.Run)) > 0 {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatal("the key of the session stands an hour after the close")
		}
	}
}

func sessionKeys(t *testing.T, run string) []string {
	t.Helper()
	keys, err := filepath.Glob(filepath.Join(run, "session-*"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// words returns the one word of each text that stands nowhere else.
func words(texts ...string) []string {
	var w []string
	for _, text := range texts {
		fields := strings.Fields(text)
		w = append(w, strings.TrimSuffix(fields[len(fields)-1], "."))
	}
	return w
}

// found says which words an attacker with files and keys reads.
type found struct {
	opened map[string]bool   // under some key
	plain  map[string]string // in no need of one: the file
}

// search reads every byte of every file, and tries every key on every blob of the databases.
func search(t *testing.T, data, run, keys string) found {
	t.Helper()
	f := found{opened: map[string]bool{}, plain: map[string]string{}}
	canaries := words(hello, held, between, regretted, early, second, unkind, "Bramblewort.")
	look := func(b []byte, tell func(word string)) {
		for _, w := range canaries {
			if bytes.Contains(bytes.ToLower(b), bytes.ToLower([]byte(w))) {
				tell(w)
			}
		}
	}
	var ring [][]byte
	for _, dir := range []string{data, run, keys} {
		for path, b := range files(t, dir) {
			look(b, func(w string) { f.plain[w] = path })
			if len(b) == chacha20poly1305.KeySize {
				ring = append(ring, b)
			}
		}
	}
	for _, s := range sealed(t, filepath.Join(data, "porchlight.db")) {
		for _, key := range ring {
			if plain, ok := open(key, s); ok {
				tell := func(w string) { f.opened[w] = true }
				look(plain, tell)
				for _, inner := range base64Text.FindAll(plain, -1) { // evidence lies in items as JSON in JSON
					if b, err := base64.StdEncoding.DecodeString(string(inner)); err == nil {
						look(b, tell)
					}
				}
			}
		}
	}
	return f
}

var base64Text = regexp.MustCompile(`[A-Za-z0-9+/]{16,}={0,2}`)

// box is a sealed blob and what it is bound to.
type box struct{ sealed, bound []byte }

func open(key []byte, b box) ([]byte, bool) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil || len(b.sealed) < aead.NonceSize() {
		return nil, false
	}
	plain, err := aead.Open(nil, b.sealed[:aead.NonceSize()], b.sealed[aead.NonceSize():], b.bound)
	return plain, err == nil
}

// sealed reads every record and item with what binds it to its place (design section 6).
func sealed(t *testing.T, path string) []box {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=rw")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // only read from
	var boxes []box
	rows, err := db.QueryContext(t.Context(), `SELECT session, position, stream, kind, sealed FROM records`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // only read from
	for rows.Next() {
		var session, stream, kind string
		var position int64
		var b box
		if err := rows.Scan(&session, &position, &stream, &kind, &b.sealed); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{session, stream, kind} {
			b.bound = append(binary.AppendUvarint(b.bound, uint64(len(part))), part...)
		}
		b.bound = binary.BigEndian.AppendUint64(b.bound, uint64(position))
		boxes = append(boxes, b)
	}
	items, err := db.QueryContext(t.Context(), `SELECT id, sealed FROM items`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = items.Close() }() // only read from
	for items.Next() {
		var id string
		var b box
		if err := items.Scan(&id, &b.sealed); err != nil {
			t.Fatal(err)
		}
		b.bound = []byte("item/" + id)
		boxes = append(boxes, b)
	}
	if rows.Err() != nil || items.Err() != nil {
		t.Fatal(rows.Err(), items.Err())
	}
	return boxes
}

func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	for path, b := range files(t, from) {
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
