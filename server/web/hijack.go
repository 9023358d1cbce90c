package web

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
)

// connReader is the size of a socket's reader in bytes. net/http would leave us two buffers of 4 KiB for each connection.
const connReader = 512

// connWriter is the size of a socket's writer in bytes: the library writes goodbyes with it and nothing else.
const connWriter = 64

// hijacker keeps the connection that websocket.Accept takes over, and gives it small buffers.
type hijacker struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack takes the connection over. Bytes the client sent together with its handshake must be *buffered* in the reader we
// return: Accept carries over Buffered() bytes and drops anything else.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = conn
	n := rw.Reader.Buffered()
	early, err := rw.Reader.Peek(n)
	if err != nil {
		return nil, nil, err
	}
	r := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn), max(connReader, n))
	if _, err := r.Peek(n); err != nil {
		return nil, nil, err
	}
	return conn, bufio.NewReadWriter(r, bufio.NewWriterSize(conn, connWriter)), nil
}
