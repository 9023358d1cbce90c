// Package peer is the servers that are measured side by side: Porchlight itself, Centrifugal's library, and a bare hub.
package peer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// Name is a server that can be measured.
type Name string

// The servers.
const (
	Porchlight Name = "porchlight"
	Centrifuge Name = "centrifuge"
	Hub        Name = "hub"
)

// Spec says which server to be and where its things lie.
type Spec struct {
	Name Name
	Dir  string // of Porchlight's databases
	Run  string // memory-backed, of its session keys
	// Address is where to listen; "" is any free port.
	Address string
	Rate    float64 // commands a second that one member may send; 0 is as delivered
	// Profile is the beginning of the names of files for profiles of the measured window; "" makes none.
	Profile string
}

// Ready is the line a server prints when it listens.
type Ready struct {
	Address string
	Code    string // Porchlight: signs a facilitator in, once
}

// Serve is the server until the process is killed.
func Serve(ctx context.Context, s Spec) error {
	if s.Profile != "" {
		go profiled(s.Profile)
	}
	switch s.Name {
	case Porchlight:
		return servePorchlight(ctx, s)
	case Centrifuge:
		h, err := newCentrifuge()
		if err != nil {
			return err
		}
		return serve(ctx, s, h)
	case Hub:
		return serve(ctx, s, newHub())
	}
	return fmt.Errorf("no server %q", s.Name)
}

func (s Spec) listen(ctx context.Context) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", cmp.Or(s.Address, "127.0.0.1:0"))
}

func serve(ctx context.Context, s Spec, h http.Handler) error {
	l, err := s.listen(ctx)
	if err != nil {
		return err
	}
	if err := announce(l.Addr(), ""); err != nil {
		return errors.Join(err, l.Close())
	}
	return (&http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}).Serve(l)
}

func announce(at net.Addr, code string) error {
	return json.NewEncoder(os.Stdout).Encode(Ready{Address: at.String(), Code: code})
}
