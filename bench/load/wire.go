package load

import (
	"encoding/binary"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// appendFrame appends a final, masked frame. The mask is zero: the payload stays readable, the server unmasks all the same.
func appendFrame(b []byte, op byte, payload []byte) []byte {
	const final, masked = 0x80, 0x80
	switch n := len(payload); {
	case n < 126:
		b = append(b, final|op, masked|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, final|op, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, final|op, masked|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// nextFrame takes one whole frame from the front of b; size is 0 when there is none yet.
func nextFrame(b []byte) (op byte, payload []byte, size int) {
	if len(b) < 2 {
		return 0, nil, 0
	}
	n, head := int(b[1]&127), 2
	switch {
	case n == 126 && len(b) >= 4:
		n, head = int(binary.BigEndian.Uint16(b[2:])), 4
	case n == 127 && len(b) >= 10:
		n, head = int(binary.BigEndian.Uint64(b[2:])), 10 //nolint:gosec // a server of ours, frames of ours
	case n >= 126:
		return 0, nil, 0
	}
	if len(b) < head+n {
		return 0, nil, 0
	}
	return b[0] & 15, b[head : head+n], head + n
}

var errFull = errors.New("the server does not read")

// writeAll writes b to a socket that may be non-blocking.
func writeAll(fd int, b []byte) error {
	for tries := 0; len(b) > 0; tries++ {
		n, err := unix.Write(fd, b)
		switch {
		case errors.Is(err, unix.EAGAIN) && tries > 10_000:
			return errFull
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			pause(50 * time.Microsecond)
			continue
		case err != nil:
			return err
		}
		b = b[n:]
	}
	return nil
}

// pause sleeps in the kernel: more exactly than a timer of the runtime does.
func pause(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil) // woken early is fine
}

// A stamp is a time on the generator's clock in 16 letters between tildes: nothing a server would take for a number.
const (
	stampLen  = 16
	stampMark = '~'
)

var clock = time.Now()

// Now is the time on the generator's clock, in nanoseconds.
func Now() int64 { return int64(time.Since(clock)) }

func putStamp(b []byte, t int64) {
	for i := stampLen - 1; i >= 0; i-- {
		b[i] = 'a' + byte(t&15)
		t >>= 4
	}
}

func readStamp(b []byte) (t int64, ok bool) {
	for _, c := range b {
		if c < 'a' || c > 'p' {
			return 0, false
		}
		t = t<<4 | int64(c-'a')
	}
	return t, true
}
