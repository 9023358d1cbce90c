package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// scriptBudget is the most the room's script may take on the line (design section 11).
const scriptBudget = 15 << 10

func TestTheCommittedBundleIsFresh(t *testing.T) {
	for entry, out := range outputs {
		want, err := build("..", entry)
		if err != nil {
			t.Fatal(err)
		}
		have, err := os.ReadFile(filepath.Join("../../../static/app", out))
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("static/app/%s is not what %s makes (%v): run go run ./client/web/bundle", out, entry, err)
		}
	}
}

func TestTheRoomStaysInItsBudget(t *testing.T) {
	code, err := build("..", "member.tsx")
	if err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	w := brotli.NewWriterLevel(&small, brotli.BestCompression)
	if _, err := w.Write(code); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if small.Len() > scriptBudget {
		t.Errorf("the room's script takes %d bytes as brotli, at most %d fit the budget", small.Len(), scriptBudget)
	}
}

func TestTheVendoredLibraryIsUntouched(t *testing.T) {
	f, err := os.Open("../vendor/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	lines := 0
	for s := bufio.NewScanner(f); s.Scan(); lines++ {
		want, name, _ := strings.Cut(s.Text(), "  ")
		b, err := os.ReadFile(filepath.Join("../vendor", name))
		sum := sha256.Sum256(b)
		if err != nil || hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s has another hash than when it was taken in (%v)", name, err)
		}
	}
	if lines < 3 {
		t.Errorf("%d files have a hash, want preact, its hooks and its runtime", lines)
	}
}
