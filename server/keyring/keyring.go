// Package keyring keeps keys that can be destroyed: of sessions in memory-backed storage, of evidence on disk. What a key
// sealed is gone with it, wherever its copies are. The store calls it. It never logs, caches or exports a key.
package keyring

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"syscall"
)

// Size is the length of a key in bytes.
const Size = 32

// ErrGone means that there is no such key, or no longer.
var ErrGone = errors.New("the key is gone")

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,80}$`)

// Ring is a directory of keys, one file a key.
type Ring struct{ dir string }

// Open opens a ring, making its directory (mode 0700) when it does not exist.
func Open(dir string) (*Ring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory must be enterable by its owner
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	return &Ring{dir: dir}, nil
}

// Create makes a new key, durable before it returns: the key must outlive the commit that needs it.
func (r *Ring) Create(key string) ([]byte, error) {
	path, err := r.path(key)
	if err != nil {
		return nil, err
	}
	secret := make([]byte, Size)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	_, err = f.Write(secret)
	err = errors.Join(err, f.Sync(), f.Close(), r.syncDir())
	if err != nil {
		return nil, fmt.Errorf("make key: %w", errors.Join(err, os.Remove(path)))
	}
	return secret, nil
}

// Get returns a key, or ErrGone.
func (r *Ring) Get(key string) ([]byte, error) {
	path, err := r.path(key)
	if err != nil {
		return nil, err
	}
	secret, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(secret) != Size) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return secret, nil
}

// Destroy overwrites and removes a key. Destroying a key that is gone is fine.
func (r *Ring) Destroy(key string) error {
	path, err := r.path(key)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("destroy key: %w", err)
	}
	_, err = f.Write(make([]byte, Size))
	if err = errors.Join(err, f.Sync(), f.Close(), os.Remove(path), r.syncDir()); err != nil {
		return fmt.Errorf("destroy key: %w", err)
	}
	return nil
}

// Names lists the keys there are, sorted.
func (r *Ring) Names() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && name.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return names, nil
}

func (r *Ring) path(key string) (string, error) {
	if !name.MatchString(key) {
		return "", fmt.Errorf("key name %q: %w", key, ErrGone)
	}
	return filepath.Join(r.dir, key), nil
}

func (r *Ring) syncDir() error {
	d, err := os.Open(r.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// OnTmpfs reports whether dir is memory-backed, so that its keys do not outlive the machine.
func OnTmpfs(dir string) bool {
	const tmpfsMagic, ramfsMagic = 0x01021994, 0x858458f6
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return false
	}
	return s.Type == tmpfsMagic || s.Type == ramfsMagic
}
