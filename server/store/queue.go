package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"porchlight/internal/sqldb"
	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/room"
)

// leaseTime is how long a claim lives without a heartbeat.
const leaseTime = 90 * time.Second

// queueMost bounds one listing.
const queueMost = 200

const itemColumns = `
	SELECT items.id, items.version, items.lane, items.state, items.room, rooms.name, items.flags, items.raised_at, items.deadline,
		items.lease_by, items.lease_name, items.lease_until, items.about, items.session, items.target, items.own_key, items.sealed, sessions.state
	FROM items JOIN rooms ON rooms.id = items.room JOIN sessions ON sessions.id = items.session `

// itemRow is a row of the above.
type itemRow struct {
	summary    protocol.ItemSummary
	deadline   int64
	leaseBy    string
	leaseUntil int64
	about      string
	session    protocol.SessionID
	target     moderation.Target
	ownKey     bool
	sealed     []byte
	meeting    string
	details    details
}

func (s *Store) scanItem(scan func(...any) error, person string) (itemRow, error) {
	var r itemRow
	err := scan(&r.summary.Item, &r.summary.Version, &r.summary.Lane, &r.summary.State, &r.summary.Room, &r.summary.Name,
		&r.summary.Flags, &r.summary.At, &r.deadline, &r.leaseBy, &r.summary.LeaseBy, &r.leaseUntil, &r.about, &r.session,
		&r.target, &r.ownKey, &r.sealed, &r.meeting)
	if err != nil {
		return r, err
	}
	now := s.now().Unix()
	if r.leaseUntil < now { // lapsed: free again, whatever the row says
		r.leaseBy, r.summary.LeaseBy = "", ""
		if r.summary.State == protocol.ItemLeased {
			r.summary.State = protocol.ItemOpen
		}
	}
	r.summary.Mine = r.leaseBy != "" && r.leaseBy == person
	r.summary.About = r.about != "" && r.about == person
	r.summary.Late = r.deadline > 0 && r.deadline < now
	key, err := s.itemSecret(r)
	if err != nil {
		return r, err
	}
	if r.details, err = openDetails(key, r.summary.Item, r.sealed); err != nil {
		return r, err
	}
	r.summary.Why = r.details.Why
	r.summary.Handle = r.details.Handles[r.details.Place]
	return r, nil
}

func (s *Store) itemSecret(r itemRow) ([]byte, error) {
	if r.ownKey {
		return s.lasting.Get(itemKey(r.summary.Item))
	}
	return s.sessions.get(r.session)
}

// Queue lists what is not resolved, the most urgent lane and the earliest deadline first, at most 200 items.
// person is who reads: their own leases are marked, and what is about themselves.
func (s *Store) Queue(ctx context.Context, person string) (_ []protocol.ItemSummary, err error) {
	rows, err := s.main.Reader.QueryContext(ctx, itemColumns+`
		WHERE items.state <> 'resolved' ORDER BY items.lane_order, items.deadline, items.id LIMIT ?`, queueMost)
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", sqldb.Classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all := []protocol.ItemSummary{}
	for rows.Next() {
		r, err := s.scanItem(rows.Scan, person)
		if err != nil {
			// One unreadable item must not hide the others; it is shown without its details.
			s.logger.WarnContext(ctx, "an item of the queue cannot be opened", "lane", r.summary.Lane, "error", err)
		}
		all = append(all, r.summary)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list queue: %w", sqldb.Classify(err))
	}
	return all, nil
}

// TakeNext gives the facilitator the most urgent free item, of one lane or (lane "") of any. Nil when there is none.
// Nobody gets an item about themselves.
func (s *Store) TakeNext(ctx context.Context, person, name string, lane protocol.Lane) (*protocol.Lease, error) {
	lease, err := s.take(ctx, person, name, `
		SELECT id FROM items
		WHERE state <> 'resolved' AND lease_until < ? AND about <> ? AND (? = '' OR lane = ?)
		ORDER BY lane_order, deadline, id LIMIT 1`, s.now().Unix(), person, lane, lane)
	if protocol.CodeOf(err) == protocol.CodeStale {
		return nil, nil //nolint:nilnil // nothing waits, which is the good case
	}
	return lease, err
}

// TakeItem gives the facilitator this item if it is free or theirs already; protocol.CodeStale otherwise.
func (s *Store) TakeItem(ctx context.Context, id protocol.ItemID, person, name string) (*protocol.Lease, error) {
	var about string
	err := s.main.Reader.QueryRowContext(ctx, `SELECT about FROM items WHERE id = ?`, id).Scan(&about)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, protocol.Err(protocol.CodeNotFound)
	case err != nil:
		return nil, fmt.Errorf("take item: %w", sqldb.Classify(err))
	case about == person:
		return nil, protocol.Err(protocol.CodeOwnItem)
	}
	return s.take(ctx, person, name, `
		SELECT id FROM items WHERE id = ? AND state <> 'resolved' AND (lease_until < ? OR lease_by = ?) AND about <> ?`,
		id, s.now().Unix(), person, person)
}

// take is one statement, so that two facilitators never get the same item.
func (s *Store) take(ctx context.Context, person, name, which string, args ...any) (*protocol.Lease, error) {
	until := s.now().Add(leaseTime).Unix()
	lease := protocol.Lease{Lease: rand.Text(), Until: until}
	err := s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `
			UPDATE items SET state = 'leased', lease = ?, lease_by = ?, lease_name = ?, lease_until = ?, version = version + 1
			WHERE id = (`+which+`) RETURNING id, version`,
			append([]any{lease.Lease, person, name, until}, args...)...).Scan(&lease.Item, &lease.Version)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, protocol.Err(protocol.CodeStale)
	}
	if err != nil {
		return nil, fmt.Errorf("take item: %w", sqldb.Classify(err))
	}
	return &lease, nil
}

// BeatLease keeps a live lease for another 90 s; protocol.CodeStale when it lapsed or is another's.
func (s *Store) BeatLease(ctx context.Context, id protocol.ItemID, lease string) (*protocol.Lease, error) {
	now := s.now()
	beat := protocol.Lease{Item: id, Lease: lease, Until: now.Add(leaseTime).Unix()}
	err := s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `
			UPDATE items SET lease_until = ? WHERE id = ? AND lease = ? AND lease <> '' AND lease_until >= ? AND state <> 'resolved'
			RETURNING version`, beat.Until, id, lease, now.Unix()).Scan(&beat.Version)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, protocol.Err(protocol.CodeStale)
	}
	if err != nil {
		return nil, fmt.Errorf("beat lease: %w", sqldb.Classify(err))
	}
	return &beat, nil
}

// PutBack frees an item. A lease that is not the item's changes nothing.
func (s *Store) PutBack(ctx context.Context, id protocol.ItemID, lease string) error {
	err := s.main.Exec(ctx, `
		UPDATE items SET state = 'open', lease = '', lease_by = '', lease_name = '', lease_until = 0, version = version + 1
		WHERE id = ? AND lease = ? AND lease <> '' AND state <> 'resolved'`, id, lease)
	if err != nil {
		return fmt.Errorf("put item back: %w", sqldb.Classify(err))
	}
	return nil
}

// Item returns an item to who holds its live lease; protocol.CodeStale to anybody else.
func (s *Store) Item(ctx context.Context, id protocol.ItemID, person, lease string) (room.OpenedItem, error) {
	r, err := s.scanItem(s.main.Reader.QueryRowContext(ctx, itemColumns+`
		WHERE items.id = ? AND items.lease = ? AND items.lease <> '' AND items.lease_by = ? AND items.lease_until >= ?`,
		id, lease, person, s.now().Unix()).Scan, person)
	if errors.Is(err, sql.ErrNoRows) {
		return room.OpenedItem{}, protocol.Err(protocol.CodeStale)
	}
	if err != nil {
		return room.OpenedItem{}, fmt.Errorf("read item: %w", sqldb.Classify(err))
	}
	row := room.OpenedItem{
		Summary: r.summary, Session: r.session, Place: r.details.Place, Target: r.target, Notes: r.details.Notes,
		Names: r.details.Handles, Evidence: r.details.Evidence, Subject: r.details.Subject,
		Closed: r.meeting != "open", Purged: r.meeting == "purged",
	}
	if len(r.details.Words) > 0 {
		if row.Evidence, err = s.wordsAt(ctx, r.session, r.details.Words); err != nil {
			return room.OpenedItem{}, err
		}
	}
	return row, nil
}

// wordsAt reads what stands at the positions of a live log now: words taken back are gone from it.
func (s *Store) wordsAt(ctx context.Context, session protocol.SessionID, positions []int64) ([]room.Record, error) {
	log, err := s.Read(ctx, session, positions[0]-1)
	if err != nil {
		return nil, err
	}
	var words []room.Record
	for _, p := range positions {
		if i := p - positions[0]; i >= 0 && i < int64(len(log)) {
			words = append(words, log[i])
		}
	}
	return words, nil
}
