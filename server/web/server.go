package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"porchlight/internal/lang"
	"porchlight/server/room"
)

// Agreement is the version of tonight's agreement. It changes when a sentence of it does.
const Agreement = "2026-11"

// outboxBytes bounds what waits for one socket: about 500 records.
const outboxBytes = 256 << 10

// Store is all that web asks of the store.
type Store interface {
	Rooms
	Slips
	Seats
	Devices
	Invitations
	SignIns
	Queue
	Leases
}

// Config says what the server works with. Hub, Store, Bell and Words are required.
type Config struct {
	Hub     *room.Hub
	Store   Store
	Bell    *Bell
	Words   *lang.Catalogue
	Program Program
	Now     func() time.Time
	Rand    io.Reader
	Logger  *slog.Logger
	// TrustProxy says that a declared proxy stands in front, so that the last X-Forwarded-For address is the visitor's.
	TrustProxy bool
	// Plain says that cookies go over plain HTTP to other machines, as spelled unsafe in the configuration.
	Plain bool
	// CommandRate is how many commands a second one socket may send in the long run; 0 is 5.
	CommandRate float64
}

// Server answers HTTP and sockets.
type Server struct {
	hub      *room.Hub
	store    Store
	bell     *Bell
	words    *lang.Catalogue
	pages    *pages
	program  Program
	now      func() time.Time
	rand     io.Reader
	logger   *slog.Logger
	plain    bool
	trust    bool
	commands rate.Limit
	tickets  *tickets
	limits   *limits
	sockets  *sockets
	writers  *writers
	lent     *lent
	echo     *echo.Echo
	crossing *http.CrossOriginProtection
}

// New makes a server that is ready to be given a listener.
func New(c Config) (*Server, error) {
	s := &Server{
		hub: c.Hub, store: c.Store, bell: c.Bell, words: c.Words, program: c.Program, now: c.Now, rand: c.Rand, logger: c.Logger,
		plain: c.Plain, trust: c.TrustProxy, commands: rate.Limit(c.CommandRate), crossing: http.NewCrossOriginProtection(),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.commands == 0 {
		s.commands = commandRate
	}
	s.tickets = newTickets(s.now, s.rand)
	s.limits = newLimits(s.now)
	s.sockets = newSockets(s.now)
	s.writers, s.lent = newWriters(), newLent()
	var err error
	if s.pages, err = newPages(c.Words); err != nil {
		return nil, err
	}
	s.echo = echo.New()
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.failed
	s.echo.Logger.SetOutput(io.Discard) // Echo's own logger prints addresses
	s.echo.IPExtractor = s.visitor()
	s.echo.Use(s.recovered, s.headers, s.guarded)
	s.routes()
	return s, nil
}

// visitor finds the address that rate limits go by. Without a declared proxy no header is believed.
func (s *Server) visitor() echo.IPExtractor {
	if s.trust {
		return echo.ExtractIPFromXFFHeader()
	}
	return echo.ExtractIPDirect()
}

// ServeHTTP lets tests and the command mount the server.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Serve answers on the listener until ctx ends, then drains: sockets were told to come back by the hub before.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: 60 * time.Second,
		WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(quiet{}, slog.LevelDebug), // net/http prints peer addresses on TLS errors and panics
	}
	beats, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go s.sockets.sweep(beats)
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := h.Shutdown(grace)
	s.sockets.endAll()
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(h.Close())
	}
	return err
}

// quiet drops what net/http would log: it holds addresses and nothing an operator can act on.
type quiet struct{}

func (quiet) Enabled(context.Context, slog.Level) bool  { return false }
func (quiet) Handle(context.Context, slog.Record) error { return nil }
func (q quiet) WithAttrs([]slog.Attr) slog.Handler      { return q }
func (q quiet) WithGroup(string) slog.Handler           { return q }
