package genesys

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// writeEndless writes n bytes of a JSON string, or as many as the client takes.
func writeEndless(w io.Writer, n int) {
	chunk := []byte(strings.Repeat("a", 64<<10))
	io.WriteString(w, `{"x":"`)
	for n > 0 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
		n -= len(chunk)
	}
}

func TestABodyThatIsNotTheJSONExpected(t *testing.T) {
	type doc struct {
		Entities []struct{ ID string } `json:"entities"`
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
		sent    int
	}{
		"html": {status(200, "<html>\r\n<b>Log in</b>", "Content-Type", "text/html; charset=utf-8"),
			"its body is not JSON (content type text/html; charset=utf-8, begins <html> <b>Log in</b>)", 1},
		"another shape": {status(200, `{"entities":{"id":1}}`, "Content-Type", "application/json"),
			"not of the shape expected: a object at entities", 1},
		"a list":        {status(200, `[]`), "not of the shape expected: a array at the top", 1},
		"null":          {status(200, ` null `), "its body is empty", 1},
		"two documents": {status(200, `{} {}`), "its body is not JSON", 1},
		"empty":         {status(200, ""), "its body is empty", 5},
		"no content":    {status(204, ""), "its body is empty", 5},
		"cut short":     {status(200, `{"entities":[{"id":"x`), "its JSON is cut off", 5},
		"image":         {status(200, "\x89PNG\r\n\x1a\n\x00\x00", "Content-Type", "image/png"), "begins PNG", 1},
	} {
		r := newFixture(t, c.handler)
		var v doc
		err := r.client.getRaw(context.Background(), "/x", nil, into(&v))
		var unreadable *BodyError
		if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), c.want) || IsUncertain(err) {
			t.Errorf("%s: %v; want %q in it", name, err, c.want)
		}
		r.wantSent(c.sent)
	}
}

func TestJSONIsTakenWhateverItsContentTypeSays(t *testing.T) {
	for _, kind := range []string{"text/plain", "text/html", "application/octet-stream", ""} {
		r := newFixture(t, status(200, "\n{\"ok\":true}\n", "Content-Type", kind))
		if v, err := r.get("/x"); err != nil || v["ok"] != true {
			t.Errorf("%q: %v, %v", kind, v, err)
		}
	}
}

func TestTruncatedReadsAreRepeated(t *testing.T) {
	for name, fault := range map[string]http.HandlerFunc{
		"before headers":   reset(""),
		"within headers":   reset("HTTP/1.1 200 OK\r\nContent-"),
		"within the body":  reset("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"ok\":"),
		"within a chunk":   reset("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"ok\":"),
		"between chunks":   reset("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"ok\":\r\n"),
		"no length":        reset("HTTP/1.0 200 OK\r\n\r\n{\"ok\":"),
		"valid but JSON":   status(200, `{"ok":`),
		"within gzip":      reset("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00"),
		"gzip that is not": status(200, `{"ok":true}`, "Content-Encoding", "gzip"),
	} {
		r := newFixture(t, inOrder(fine, fault, fine))
		for i := range 2 {
			if v, err := r.get("/x"); err != nil || v["ok"] != true {
				t.Errorf("%s, read %d: %v, %v", name, i, v, err)
			}
		}
		if got := len(r.sent()); got != 3 {
			t.Errorf("%s: %d requests arrived, want 3", name, got)
		}
		if got := r.client.Requests(); got != 3 {
			t.Errorf("%s: %d requests counted, want 3", name, got)
		}
	}
	r := newFixture(t, reset("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"ok\":"))
	_, err := r.get("/x")
	var fault *TransportError
	if !errors.As(err, &fault) || fault.Kind != FaultTruncated || fault.Attempts != 5 {
		t.Errorf("forever: %v", err)
	}
}

// heap is the memory in use while f runs, at most, in bytes, sampled at each call of the function given to f.
func heapDuring(f func(sample func())) uint64 {
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most uint64
	f(func() {
		runtime.ReadMemStats(&now)
		if now.HeapAlloc > before.HeapAlloc {
			most = max(most, now.HeapAlloc-before.HeapAlloc)
		}
	})
	return most
}

func TestAGigabyteEndsAtTheLimit(t *testing.T) {
	gigabyte := func(w http.ResponseWriter, _ *http.Request) { writeEndless(w, 1<<30) }
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		writeEndless(z, 1<<30)
		z.Close()
	}
	announced := status(200, "{}", "Content-Length", "1073741824")
	for name, h := range map[string]http.HandlerFunc{"plain": gigabyte, "gzip": bomb, "announced": announced} {
		r := newFixture(t, h)
		most := heapDuring(func(sample func()) {
			a, err := r.client.do(context.Background(), call{method: "GET", path: "/x"})
			var tooLarge *BodyError
			if !errors.As(err, &tooLarge) || !strings.Contains(err.Error(), "larger than the 33554432 bytes") || a.body != nil {
				t.Errorf("%s: %v", name, err)
			}
			sample()
		})
		if most > 128<<20 {
			t.Errorf("%s: %d MiB of memory", name, most>>20)
		}
		r.wantSent(1)
	}
}

func TestAnErrorsBodyIsReadInPart(t *testing.T) {
	written := make(chan int64, 1)
	r := newFixture(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(404)
		n := &byteCounter{w: w}
		writeEndless(n, 1<<30)
		written <- n.total
	})
	if _, err := r.get("/x"); !IsNotFound(err) {
		t.Errorf("%v", err)
	}
	if n := <-written; n > 8<<20 { // what lies in the sockets is on top of what is read
		t.Errorf("%d bytes of an error were taken", n)
	}
}

type byteCounter struct {
	w     io.Writer
	total int64
}

func (c *byteCounter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.total += int64(n)
	return n, err
}

func TestABodyOfAnyLengthIsReadWhole(t *testing.T) {
	for _, n := range []int{0, 1, firstPiece - 1, firstPiece, firstPiece + 1, 3 * firstPiece, 5<<20 + 7} {
		want := strings.Repeat("x", n)
		r := newFixture(t, status(200, want))
		a, err := r.client.do(context.Background(), call{method: "GET", path: "/x", maxBody: int64(max(1, n))})
		if err != nil || string(a.body) != want {
			t.Errorf("%d bytes: %d, %v", n, len(a.body), err)
		}
	}
}

// Progress is minProgress bytes: less does not count, however often it comes.
func TestTheWatchdogIsNotFedByDrops(t *testing.T) {
	for feed, barks := range map[int]bool{0: true, 1: true, 500: true, 600: false, minProgress: false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, dog := watch(t.Context(), 30*time.Second, time.Hour)
			defer dog.stop()
			seconds := 0
			for ; seconds < 300 && ctx.Err() == nil; seconds++ {
				time.Sleep(time.Second)
				dog.progress(feed)
			}
			if (dog.expired() != nil) != barks || barks && seconds > 31 {
				t.Errorf("%d bytes a second: expired %v after %d seconds", feed, dog.expired(), seconds)
			}
		})
	}
}

func TestAStreamIsReadFromTheStartAgain(t *testing.T) {
	r := newFixture(t, inOrder(
		status(503, ""),
		reset("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"n\":[1,2,"),
		status(200, `{"n":[1,2,`), // whole for HTTP, not for JSON
		status(200, `{"n":[1,2,3]}`),
	))
	var starts int
	var got struct{ N []int }
	err := r.client.stream(context.Background(), call{method: "GET", path: "/big"}, func(body io.Reader) error {
		starts++
		got.N = nil
		return json.NewDecoder(body).Decode(&got)
	})
	if err != nil || starts != 3 || len(got.N) != 3 {
		t.Errorf("%v, %d starts, %v", err, starts, got)
	}
	r.wantSent(4)
}

func TestAStreamsReaderHasTheLastWord(t *testing.T) {
	r := newFixture(t, fine)
	mine := errors.New("no such step")
	if err := r.client.stream(context.Background(), call{method: "GET", path: "/x"},
		func(io.Reader) error { return mine }); err != mine {
		t.Errorf("%v", err)
	}
	r.wantSent(1)
	r = newFixture(t, status(200, "<html>", "Content-Type", "text/html"))
	err := r.client.stream(context.Background(), call{method: "GET", path: "/x"}, func(body io.Reader) error {
		return json.NewDecoder(body).Decode(new(any))
	})
	var unreadable *BodyError
	if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), "content type text/html") {
		t.Errorf("%v", err)
	}
	r = newFixture(t, func(w http.ResponseWriter, _ *http.Request) { writeEndless(w, 1<<20) })
	err = r.client.stream(context.Background(), call{method: "GET", path: "/x", maxBody: 1000},
		func(body io.Reader) error {
			n, err := io.Copy(io.Discard, body)
			if n != 1000 {
				t.Errorf("%d bytes of 1000", n)
			}
			return err
		})
	if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), "1000 bytes") {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerThatStallsOrDripsIsATimeout(t *testing.T) {
	t.Parallel()
	stopped := make(chan bool)
	defer close(stopped)
	drip := func(w http.ResponseWriter, req *http.Request) {
		flush := http.NewResponseController(w)
		for {
			select {
			case <-req.Context().Done():
				return
			case <-stopped:
				return
			case <-time.After(time.Millisecond):
				io.WriteString(w, " ")
				flush.Flush()
			}
		}
	}
	silent := func(_ http.ResponseWriter, req *http.Request) {
		io.Copy(io.Discard, req.Body)
		select {
		case <-req.Context().Done():
		case <-stopped:
		}
	}
	stalls := func(w http.ResponseWriter, req *http.Request) {
		io.WriteString(w, "{")
		http.NewResponseController(w).Flush()
		silent(w, req)
	}
	for name, h := range map[string]http.HandlerFunc{"drips": drip, "silent": silent, "stalls": stalls} {
		r := newFixture(t, h)
		r.client.wire.stall = 50 * time.Millisecond
		_, err := r.get("/x")
		var fault *TransportError
		if !errors.As(err, &fault) || fault.Kind != FaultTimeout || fault.Attempts != 3 || errors.Is(err,
			context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		r.wantSent(3)

		r = newFixture(t, h)
		r.client.wire.stall = 50 * time.Millisecond
		if _, err := r.patch("/x"); !errors.As(err, &fault) || !IsUncertain(err) {
			t.Errorf("%s, a write: %v", name, err)
		}
		r.wantSent(1)
	}
}

func TestASlowBodyThatMakesProgressIsRead(t *testing.T) {
	t.Parallel()
	r := newFixture(t, func(w http.ResponseWriter, _ *http.Request) {
		flush := http.NewResponseController(w)
		io.WriteString(w, `{"ok":true`)
		for range 20 {
			io.WriteString(w, strings.Repeat(" ", minProgress))
			flush.Flush()
			time.Sleep(60 * time.Millisecond) // a slow line; all of it takes longer than the limit below
		}
		io.WriteString(w, `}`)
	})
	r.client.wire.stall = time.Second
	if v, err := r.get("/x"); err != nil || v["ok"] != true {
		t.Errorf("%v, %v", v, err)
	}
	r.wantSent(1)
}
