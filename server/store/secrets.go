package store

import (
	"sync"

	"porchlight/protocol"
	"porchlight/server/keyring"
)

// secrets are the keys of running sessions. They stand in memory as long as their sessions do, so that an append reads no
// file, and a session goes on when the run directory is lost under it (its text then does not outlive the process).
type secrets struct {
	ring *keyring.Ring

	mu    sync.Mutex // protects the following
	known map[protocol.SessionID][]byte
}

func newSecrets(ring *keyring.Ring) *secrets {
	return &secrets{ring: ring, known: map[protocol.SessionID][]byte{}}
}

func (k *secrets) create(id protocol.SessionID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	secret, err := k.ring.Create(sessionKey(id))
	if err == nil {
		k.known[id] = secret
	}
	return err
}

// get returns a session's key, or keyring.ErrGone.
func (k *secrets) get(id protocol.SessionID) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if secret, ok := k.known[id]; ok {
		return secret, nil
	}
	secret, err := k.ring.Get(sessionKey(id))
	if err == nil {
		k.known[id] = secret
	}
	return secret, err
}

// destroy ends a key in memory and on disk. What fails on disk can be tried again.
func (k *secrets) destroy(id protocol.SessionID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.known, id)
	return k.ring.Destroy(sessionKey(id))
}
