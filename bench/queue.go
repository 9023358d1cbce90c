package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"porchlight/bench/load"
	"porchlight/protocol"
)

const (
	queueRooms   = 20
	queueMembers = 12
	leaders      = 5 // facilitators who look at the queue at the same time
)

// queue measures the moderation queue with n items, a tenth of them open, while rooms talk: as SQL, and over HTTP.
func (b *bench) queue(ctx context.Context, n int) (figures, error) {
	return b.with(ctx, queueRooms, queueMembers, 10_000, func(p *process, f *load.Fleet, out figures) error {
		if _, err := f.Talk(4, 4*time.Second); err != nil {
			return err
		}
		if err := raise(ctx, p, f); err != nil {
			return err
		}
		path := filepath.Join(p.spec.Dir, "data", "porchlight.db")
		if err := fill(ctx, path, n); err != nil {
			return err
		}
		if err := listSQL(ctx, path, out); err != nil {
			return err
		}
		talking := make(chan error, 1)
		d := b.span(10 * time.Second)
		go func() {
			_, err := f.Paced(1, time.Millisecond, d, load.Window{Begin: func() {}, End: func() {}})
			talking <- err
		}()
		err := overHTTP(ctx, p, d/2, out)
		return errors.Join(err, <-talking)
	})
}

// raise lets one member of each room report what the others said, and waits until the queue has it.
func raise(ctx context.Context, p *process, f *load.Fleet) error {
	id := 0
	for r := range queueRooms {
		c := f.Conn(r, 2)
		for n := c.Last; n > max(c.Last-11, 0); n-- {
			id++
			frame := fmt.Sprintf(`{"type":"report","id":"report-%d","session":"%s","n":%d}`, id, c.Session, n)
			if err := f.Send(r, 2, []byte(frame)); err != nil {
				return err
			}
		}
	}
	for begin := time.Now(); time.Since(begin) < 10*time.Second; time.Sleep(50 * time.Millisecond) {
		items, err := p.lead.Queue(ctx)
		if err != nil || len(items) > id/2 {
			return err
		}
	}
	return errors.New("the reports did not become items")
}

// fill adds items until there are n: nine of ten resolved, the others due long after those that were raised.
func fill(ctx context.Context, path string, n int) error {
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=20000&_synchronous=OFF")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `
		WITH RECURSIVE more(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM more WHERE i < ?)
		INSERT INTO items (id, session, room, lane, lane_order, target, about, state, version, flags, raised_at, deadline, own_key, sealed)
		SELECT printf('filler-%d', i), session, room, 'conduct', 2, printf('filler/%d', i), '', CASE i % 10 WHEN 0 THEN 'open' ELSE 'resolved' END,
			1, 1, 0, 4000000000 + i, 1, zeroblob(300)
		FROM more, (SELECT session, room FROM items LIMIT 1)`, n)
	if err != nil {
		err = fmt.Errorf("fill the queue: %w", err)
	}
	return errors.Join(err, db.Close())
}

// listSQL times the next twenty open items as the database gives them.
func listSQL(ctx context.Context, path string, out figures) error {
	db, err := sql.Open("sqlite3", "file:"+path+"?_query_only=true&_busy_timeout=5000&_stmt_cache_size=8")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	h := histogram()
	for range 3000 {
		begin := time.Now()
		rows, err := db.QueryContext(ctx, `
			SELECT id, version, lane, state, room, deadline, sealed FROM items
			WHERE state <> 'resolved' ORDER BY lane_order, deadline, id LIMIT 20`)
		if err != nil {
			return errors.Join(err, db.Close())
		}
		for rows.Next() {
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return errors.Join(err, db.Close())
		}
		_ = h.RecordValue(int64(time.Since(begin))) // beyond two minutes is no figure
	}
	out["SQL list p50 (ms)"], out["SQL list p99 (ms)"] = quantiles(h)
	return db.Close()
}

func histogram() *hdrhistogram.Histogram { return hdrhistogram.New(1_000, int64(2*time.Minute), 3) }

func quantiles(h *hdrhistogram.Histogram) (p50, p99 float64) {
	return float64(h.ValueAtQuantile(50)) / 1e6, float64(h.ValueAtQuantile(99)) / 1e6
}

// overHTTP lets facilitators list and take at the same time. Nobody may get what another has.
func overHTTP(ctx context.Context, p *process, d time.Duration, out figures) error {
	lists, claims := histogram(), histogram()
	var mu sync.Mutex // protects the histograms and the following
	held := map[protocol.ItemID]bool{}
	double := 0
	var failed error
	timed := func(h *hdrhistogram.Histogram, do func() error) {
		begin := time.Now()
		err := do()
		took := time.Since(begin)
		mu.Lock()
		defer mu.Unlock()
		failed = errors.Join(failed, err)
		_ = h.RecordValue(int64(took)) // beyond two minutes is no figure
	}
	var working sync.WaitGroup
	until := time.Now().Add(d)
	for range leaders {
		working.Go(func() {
			for time.Now().Before(until) {
				timed(lists, func() error { _, err := p.lead.Queue(ctx); return err })
				var lease protocol.Lease
				timed(claims, func() error {
					return p.lead.Call(ctx, http.MethodPost, "/api/items/take", map[string]string{}, &lease)
				})
				mu.Lock()
				if held[lease.Item] {
					double++
				}
				held[lease.Item] = true
				mu.Unlock()
				time.Sleep(10 * time.Millisecond) // it is looked at
				mu.Lock()
				delete(held, lease.Item)
				mu.Unlock()
				err := p.lead.Call(ctx, http.MethodPost, "/api/items/"+string(lease.Item)+"/put-back", map[string]string{"lease": lease.Lease}, nil)
				if err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	working.Wait()
	out["HTTP list p50 (ms)"], out["HTTP list p99 (ms)"] = quantiles(lists)
	out["HTTP claim p50 (ms)"], out["HTTP claim p99 (ms)"] = quantiles(claims)
	out["claims"], out["double claims"] = float64(claims.TotalCount()), float64(double)
	return failed
}
