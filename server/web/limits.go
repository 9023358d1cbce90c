package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"porchlight/protocol"
)

// rotate is how long the key lives under which networks are remembered; then everything is forgotten.
const rotate = 10 * time.Minute

// limits slows guessing of slips, words and codes. Networks are kept in memory only, as keyed hashes whose key changes
// every ten minutes: IPv4 by /24, IPv6 by /56, because shelters and phones share addresses.
type limits struct {
	now func() time.Time

	mu      sync.Mutex // protects the following
	key     []byte
	until   time.Time
	buckets map[[8]byte]*rate.Limiter
}

func newLimits(now func() time.Time) *limits { return &limits{now: now} }

// guess runs a try of a secret from an address. Only tries that find nothing count: twelve people with slips who sit behind
// one address must not wait for each other. Ten wrong ones at once, then one every three seconds.
func (l *limits) guess(address string, try func() error) error {
	bucket, err := l.bucket(address)
	if err != nil {
		return err
	}
	now := l.now()
	if bucket.TokensAt(now) < 1 {
		return &protocol.Error{Code: protocol.CodeTooMany, Until: now.Add(3 * time.Second).Unix()}
	}
	err = try()
	if err != nil && (protocol.CodeOf(err) == protocol.CodeRefused || protocol.CodeOf(err) == protocol.CodeSpent) {
		bucket.AllowN(now, 1)
	}
	return err
}

func (l *limits) bucket(address string) (*rate.Limiter, error) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.After(l.until) {
		l.key = make([]byte, 32)
		if _, err := rand.Read(l.key); err != nil {
			return nil, protocol.ErrCause(protocol.CodeUnavailable, err)
		}
		l.until, l.buckets = now.Add(rotate), map[[8]byte]*rate.Limiter{}
	}
	name := l.name(address)
	if l.buckets[name] == nil {
		l.buckets[name] = rate.NewLimiter(rate.Every(3*time.Second), 10)
	}
	return l.buckets[name], nil
}

func (l *limits) name(address string) [8]byte {
	network := address
	if ip, err := netip.ParseAddr(address); err == nil {
		bits := 24
		if ip.Unmap().Is6() {
			bits = 56
		}
		if prefix, err := ip.Unmap().Prefix(bits); err == nil {
			network = prefix.String()
		}
	}
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte(network))
	return [8]byte(mac.Sum(nil))
}
