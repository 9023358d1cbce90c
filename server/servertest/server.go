package servertest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"porchlight/client"
	"porchlight/protocol"
	"porchlight/server"
	"porchlight/server/config"
)

// Patience is how long anything may take before a test gives up on it. It is for slow machines: nothing waits it out.
const Patience = 30 * time.Second

// Server is a running server. Its directories outlive restarts and are gone after the test.
type Server struct {
	URL    string // http://127.0.0.1:port, the same after a restart
	Config config.Config
	Clock  *Clock

	log     buffer
	address string
	live    *server.Server
	stop    context.CancelFunc
	served  chan error
}

// Option changes the configuration before the start.
type Option func(*config.Config)

// New starts a server that ends with the test.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	run, err := memoryDir()
	if err != nil {
		t.Fatalf("make the run directory: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(run); err != nil {
			t.Errorf("remove the run directory: %v", err)
		}
	})
	dir := t.TempDir()
	c := config.Default()
	c.Data, c.Keys, c.Run = filepath.Join(dir, "data"), filepath.Join(dir, "keys"), run
	for _, o := range options {
		o(&c)
	}
	s := &Server{Config: c, Clock: &Clock{base: time.Now}, address: "127.0.0.1:0"}
	s.start(t)
	t.Cleanup(func() { s.halt(t) })
	return s
}

// memoryDir makes a short path: the command's socket lies in it, and socket paths are short.
func memoryDir() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "porchlight-"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "porchlight-")
}

func (s *Server) start(t testing.TB) {
	t.Helper()
	logger := slog.New(server.Redacted(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	live, err := server.New(t.Context(), s.Config, server.Options{Now: s.Clock.Now, Logger: logger})
	if err != nil {
		t.Fatalf("build the server: %v", err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatalf("listen on %s: %v", s.address, errors.Join(err, live.Close()))
	}
	s.address = l.Addr().String()
	s.URL = "http://" + s.address
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s.live, s.stop, s.served = live, stop, make(chan error, 1)
	go func() { s.served <- live.Run(ctx, l) }()
}

// halt ends the server as an operator would. It is idempotent.
func (s *Server) halt(t testing.TB) {
	t.Helper()
	if s.live == nil {
		return
	}
	s.stop()
	select {
	case err := <-s.served:
		if err != nil {
			t.Errorf("the server ended with: %v", err)
		}
	case <-time.After(Patience):
		t.Errorf("the server did not end within %s", Patience)
	}
	if err := s.live.Close(); err != nil {
		t.Errorf("close the server: %v", err)
	}
	s.live = nil
}

// Restart ends the server and starts it again on the same data, keys and address. People come back by themselves.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.halt(t)
	s.start(t)
}

// Stop ends the server for good: its files can be looked at.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.halt(t)
}

// Admin is what the operator may do at the machine.
func (s *Server) Admin() server.Admin { return s.live.Admin() }

// Log returns what the server has logged so far.
func (s *Server) Log() string { return s.log.String() }

// Room adds a room of six seats.
func (s *Server) Room(t testing.TB, id protocol.RoomID) protocol.RoomID {
	t.Helper()
	r := server.AddRoomRequest{ID: id, Name: "Evening room", Kind: protocol.KindSupport, Capacity: 6, Purpose: "Check-in, then open talk."}
	if _, err := s.Admin().AddRoom(t.Context(), r); err != nil {
		t.Fatalf("add room %s: %v", id, err)
	}
	return id
}

// Slips makes slips for a room and returns their codes.
func (s *Server) Slips(t testing.TB, room protocol.RoomID, count int) []string {
	t.Helper()
	out, err := s.Admin().MakeSlips(t.Context(), server.SlipsRequest{Room: room, Count: count})
	if err != nil {
		t.Fatalf("make %d slips for %s: %v", count, room, err)
	}
	return out.Codes
}

// Invite returns a one-time code for a facilitator or staff.
func (s *Server) Invite(t testing.TB, duty, name string) string {
	t.Helper()
	out, err := s.Admin().Invite(t.Context(), server.InviteRequest{Duty: duty, Name: name})
	if err != nil {
		t.Fatalf("invite %s: %v", duty, err)
	}
	return out.Codes[0]
}

// Web is a visitor with a cookie jar of their own.
func (s *Server) Web(t testing.TB) *client.Web {
	t.Helper()
	w, err := client.NewWeb(s.URL)
	if err != nil {
		t.Fatalf("make a visitor: %v", err)
	}
	return w
}

// SignedIn is a visitor signed in with that duty.
func (s *Server) SignedIn(t testing.TB, duty, name string) *client.Web {
	t.Helper()
	w := s.Web(t)
	if err := w.SignIn(t.Context(), s.Invite(t, duty, name)); err != nil {
		t.Fatalf("sign %s in: %v", name, err)
	}
	return w
}

// buffer keeps what several goroutines write.
type buffer struct {
	mu sync.Mutex // protects the following
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
