package keyring_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"porchlight/server/keyring"
)

func TestAKeyThatIsDestroyedIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	r, err := keyring.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := r.Create("item-a")
	if err != nil || len(key) != keyring.Size {
		t.Fatalf("Create = %d bytes, %v", len(key), err)
	}
	if _, err := r.Create("item-a"); err == nil {
		t.Error("a key can be made over another")
	}
	again, err := r.Get("item-a")
	if err != nil || !bytes.Equal(key, again) {
		t.Errorf("Get = %v, %v", again, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "item-a")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v, want mode 0600", info, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v, want mode 0700", info, err)
	}
	for range 2 {
		if err := r.Destroy("item-a"); err != nil {
			t.Errorf("Destroy: %v", err)
		}
	}
	if _, err := r.Get("item-a"); !errors.Is(err, keyring.ErrGone) {
		t.Errorf("after Destroy: %v", err)
	}
	if names, err := r.Names(); err != nil || len(names) != 0 {
		t.Errorf("Names = %v, %v", names, err)
	}
}

func TestNamesCannotLeaveTheRing(t *testing.T) {
	r, err := keyring.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "../x", "a/b", ".", "A", "a\x00"} {
		if _, err := r.Create(name); err == nil {
			t.Errorf("Create(%q) made a key", name)
		}
		if _, err := r.Get(name); !errors.Is(err, keyring.ErrGone) {
			t.Errorf("Get(%q): %v", name, err)
		}
	}
}

func TestATornKeyIsNone(t *testing.T) {
	dir := t.TempDir()
	r, err := keyring.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "item-torn"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get("item-torn"); !errors.Is(err, keyring.ErrGone) {
		t.Errorf("a torn key: %v", err)
	}
}
