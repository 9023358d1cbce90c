package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"porchlight/protocol"
)

// Web speaks the HTTP side of a server, with cookies of its own like a browser.
type Web struct {
	base string
	http *http.Client
}

// NewWeb makes the HTTP side of the server at base (http(s)://host:port).
func NewWeb(base string) (*Web, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("make cookies: %w", err)
	}
	return &Web{base: strings.TrimSuffix(base, "/"), http: &http.Client{Jar: secureJar{jar}}}, nil
}

// secureJar keeps cookies marked Secure for a loopback server too, as browsers do.
type secureJar struct{ http.CookieJar }

func (j secureJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.CookieJar.SetCookies(secure(u), cookies)
}
func (j secureJar) Cookies(u *url.URL) []*http.Cookie { return j.CookieJar.Cookies(secure(u)) }

func secure(u *url.URL) *url.URL {
	s := *u
	s.Scheme = "https"
	return &s
}

// Call sends one JSON request and reads the JSON answer into out (nil: none is wanted). A refusal is a *protocol.Error.
func (w *Web) Call(ctx context.Context, method, path string, in, out any) (err error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, w.base+path, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", w.base)
	res, err := w.http.Do(r)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode >= http.StatusBadRequest {
		var p struct {
			Code  protocol.Code `json:"code"`
			Until int64         `json:"until"`
		}
		if err := json.NewDecoder(res.Body).Decode(&p); err != nil || p.Code == "" {
			p.Code = codeOfStatus(res.StatusCode)
		}
		return &protocol.Error{Code: p.Code, Until: p.Until}
	}
	if out == nil || res.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// codeOfStatus reads the answer of something that speaks no codes: a page, or a proxy in between.
func codeOfStatus(status int) protocol.Code {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return protocol.CodeForbidden
	case http.StatusNotFound:
		return protocol.CodeNotFound
	case http.StatusTooManyRequests:
		return protocol.CodeTooMany
	}
	return protocol.CodeUnavailable
}

// Seat is what joining gives: keep Secret for this device, and the words for the person.
type Seat struct {
	Room   protocol.RoomID
	Handle protocol.Handle
	Secret string
}

// Join spends a slip for a seat. The words are the person's; only what they derive goes to the server.
func (w *Web) Join(ctx context.Context, code string, words []string) (Seat, error) {
	var slip protocol.SlipView
	if err := w.Call(ctx, http.MethodPost, "/api/join/look", map[string]string{"code": code}, &slip); err != nil {
		return Seat{}, fmt.Errorf("look at slip: %w", err)
	}
	credential, err := protocol.RoomCredential(words, slip.Room)
	if err != nil {
		return Seat{}, err
	}
	var joined protocol.Joined
	want := protocol.Join{Code: code, Handle: slip.Handle, Credential: credential}
	if err := w.Call(ctx, http.MethodPost, "/api/join", want, &joined); err != nil {
		return Seat{}, fmt.Errorf("join: %w", err)
	}
	return Seat{Room: joined.Room, Handle: slip.Handle, Secret: joined.Secret}, nil
}

// SignIn uses a one-time code of a facilitator or staff; the cookie is kept.
func (w *Web) SignIn(ctx context.Context, code string) (err error) {
	form := url.Values{"code": {code}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", w.base)
	res, err := w.http.Do(r)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("sign in: %w", protocol.Err(protocol.CodeRefused))
	}
	return nil
}

// OpenDoors begins a session, as a facilitator.
func (w *Web) OpenDoors(ctx context.Context, room protocol.RoomID) error {
	return w.Call(ctx, http.MethodPost, "/api/rooms/"+string(room)+"/open", nil, nil)
}

// Ticket buys a facilitator's ticket for a room's socket; use it as Config.Ticket.
func (w *Web) Ticket(room protocol.RoomID) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		var t struct {
			Ticket string `json:"ticket"`
		}
		err := w.Call(ctx, http.MethodPost, "/api/rooms/"+string(room)+"/ticket?as=facilitator", nil, &t)
		return t.Ticket, err
	}
}

// Queue lists what waits for a facilitator.
func (w *Web) Queue(ctx context.Context) ([]protocol.ItemSummary, error) {
	var q protocol.Queue
	err := w.Call(ctx, http.MethodGet, "/api/queue", nil, &q)
	return q.Items, err
}

// Take takes an item: nobody else decides on it while the lease lives.
func (w *Web) Take(ctx context.Context, item protocol.ItemID) (protocol.Lease, error) {
	var l protocol.Lease
	err := w.Call(ctx, http.MethodPost, "/api/items/"+string(item)+"/take", struct{}{}, &l)
	return l, err
}

// Open reads an item under its lease.
func (w *Web) Open(ctx context.Context, l protocol.Lease) (protocol.ItemDetail, error) {
	var d protocol.ItemDetail
	err := w.Call(ctx, http.MethodPost, "/api/items/"+string(l.Item), map[string]string{"lease": l.Lease}, &d)
	return d, err
}

// Decide decides on an item under its lease.
func (w *Web) Decide(ctx context.Context, l protocol.Lease, d protocol.Decide) error {
	d.Lease, d.Version = l.Lease, l.Version
	return w.Call(ctx, http.MethodPost, "/api/items/"+string(l.Item)+"/decide", d, nil)
}

// PurgeNow destroys the text of a room's closed session before its time, as a facilitator.
func (w *Web) PurgeNow(ctx context.Context, room protocol.RoomID) error {
	return w.Call(ctx, http.MethodPost, "/api/rooms/"+string(room)+"/purge", nil, nil)
}
