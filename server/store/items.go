package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"porchlight/internal/sqldb"
	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/keyring"
	"porchlight/server/room"
)

// details is what an item keeps under seal.
type details struct {
	Place    protocol.Place                     `json:"place,omitempty"`
	Handles  map[protocol.Place]protocol.Handle `json:"handles,omitempty"`
	Why      []protocol.Reason                  `json:"why"`
	Rules    []string                           `json:"rules,omitempty"`
	Notes    []string                           `json:"notes,omitempty"`
	N        int64                              `json:"n,omitempty"`
	Subject  int64                              `json:"subject,omitempty"`
	Evidence []room.Record                      `json:"evidence,omitempty"` // copies (care and conduct)
	Words    []int64                            `json:"words,omitempty"`    // positions in the log (held)
}

func (d *details) merge(r moderation.Raise) {
	d.Place = r.Place
	if d.Handles == nil {
		d.Handles = map[protocol.Place]protocol.Handle{}
	}
	for p, h := range r.Handles {
		d.Handles[p] = h
	}
	if !slices.Contains(d.Why, r.Why) {
		d.Why = append(d.Why, r.Why)
	}
	if r.Rule != "" && !slices.Contains(d.Rules, r.Rule) {
		d.Rules = append(d.Rules, r.Rule)
	}
	if r.Note != "" {
		d.Notes = append(d.Notes, r.Note)
	}
	if r.N > 0 {
		d.N = r.N
	}
	d.Subject = r.Subject
}

// deadlineOf is when somebody should have looked (research/mission 2c), Unix seconds.
func deadlineOf(lane protocol.Lane, at int64) int64 {
	wait := map[protocol.Lane]time.Duration{
		protocol.LaneCare: time.Minute, protocol.LaneHeld: 4 * time.Minute, protocol.LaneConduct: 10 * time.Minute,
		protocol.LaneSystem: 24 * time.Hour,
	}[lane]
	return at + int64(wait.Seconds())
}

// keptApart reports whether items of the lane have a key of their own, because their evidence outlives the session.
func keptApart(lane protocol.Lane) bool {
	return lane == protocol.LaneCare || lane == protocol.LaneConduct
}

// raise is an upsert on (session, target, lane): a flag on an open item merges, one on a resolved item reopens it.
func (a *appending) raise(ctx context.Context, r moderation.Raise) error {
	key, err := a.keyFor(r)
	if err != nil {
		return err
	}
	var d details
	var sealed []byte
	err = a.tx.QueryRowContext(ctx, `SELECT sealed FROM items WHERE id = ?`, r.Item).Scan(&sealed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return fmt.Errorf("raise item: %w", sqldb.Classify(err))
	default:
		if d, err = openDetails(key, r.Item, sealed); err != nil {
			return err
		}
	}
	d.merge(r)
	if err := a.gather(ctx, &d, r); err != nil {
		return err
	}
	if sealed, err = sealDetails(key, r.Item, d); err != nil {
		return err
	}
	_, err = a.tx.ExecContext(ctx, `
		INSERT INTO items (id, session, room, lane, lane_order, target, about, state, version, flags, raised_at, deadline, own_key, sealed)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'open', 1, 1, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			version = version + 1, flags = flags + 1, sealed = excluded.sealed,
			deadline = CASE WHEN state = 'resolved' THEN excluded.deadline ELSE deadline END,
			evidence_until = '',
			lease = CASE WHEN state = 'resolved' THEN '' ELSE lease END,
			state = CASE WHEN state = 'resolved' THEN 'reopened' ELSE state END`,
		r.Item, a.session, r.Room, r.Lane, slices.Index(protocol.Lanes(), r.Lane), r.Target, r.Person, r.At,
		deadlineOf(r.Lane, r.At), keptApart(r.Lane), sealed)
	if err != nil {
		return fmt.Errorf("raise item: %w", sqldb.Classify(err))
	}
	return nil
}

// keyFor returns the key an item is sealed under, durable before the commit that needs it.
func (a *appending) keyFor(r moderation.Raise) ([]byte, error) {
	if !keptApart(r.Lane) {
		return a.key, nil
	}
	key, err := a.s.lasting.Get(itemKey(r.Item))
	if errors.Is(err, keyring.ErrGone) {
		return a.s.lasting.Create(itemKey(r.Item))
	}
	return key, err
}

// gather copies the evidence into the item, or remembers where held words stand in the log.
func (a *appending) gather(ctx context.Context, d *details, r moderation.Raise) error {
	if !keptApart(r.Lane) {
		d.Words = append(d.Words, r.Evidence...)
		return nil
	}
	for _, position := range r.Evidence {
		if slices.ContainsFunc(d.Evidence, func(have room.Record) bool { return have.Position == position }) {
			continue
		}
		rec, err := a.record(ctx, position)
		if err != nil {
			return err
		}
		d.Evidence = append(d.Evidence, rec)
	}
	return nil
}

// record finds a record in this change or in the log.
func (a *appending) record(ctx context.Context, position int64) (room.Record, error) {
	for _, r := range a.change.Records {
		if r.Position == position {
			return r, nil
		}
	}
	r := room.Record{Position: position}
	var sealed []byte
	err := a.tx.QueryRowContext(ctx, `SELECT stream, kind, sealed FROM records WHERE session = ? AND position = ?`, a.session, position).
		Scan(&r.Stream, &r.Kind, &sealed)
	if err != nil {
		return r, fmt.Errorf("copy evidence: %w", sqldb.Classify(err))
	}
	if r.Payload, err = unseal(a.key, sealed, recordPlace(a.session, position, r.Stream, r.Kind)); err != nil {
		return r, fmt.Errorf("copy evidence at %d: %w", position, err)
	}
	return r, nil
}

func sealDetails(key []byte, id protocol.ItemID, d details) ([]byte, error) {
	plain, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("seal item: %w", err)
	}
	return seal(key, plain, itemPlace(id))
}

func openDetails(key []byte, id protocol.ItemID, sealed []byte) (details, error) {
	var d details
	plain, err := unseal(key, sealed, itemPlace(id))
	if err != nil {
		return d, fmt.Errorf("open item: %w", err)
	}
	if err := json.Unmarshal(plain, &d); err != nil {
		return d, fmt.Errorf("open item: %w", err)
	}
	return d, nil
}

// resolve is one statement: the decision stands only with a live lease, the version the facilitator saw, and not about
// themselves.
func (s *Store) resolve(ctx context.Context, tx *sql.Tx, r moderation.Resolve) error {
	until := s.now().UTC().AddDate(0, 0, s.days).Format(time.DateOnly)
	done, err := tx.ExecContext(ctx, `
		UPDATE items SET state = 'resolved', outcome = ?, version = version + 1, evidence_until = ?,
			lease = '', lease_by = '', lease_name = '', lease_until = 0
		WHERE id = ? AND version = ? AND lease = ? AND lease <> '' AND lease_by = ? AND lease_until >= ? AND state <> 'resolved' AND about <> ?`,
		r.Outcome, until, r.Item, r.Version, r.Lease, r.Person, s.now().Unix(), r.Person)
	if err != nil {
		return fmt.Errorf("resolve item: %w", sqldb.Classify(err))
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	var own int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM items WHERE id = ? AND about = ?`, r.Item, r.Person).Scan(&own); err != nil {
		return fmt.Errorf("resolve item: %w", sqldb.Classify(err))
	}
	if own > 0 {
		return protocol.Err(protocol.CodeOwnItem)
	}
	return protocol.Err(protocol.CodeStale)
}

func (a *appending) closeItem(ctx context.Context, op moderation.CloseItem) error {
	_, err := a.tx.ExecContext(ctx, `
		UPDATE items SET state = 'resolved', version = version + 1, lease = '', lease_by = '', lease_name = '', lease_until = 0
		WHERE id = ? AND state <> 'resolved'`, op.Item)
	if err != nil {
		return fmt.Errorf("close item: %w", sqldb.Classify(err))
	}
	return nil
}

// Situate returns where an item belongs, or protocol.CodeNotFound.
func (s *Store) Situate(ctx context.Context, id protocol.ItemID) (room.Situation, error) {
	on := room.Situation{Item: id}
	var state string
	err := s.main.Reader.QueryRowContext(ctx, `
		SELECT items.session, items.room, items.lane, items.target, sessions.state
		FROM items JOIN sessions ON sessions.id = items.session WHERE items.id = ?`, id).
		Scan(&on.Session, &on.Room, &on.Lane, &on.Target, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return on, protocol.Err(protocol.CodeNotFound)
	}
	if err != nil {
		return on, fmt.Errorf("find item: %w", sqldb.Classify(err))
	}
	on.Purged = state == "purged"
	return on, nil
}

// Settle commits a decision on an item whose session is purged: the item and the journal, no records.
func (s *Store) Settle(ctx context.Context, r moderation.Resolve, e moderation.Entry) error {
	return s.main.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.resolve(ctx, tx, r); err != nil {
			return err
		}
		return s.link(ctx, tx, e, "")
	})
}
