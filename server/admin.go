package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"porchlight/moderation"
	"porchlight/protocol"
	"porchlight/server/config"
	"porchlight/server/identity"
	"porchlight/server/schedule"
	"porchlight/server/store"
)

// inviteLives is how long a one-time link works.
const inviteLives = time.Hour

// Admin is what an operator asks for at the machine, of a running server or of its data.
type Admin struct {
	store *store.Store
	now   func() time.Time
}

// AddRoomRequest asks for a new room.
type AddRoomRequest struct {
	ID       protocol.RoomID   `json:"id"`
	Name     string            `json:"name"`
	Kind     protocol.RoomKind `json:"kind"`
	Capacity int               `json:"capacity"` // members at once
	Purpose  string            `json:"purpose"`  // one line for the landing page
}

// SlipsRequest asks for slips.
type SlipsRequest struct {
	Room  protocol.RoomID `json:"room"`
	Count int             `json:"count"`
}

// InviteRequest asks for a one-time link.
type InviteRequest struct {
	Duty string `json:"duty"` // facilitator or staff
	Name string `json:"name"` // what they are called in rooms
}

// Answer is what comes back; Codes are shown once and kept nowhere.
type Answer struct {
	Codes []string      `json:"codes,omitempty"`
	Code  protocol.Code `json:"code,omitempty"` // why not
	Lines int64         `json:"lines,omitempty"`
	Wrong string        `json:"wrong,omitempty"` // what the journal's check found
}

// AddRoom makes a room.
func (a Admin) AddRoom(ctx context.Context, r AddRoomRequest) (Answer, error) {
	return Answer{}, a.store.AddRoom(ctx, schedule.Room{ID: r.ID, Name: r.Name, Kind: r.Kind, Capacity: r.Capacity, Purpose: r.Purpose})
}

// MakeSlips makes slips for a room and returns their codes.
func (a Admin) MakeSlips(ctx context.Context, r SlipsRequest) (Answer, error) {
	if r.Count < 1 || r.Count > 500 {
		return Answer{}, protocol.Err(protocol.CodeInvalid)
	}
	if _, err := a.store.Room(ctx, r.Room); err != nil {
		return Answer{}, err
	}
	var out Answer
	var hashes []identity.Hash
	for range r.Count {
		code, err := identity.NewCode(rand.Reader)
		if err != nil {
			return Answer{}, err
		}
		out.Codes, hashes = append(out.Codes, code), append(hashes, identity.HashOf(code))
	}
	if err := a.store.AddSlips(ctx, r.Room, hashes); err != nil {
		return Answer{}, err
	}
	return out, a.store.Record(ctx, moderation.Entry{Actor: "operator", Act: moderation.ActSlips, Room: r.Room})
}

// Invite makes a one-time code for a facilitator or staff, good for an hour.
func (a Admin) Invite(ctx context.Context, r InviteRequest) (Answer, error) {
	name, err := identity.CheckName(r.Name)
	if err != nil {
		return Answer{}, err
	}
	duty := identity.Duty(r.Duty)
	if duty != identity.DutyFacilitator && duty != identity.DutyStaff {
		return Answer{}, protocol.Err(protocol.CodeInvalid)
	}
	code, err := identity.NewCode(rand.Reader)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Codes: []string{code}}, a.store.Invite(ctx, identity.HashOf(code), duty, name, a.now().Add(inviteLives))
}

// VerifyJournal checks the journal's chain.
func (a Admin) VerifyJournal(ctx context.Context, _ struct{}) (Answer, error) {
	lines, err := a.store.VerifyJournal(ctx)
	if err != nil {
		return Answer{Lines: lines, Wrong: err.Error()}, nil //nolint:nilerr // a broken chain is the answer
	}
	return Answer{Lines: lines}, nil
}

// Admin returns the operator's side of the server.
func (s *Server) Admin() Admin { return Admin{store: s.Store, now: s.now} }

func socketPath(run string) string { return filepath.Join(run, "porchlight.sock") }

// serveAdmin answers the command on a unix socket that only the service's own user can open.
func (s *Server) serveAdmin(ctx context.Context) error {
	path := socketPath(s.config.Run)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove old socket: %w", err)
	}
	mask := syscall.Umask(0o177)
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	syscall.Umask(mask)
	if err != nil {
		return fmt.Errorf("open the command's socket: %w", err)
	}
	mux := http.NewServeMux()
	a := s.Admin()
	handle(mux, "room", a.AddRoom)
	handle(mux, "slips", a.MakeSlips)
	handle(mux, "invite", a.Invite)
	handle(mux, "journal", a.VerifyJournal)
	h := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = h.Close() // the process is ending
	}()
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func handle[T any](mux *http.ServeMux, name string, do func(context.Context, T) (Answer, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var req T
		out := Answer{Code: protocol.CodeMalformed}
		if err := json.NewDecoder(r.Body).Decode(&req); err == nil {
			if out, err = do(r.Context(), req); err != nil {
				out = Answer{Code: protocol.CodeOf(err)}
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // the command went away: nobody to tell
	})
}

// Operate does what an operator asks: through the socket of a running server, or else with the data directory's lock.
func Operate[T any](ctx context.Context, c config.Config, name string, req T, direct func(Admin, context.Context, T) (Answer, error)) (Answer, error) {
	path := socketPath(c.Run)
	if conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path); err == nil {
		_ = conn.Close() // it was only to see whether somebody is there
		return ask(ctx, path, name, req)
	}
	st, err := store.Open(ctx, store.Config{Data: c.Data, Keys: c.Keys, Run: c.Run, EvidenceDays: c.Evidence})
	if err != nil {
		return Answer{}, err
	}
	out, err := direct(Admin{store: st, now: time.Now}, ctx, req)
	return out, errors.Join(err, st.Close())
}

func ask(ctx context.Context, path, name string, req any) (Answer, error) {
	b, err := json.Marshal(req)
	if err != nil {
		return Answer{}, fmt.Errorf("ask the server: %w", err)
	}
	h := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://porchlight/"+name, bytes.NewReader(b))
	if err != nil {
		return Answer{}, fmt.Errorf("ask the server: %w", err)
	}
	res, err := h.Do(r)
	if err != nil {
		return Answer{}, fmt.Errorf("ask the server: %w", err)
	}
	var out Answer
	err = errors.Join(json.NewDecoder(res.Body).Decode(&out), res.Body.Close())
	if err == nil && out.Code != "" {
		err = protocol.Err(out.Code)
	}
	return out, err
}
