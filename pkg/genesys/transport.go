package genesys

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// stall is how long a request may go without progress: until its answer's headers, and between each minProgress bytes
// of the body, so that an answer that drips is a time-out too.
//
// wholeRequest bounds a request however much progress it makes: at 16 KiB in each half minute 32 MiB would take 17
// hours.
const (
	stall        = 30 * time.Second
	minProgress  = 16 << 10
	wholeRequest = 5 * time.Minute
)

// drainMost is how much of an unread body is read to keep its connection; a longer one is closed instead.
const drainMost = 256 << 10

// firstPiece and maxPiece are how much of a body is read at once, in bytes.
const (
	firstPiece = 16 << 10
	maxPiece   = 1 << 20
)

// wire sends single requests and turns what goes wrong below HTTP into typed errors. It repeats nothing.
type wire struct {
	guard *guard
	idle  interface{ CloseIdleConnections() }
	scrub *scrubber
	log   *slog.Logger
	clock Clock
	stall time.Duration
	whole time.Duration

	account Account // for errors
}

// newHTTPTransport makes the one http.Transport of a client.
//
// HTTP/1.1 alone: there net/http repeats a request by itself only when it is GET or HEAD, or when not one byte of it
// was written, so a write is never carried out twice behind our back, and a broken connection concerns one request.
// HTTP/2 would save connections (there are no more than the concurrency), and its transport also repeats writes on some
// of the server's errors.
func newHTTPTransport(cfg Config, scrub *scrubber) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	security := &tls.Config{
		MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs,
		ClientSessionCache: tls.NewLRUClientSessionCache(0), // connections after a host's first resume its session
	}
	return &http.Transport{
		Proxy:                  proxyFor(cfg.Proxy, scrub),
		DialContext:            dialer.DialContext,
		Protocols:              &protocols,
		TLSClientConfig:        security,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConns:           cfg.Concurrency + 1,
		MaxIdleConnsPerHost:    cfg.Concurrency + 1,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}

// proxyFor keeps loopback traffic off proxies and the proxy's password out of texts.
func proxyFor(proxy func(*http.Request) (*url.URL, error), scrub *scrubber) func(*http.Request) (*url.URL, error) {
	if proxy == nil {
		return nil
	}
	return func(req *http.Request) (*url.URL, error) {
		if IsLoopback(req.URL.Hostname()) {
			return nil, nil
		}
		u, err := proxy(req)
		if u != nil && u.User != nil {
			if password, ok := u.User.Password(); ok {
				scrub.addPair(u.User.Username(), password)
			}
		}
		return u, err
	}
}

// exchange is an answer whose body has not been read.
type exchange struct {
	host string
	resp *http.Response
	body *body
	dog  *watchdog
	// freeSlot lets the next request begin before this one's body is looked at; the body must have been read.
	freeSlot func()
}

// readAll reads the body whole, in pieces that are joined at the end: growing one buffer would hold twice as much, and
// a short body would hold on to a whole piece for as long as any of it is kept.
func (x *exchange) readAll() ([]byte, error) {
	var pieces [][]byte
	for size := firstPiece; ; size = min(2*size, maxPiece) {
		piece := make([]byte, size)
		n, err := io.ReadFull(x.body, piece)
		pieces = append(pieces, piece[:n])
		switch {
		case err == nil:
			continue
		case x.body.fault != nil || x.body.over:
			return nil, err
		}
		return bytes.Join(pieces, nil), nil
	}
}

// delimited reports whether the answer says where its body ends.
func (x *exchange) delimited() bool {
	return x.resp.ContentLength >= 0 || slices.Equal(x.resp.TransferEncoding, []string{"chunked"})
}

// send puts req on the wire. connected, if not nil, is told of each connection that the request goes out on. The
// exchange must be closed.
func (w *wire) send(ctx context.Context, req *http.Request, r call, connected func()) (*exchange, error) {
	watched, dog := watch(ctx, w.stall, w.whole)
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{
		// A second connection is asked for only when nothing that matters went out on the first.
		GetConn: func(string) { sent.Store(false) },
		GotConn: func(httptrace.GotConnInfo) {
			sent.Store(true)
			if connected != nil {
				connected()
			}
		},
	}
	req = req.WithContext(httptrace.WithClientTrace(watched, trace))
	resp, err := w.guard.RoundTrip(req) //nolint:bodyclose // exchange.close does
	if err != nil {
		dog.stop()
		if _, ok := errors.AsType[*ReadOnlyError](err); ok {
			return nil, err
		}
		return nil, w.fault(ctx, dog, r, req.URL.Host, sent.Load(), false, err)
	}
	dog.progress(minProgress)
	most := r.limit()
	return &exchange{
		host: req.URL.Host, resp: resp, dog: dog,
		body: &body{src: resp.Body, left: most, over: resp.ContentLength > most, dog: dog},
	}, nil
}

// close reads what is left of a short body, so that its connection serves again, and lets go of it.
func (x *exchange) close() {
	if x.body.fault == nil {
		x.body.left, x.body.over = drainMost, false
		_, _ = io.Copy(io.Discard, x.body) // what it may find is that the connection is of no use any more
	}
	x.resp.Body.Close()
	x.dog.stop()
}

// fault makes a TransportError; inBody says that the answer had begun.
func (w *wire) fault(ctx context.Context, dog *watchdog, r call, host string, sent, inBody bool,
	err error) *TransportError {
	e := &TransportError{Method: r.method, Path: w.scrub.text(r.path, maxPath), Host: w.scrub.text(host, maxToken),
		Sent: sent}
	switch {
	case ctx.Err() != nil:
		e.Kind, e.Err = FaultCanceled, ctx.Err()
	case dog.expired() != nil:
		e.Kind, e.Err = FaultTimeout, dog.expired()
	default:
		e.Kind, e.Err = faultKind(err, inBody), errors.New(w.scrub.text(err.Error(), maxMessage))
		var dns *net.DNSError
		e.lasting = e.Kind == FaultTLS || errors.As(err, &dns) && dns.IsNotFound
	}
	return e
}

// faultKind sorts the errors of net, crypto/tls and net/http.
func faultKind(err error, inBody bool) FaultKind {
	var (
		dns        *net.DNSError
		alert      *net.OpError // with the operation "remote error" or "local error": crypto/tls's alerts
		record     tls.RecordHeaderError
		untrusted  *tls.CertificateVerificationError
		hostname   x509.HostnameError
		unknown    x509.UnknownAuthorityError
		timeout    net.Error
		brokenConn = errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) ||
			errors.Is(err, io.ErrUnexpectedEOF) || err.Error() == "http: server closed idle connection"
	)
	switch {
	case errors.As(err, &dns):
		return FaultDNS
	case errors.As(err, &alert) && strings.HasSuffix(alert.Op, " error"), errors.As(err, &record), errors.As(err,
		&untrusted), errors.As(err, &hostname),
		errors.As(err, &unknown), errors.Is(err, http.ErrSchemeMismatch):
		return FaultTLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return FaultRefused
	case errors.As(err, &timeout) && timeout.Timeout():
		return FaultTimeout
	case inBody:
		return FaultTruncated
	case brokenConn:
		return FaultReset
	}
	return FaultOther
}

// note logs a request at debug level: what was asked, what came, how long it took in milliseconds, which attempt it
// was.
func (w *wire) note(ctx context.Context, r call, query string, status int, started time.Time, attempt int, err error) {
	if w.log == nil || !w.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", r.method), slog.String("path", w.scrub.text(r.path, maxPath)),
		slog.Int("status", status), slog.Int64("ms", w.clock.Now().Sub(started).Milliseconds()), slog.Int("attempt", attempt),
	}
	if query != "" {
		attrs = append(attrs, slog.String("query", w.scrub.text(query, maxPath)))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", w.scrub.text(err.Error(), maxMessage)))
	}
	w.log.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
}
