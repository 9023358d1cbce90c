package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"porchlight/internal/lang"
	"porchlight/internal/sqldb"
	"porchlight/moderation"
	"porchlight/server/config"
	"porchlight/server/keyring"
	"porchlight/server/room"
	"porchlight/server/store"
	"porchlight/server/web"
)

// Server is the whole of it, built and ready to run.
type Server struct {
	Store *store.Store
	Hub   *room.Hub
	Web   *web.Server

	config config.Config
	logger *slog.Logger
	rules  *moderation.Holder
	now    func() time.Time
}

// Options change what New builds with, for tests and the demo. The zero value is the real thing.
type Options struct {
	Now    func() time.Time
	Logger *slog.Logger
	Demo   bool
	// CommandRate is how many commands a second one member may send in the long run; 0 is what suits a person. A benchmark
	// that speaks faster than people do raises it.
	CommandRate float64
}

// New builds the server in reading order: store, rules, rooms, web. Nothing runs yet; Close gives everything back.
func New(ctx context.Context, c config.Config, o Options) (*Server, error) {
	s := &Server{config: c, logger: o.Logger, now: o.Now, rules: &moderation.Holder{}}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.build(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) build(ctx context.Context, o Options) error {
	var err error
	s.Store, err = store.Open(ctx, store.Config{
		Data: s.config.Data, Keys: s.config.Keys, Run: s.config.Run, EvidenceDays: s.config.Evidence, Now: s.now, Logger: s.logger,
	})
	if err != nil {
		return err
	}
	if !keyring.OnTmpfs(s.config.Run) {
		s.logger.Warn("the run directory is not memory-backed: session keys could outlive the machine", "setting", "run")
	}
	rules, err := s.readRules()
	if err != nil {
		return err
	}
	s.rules.Set(rules)
	words, err := lang.New()
	if err != nil {
		return err
	}
	bell := web.NewBell()
	s.Hub = room.NewHub(room.Config{
		Log: s.Store, Sessions: s.Store, Items: s.Store, Screen: s.rules, Bell: bell, Now: s.now, Logger: s.logger, Frame: web.Frame,
	})
	s.Web, err = web.New(web.Config{
		Hub: s.Hub, Store: s.Store, Bell: bell, Words: words, Program: s.program(o.Demo), Now: s.now, Logger: s.logger,
		TrustProxy: s.config.Proxy, Plain: s.config.Insecure(), CommandRate: o.CommandRate,
	})
	return err
}

func (s *Server) program(demo bool) web.Program {
	p := web.Program{
		Exit: s.config.ExitURL, PublicURL: s.config.PublicURL, PurgeAfter: time.Duration(s.config.Purge),
		Coverage: time.Duration(s.config.Coverage) * time.Minute, Demo: demo,
	}
	for _, l := range s.config.Help {
		p.Help = append(p.Help, web.HelpLine{Label: l.Label, Tel: l.Tel, SMS: l.SMS})
	}
	return p
}

// readRules reads the configured rule files, or those that come with the program.
func (s *Server) readRules() (*moderation.Rules, error) {
	if len(s.config.Rules) == 0 {
		return moderation.LoadDefault()
	}
	var files []io.Reader
	for _, path := range s.config.Rules {
		f, err := os.Open(path) //nolint:gosec // the operator names it
		if err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		files = append(files, f)
	}
	return moderation.Load(files...)
}

// Listen opens the configured address. A port in use is said so.
func (s *Server) Listen(ctx context.Context) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.Address())
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w (is another server running? choose another port with listen:)", s.config.Address(), err)
	}
	if s.config.TLS.Cert == "" {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(s.config.TLS.Cert, s.config.TLS.Key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("tls: %w", err), l.Close())
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}), nil
}

// Run takes up the sessions there are, serves until ctx ends, and stops in reverse: rooms say goodbye, then the web drains.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	if err := s.Hub.Start(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	var running sync.WaitGroup
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	running.Go(func() { s.sweep(background) })
	running.Go(func() {
		if err := s.serveAdmin(background); err != nil {
			s.logger.Error("the command's socket failed", "error", err)
		}
	})
	web, stopWeb := context.WithCancel(background)
	served := make(chan error, 1)
	go func() { served <- s.Web.Serve(web, l) }()
	var err error
	select {
	case <-ctx.Done():
		s.goodbye(background)
		stopWeb()
		err = <-served
	case err = <-served:
	case <-s.Store.Broken():
		err = s.givenUp(background)
		stopWeb()
		err = errors.Join(err, <-served)
	}
	stopWeb()
	stop()
	running.Wait()
	return err
}

// goodbye tells everybody in the rooms to come back in a moment.
func (s *Server) goodbye(ctx context.Context) {
	grace, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	s.Hub.Stop(grace)
}

// givenUp ends the rooms after the disk failed: a new process reads what is durable, and people come back by themselves.
func (s *Server) givenUp(ctx context.Context) error {
	s.logger.ErrorContext(ctx, "the disk did not make a write durable; the server ends. Look at the disk's health, then start again: "+
		"nothing that was acknowledged is lost")
	s.goodbye(ctx)
	return sqldb.ErrNotDurable
}

// sweep destroys evidence whose date has come and rewrites the identity file, so that order says nothing.
func (s *Server) sweep(ctx context.Context) {
	t := time.NewTicker(time.Hour)
	defer t.Stop()
	for {
		if err := errors.Join(s.Store.SweepEvidence(ctx), s.Store.RewriteIdentity(ctx)); err != nil && ctx.Err() == nil {
			s.logger.Error("sweeping failed; it is tried again in an hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Close gives back what New took. It is idempotent.
func (s *Server) Close() error {
	if s.Store == nil {
		return nil
	}
	return s.Store.Close()
}
