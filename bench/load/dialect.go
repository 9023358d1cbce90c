package load

// Dialect is how one kind of server is spoken to.
type Dialect interface {
	// Path and Subprotocol go into the handshake.
	Path(c *Conn) string
	Subprotocol() string
	// Hello is the first frame.
	Hello(c *Conn) ([]byte, error)
	// Hear takes a frame while the connection is being set up: what to answer (nil: nothing), and whether it is ready.
	Hear(c *Conn, frame []byte) (answer []byte, ready bool, err error)
	// Say appends a frame's payload that posts text; the stamp in it is patched later.
	Say(b []byte, c *Conn, text []byte) []byte
	// Beat answers a heartbeat of the server (nil: it was none).
	Beat(frame []byte) []byte
	// Numbers calls see with the number of each message in the frame, as the server numbers them.
	Numbers(frame []byte, see func(n int64))
}

// Conn is one client. The fields above the line are the dialect's to use.
type Conn struct {
	Room, Slot int    // slot 0 of a room leads it, where rooms are led
	Session    string // what the server named the meeting
	Floor      int64  // number before the first message it may see
	Last       int64  // number of the last message seen
	Again      bool   // has been here before

	moved    bool // has let everybody talk
	fd       int
	left     []byte // the beginning of a frame
	out      []byte // the frame that is said, its stamp patched in place
	stamps   []int  // where in out the stamp stands
	stalled  bool
	flooding bool // says things out of turn
	dead     bool
}
