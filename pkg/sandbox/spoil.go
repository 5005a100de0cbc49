package sandbox

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A spoiler sends an exchange's answer wrongly in its own way.
type spoiler func(s *Server, w http.ResponseWriter, r *http.Request, x *exchange, f Fault)

var spoilers = map[FaultKind]spoiler{
	FaultStatus: sendStatus, FaultDelay: sendRight, FaultHang: hang,
	FaultReset: resetAtOnce, FaultResetBody: resetInBody, FaultCut: cutBody, FaultTruncate: truncate,
	FaultHTML: sendHTML, FaultEmpty: sendEmpty, FaultType: sendWrongType,
	FaultDrip: drip, FaultHuge: sendHuge, FaultGzipBomb: sendBomb, FaultRedirect: redirect,
}

// send sends the answer, spoilt or not. A refusal by the rate window is never spoilt: a gateway in front sends it.
func (s *Server) send(w http.ResponseWriter, r *http.Request, x *exchange, entry *Request, by *Armed) {
	if by == nil || entry.Limited {
		s.logStatus(x, x.status)
		writeOut(w, x)
		return
	}
	if by.fault.Kind != FaultDrip { // which waits between its pieces
		s.pause(r.Context(), by.fault.Delay)
	}
	for k, v := range by.fault.Header {
		x.header.Set(k, v)
	}
	spoilers[by.fault.Kind](s, w, r, x, by.fault)
}

// logStatus notes the status before the client can see it, so that a client with an answer finds it in the log.
func (s *Server) logStatus(x *exchange, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.status, x.entry.Status = status, status
}

// writeOut sends the exchange as it is. A client that has gone is not an error here.
func writeOut(w http.ResponseWriter, x *exchange) {
	copyHeader(w, x)
	if x.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(x.body)))
	}
	w.WriteHeader(x.status)
	_, _ = w.Write(x.body) //nolint:gosec // the body is JSON, or a web page as the fault asks for
}

func copyHeader(w http.ResponseWriter, x *exchange) {
	maps.Copy(w.Header(), x.header)
	if x.status == http.StatusNoContent {
		w.Header().Del("Content-Type")
	}
}

func sendRight(s *Server, w http.ResponseWriter, _ *http.Request, x *exchange, _ Fault) {
	s.logStatus(x, x.status)
	writeOut(w, x)
}

func sendStatus(s *Server, w http.ResponseWriter, _ *http.Request, x *exchange, f Fault) {
	status := cmp.Or(f.Status, http.StatusServiceUnavailable)
	text := http.StatusText(status)
	x.fail(&apiError{status: status, code: strings.ReplaceAll(strings.ToLower(text), " ", "."), message: text})
	if f.Body != "" {
		x.body = []byte(f.Body)
	}
	s.logStatus(x, status)
	writeOut(w, x)
}

func hang(s *Server, _ http.ResponseWriter, r *http.Request, _ *exchange, _ Fault) {
	s.pause(r.Context(), math.MaxInt64)
}

func resetAtOnce(_ *Server, w http.ResponseWriter, _ *http.Request, _ *exchange, _ Fault) {
	if c := takeOver(w); c != nil {
		reset(c)
	}
}

func resetInBody(s *Server, w http.ResponseWriter, _ *http.Request, x *exchange, _ Fault) {
	s.logStatus(x, x.status)
	if c := halfSent(w, x); c != nil {
		reset(c)
	}
}

func cutBody(s *Server, w http.ResponseWriter, _ *http.Request, x *exchange, _ Fault) {
	s.logStatus(x, x.status)
	if c := halfSent(w, x); c != nil {
		_ = c.Close()
	}
}

// halfSent sends the head and half of the body over the bare connection, which it returns; nil if that broke before.
func halfSent(w http.ResponseWriter, x *exchange) net.Conn {
	c := takeOver(w)
	if c == nil {
		return nil
	}
	body := append(bytes.Clone(x.body), strings.Repeat(" ", 64)...) // never empty, so half of it is something
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", x.status, http.StatusText(x.status), len(body))
	_ = x.header.Write(&b)
	b.WriteString("\r\n")
	b.Write(body[:len(body)/2])
	_, _ = c.Write(b.Bytes())
	return c
}

func takeOver(w http.ResponseWriter) net.Conn {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return c
}

// reset closes a connection so that the other side sees a reset instead of its end.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

func truncate(s *Server, w http.ResponseWriter, _ *http.Request, x *exchange, _ Fault) {
	x.body = x.body[:len(x.body)/2]
	s.logStatus(x, x.status)
	writeOut(w, x)
}

func sendHTML(s *Server, w http.ResponseWriter, _ *http.Request, x *exchange, f Fault) {
	x.header.Set("Content-Type", "text/html; charset=utf-8")
	x.body = []byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head>" +
		"<body><h1>Please sign in to the network</h1></body></html>\n")
	if f.Body != "" {
		x.body = []byte(f.Body)
	}
	s.logStatus(x, http.StatusOK)
	writeOut(w, x)
}

func sendEmpty(s *Server, w http.ResponseWriter, _ *http.Request, x *exchange, _ Fault) {
	x.body = nil
	s.logStatus(x, http.StatusOK)
	writeOut(w, x)
}

func sendWrongType(s *Server, w http.ResponseWriter, _ *http.Request, x *exchange, f Fault) {
	if f.Header["Content-Type"] == "" {
		x.header.Set("Content-Type", "text/plain; charset=us-ascii")
	}
	s.logStatus(x, x.status)
	writeOut(w, x)
}

// stream sends pieces until they end, the client has gone or the server is closed.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, next func() []byte, pause time.Duration) {
	out := http.NewResponseController(w)
	for piece := next(); piece != nil; piece = next() {
		if _, err := w.Write(piece); err != nil {
			return
		}
		if pause > 0 {
			_ = out.Flush() // the next Write shows an error
			s.pause(r.Context(), pause)
		}
	}
}

func drip(s *Server, w http.ResponseWriter, r *http.Request, x *exchange, f Fault) {
	pause := cmp.Or(f.Delay, 50*time.Millisecond)
	s.logStatus(x, x.status)
	copyHeader(w, x)
	w.WriteHeader(x.status)
	rest := x.body
	s.stream(w, r, func() []byte {
		if len(rest) == 0 {
			return nil
		}
		piece := rest[:min(16, len(rest))]
		rest = rest[len(piece):]
		return piece
	}, pause)
}

const (
	gibibyte  = 1 << 30
	pieceSize = 1 << 20
)

// sendHuge sends `{"entities":[` and then blanks, so that a JSON decoder must go on reading.
func sendHuge(s *Server, w http.ResponseWriter, r *http.Request, x *exchange, f Fault) {
	left := cmp.Or(f.Bytes, gibibyte)
	s.logStatus(x, http.StatusOK)
	copyHeader(w, x)
	w.WriteHeader(http.StatusOK)
	s.stream(w, r, blanks(`{"entities":[`, left), 0)
}

func blanks(start string, left int64) func() []byte {
	piece := append([]byte(start), bytes.Repeat([]byte(" "), pieceSize-len(start))...)
	filler := bytes.Repeat([]byte(" "), pieceSize)
	return func() []byte {
		n := min(left, pieceSize)
		if n <= 0 {
			return nil
		}
		left -= n
		p := piece[:n]
		piece = filler
		return p
	}
}

// sendBomb repeats one compressed piece: consecutive gzip members unpack to one stream (RFC 1952, 2.2).
func sendBomb(s *Server, w http.ResponseWriter, r *http.Request, x *exchange, f Fault) {
	left := cmp.Or(f.Bytes, gibibyte)
	empty := bytes.Repeat([]byte(" "), pieceSize)
	first, filler := gzipped(append([]byte(`{"entities":[`), empty...)), gzipped(empty)
	s.logStatus(x, http.StatusOK)
	x.header.Set("Content-Encoding", "gzip")
	copyHeader(w, x)
	w.WriteHeader(http.StatusOK)
	piece := first
	s.stream(w, r, func() []byte {
		if left <= 0 {
			return nil
		}
		left -= pieceSize
		p := piece
		piece = filler
		return p
	}, 0)
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // a bytes.Buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

func redirect(s *Server, w http.ResponseWriter, r *http.Request, x *exchange, f Fault) {
	status := cmp.Or(f.Status, http.StatusTemporaryRedirect)
	x.header.Set("Location", strings.TrimRight(f.To, "/")+r.URL.RequestURI())
	x.body = nil
	s.logStatus(x, status)
	writeOut(w, x)
}
