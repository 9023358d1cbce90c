package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"porchlight/protocol"
	"porchlight/server"
	"porchlight/server/config"
)

// links are what the demo prints.
type links struct {
	URL         string            `json:"url"`
	Member      string            `json:"member"`
	Facilitator string            `json:"facilitator"`
	Staff       string            `json:"staff"`
	Rooms       []protocol.RoomID `json:"rooms"`
}

func demoCommand() *cobra.Command {
	var listen string
	var asJSON bool
	c := &cobra.Command{
		Use: "demo", Short: "Show a living evening on this machine; nothing is kept", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return demo(c.Context(), c, listen, asJSON)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "where to listen; loopback addresses only")
	c.Flags().BoolVar(&asJSON, "json", false, "print the links as one JSON object")
	return c
}

// demo runs a whole server on temporary data, with people in it.
func demo(ctx context.Context, c *cobra.Command, listen string, asJSON bool) (err error) {
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return &usageError{fmt.Errorf("--listen %s: the demo listens on this machine only, for example 127.0.0.1:8080", listen)}
	}
	dir, err := os.MkdirTemp("", "porchlight-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	run, err := memoryDir(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(run)) }()
	conf := config.Default()
	conf.Listen, conf.Data, conf.Keys, conf.Run = listen, filepath.Join(dir, "data"), filepath.Join(dir, "keys"), run
	logger := slog.New(server.Redacted(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	s, err := server.New(ctx, conf, server.Options{Demo: true, Logger: logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	l, err := s.Listen(ctx)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	defer stop()
	go func() { served <- s.Run(running, l) }()
	evening := &evening{url: "http://" + l.Addr().String(), admin: s.Admin()}
	shown, err := evening.begin(running)
	if err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	if err := show(c, shown, asJSON); err != nil {
		return err
	}
	go evening.goOn(running)
	err = <-served
	stop()
	evening.people.Wait()
	return err
}

// memoryDir makes the run directory in memory where the machine has such a place.
func memoryDir(fallback string) (string, error) {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		if dir, err := os.MkdirTemp("/dev/shm", "porchlight-demo-"); err == nil {
			return dir, nil
		}
	}
	dir := filepath.Join(fallback, "run")
	return dir, os.MkdirAll(dir, 0o700)
}

func show(c *cobra.Command, l links, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(c.OutOrStdout()).Encode(l)
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), strings.Join([]string{
		"The light is on. Nothing here is kept; Ctrl-C ends it.",
		"",
		"  Front page    " + l.URL + "/",
		"  A member      " + l.Member,
		"  Facilitator   " + l.Facilitator,
		"  Staff         " + l.Staff,
		"",
		"Each link works once. Use another browser profile, or a private window, for each person.",
	}, "\n"))
	return err
}

// pause waits like a person who is typing.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
