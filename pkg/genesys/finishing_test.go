package genesys

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
)

// An interrupt while a write is on the wire does not leave behind a write of which nobody knows.
func TestWriteUnderWayOutlivesItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := newFixture(t, func(w http.ResponseWriter, req *http.Request) {
		cancel()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"done":true}`))
	}, func(cfg *Config) { cfg.Clock = nil })
	a, err := r.client.do(ctx, call{method: http.MethodPatch, path: "/x", body: []byte(`{}`)})
	if err != nil || string(a.body) != `{"done":true}` {
		t.Errorf("the write under way gave %q and %v", a.body, err)
	}
	if _, err := r.client.do(ctx, call{method: http.MethodPatch, path: "/x", body: []byte(`{}`)}); !errors.Is(err,
		context.Canceled) || IsUncertain(err) {
		t.Errorf("a write that had not begun gave %v, which has to be certain and canceled", err)
	}
	if r.client.Requests() != 1 {
		t.Errorf("%d requests were sent, want 1", r.client.Requests())
	}
}

func TestWriteThatHangsIsGivenUpAndUncertain(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := newFixture(t, func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body) // or the server does not notice that the client goes away
		cancel()
		<-req.Context().Done() // the client goes away; its clock runs through the grace at once
	})
	_, err := r.client.do(ctx, call{method: http.MethodPatch, path: "/x", body: []byte(`{}`)})
	if !IsUncertain(err) {
		t.Errorf("a write that was given up gave %v, which has to be uncertain", err)
	}
}
