package sandbox

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFaultMeetsOnlyItsRequests(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	id := w.ActionID("Get order", "")
	f := w.Fault(Fault{Kind: FaultStatus, Status: 503, Method: "get", Path: `actions\?.*name=get order`, At: 2, Times: 2,
		Header: map[string]string{"Retry-After": "1"}})
	want := []int{200, 503, 503, 200}
	for _, status := range want {
		w.want(200, "GET", actionsPath+"/"+id, "")
		a := w.want(status, "GET", actionsPath+"?name=get+order", "")
		if status == 503 && (a.header.Get("Retry-After") != "1" || a.text("code") != "service.unavailable" ||
			a.header.Get("inin-ratelimit-count") == "") {
			t.Errorf("%v %s", a.header, a.body)
		}
	}
	if w.Hits(f) != 2 {
		t.Errorf("%d hits", w.Hits(f))
	}
	w.Fault(Fault{Kind: FaultStatus, Status: 500, Body: "oops"})
	if a := w.send("POST", "/oauth/token", ""); a.status != 500 || string(a.body) != "oops" {
		t.Errorf("sign-in: %d %s", a.status, a.body)
	}
	w.ClearFaults()
	w.want(200, "GET", actionsPath, "")
}

func TestWritesUnderFaultsStickOnlyWithEffect(t *testing.T) {
	t.Parallel()
	for _, kind := range []FaultKind{FaultStatus, FaultReset, FaultResetBody, FaultCut, FaultTruncate, FaultHTML,
		FaultEmpty} {
		for _, effect := range []bool{false, true} {
			w := start(t, Options{Empty: true})
			w.must(w.AddAction([]byte(oddAction)))
			w.Fault(Fault{Kind: kind, Method: "PATCH", Effect: effect})
			_, err := w.try("PATCH", actionsPath+"/custom_-_odd", `{"version":4,"config":{"timeoutSeconds":9}}`)
			if broken := kind == FaultReset || kind == FaultResetBody || kind == FaultCut; broken != (err != nil) {
				t.Errorf("%s: error %v", kind, err)
			}
			if doc, _ := w.Action("custom_-_odd"); (versionOf(doc) == 5) != effect {
				t.Errorf("%s, effect %v: version %d", kind, effect, versionOf(doc))
			}
		}
	}
}

func TestSpoiltAnswers(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	whole := w.want(200, "GET", actionsPath, "").body
	spoilt := func(f Fault) (answer, error) {
		w.ClearFaults()
		w.Fault(f)
		return w.try("GET", actionsPath, "")
	}
	for _, kind := range []FaultKind{FaultReset, FaultResetBody} {
		if _, err := spoilt(Fault{Kind: kind}); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	log := w.Requests()
	if log[1].Status != 0 || log[2].Status != 0 && log[2].Status != 200 {
		t.Errorf("log %+v", log)
	}
	if _, err := spoilt(Fault{Kind: FaultCut}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	if a, err := spoilt(Fault{Kind: FaultTruncate}); err != nil || string(a.body) != string(whole[:len(whole)/2]) {
		t.Errorf("truncate: %v, %d bytes of %d", err, len(a.body), len(whole))
	}
	if a, err := spoilt(Fault{Kind: FaultHTML}); err != nil || a.status != 200 ||
		!strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || !strings.HasPrefix(string(a.body), "<!DOCTYPE") {
		t.Errorf("html: %v, %d %s", err, a.status, a.body)
	}
	if a, err := spoilt(Fault{Kind: FaultEmpty}); err != nil || a.status != 200 || len(a.body) != 0 {
		t.Errorf("empty: %v, %d %s", err, a.status, a.body)
	}
	if a, err := spoilt(Fault{Kind: FaultType}); err != nil || string(a.body) != string(whole) ||
		a.header.Get("Content-Type") != "text/plain; charset=us-ascii" {
		t.Errorf("type: %v, %v", err, a.header)
	}
	if a, err := spoilt(Fault{Kind: FaultDrip, Delay: 10 * time.Microsecond}); err != nil ||
		string(a.body) != string(whole) {
		t.Errorf("drip: %v, %d bytes of %d", err, len(a.body), len(whole))
	}
	begun := time.Now()
	if a, err := spoilt(Fault{Kind: FaultDelay, Delay: 60 * time.Millisecond}); err != nil ||
		string(a.body) != string(whole) || time.Since(begun) < 60*time.Millisecond {
		t.Errorf("delay: %v after %v", err, time.Since(begun))
	}
	if a, err := spoilt(Fault{Kind: FaultHuge, Bytes: 5<<20 + 1}); err != nil || len(a.body) != 5<<20+1 ||
		!strings.HasPrefix(string(a.body), `{"entities":[ `) {
		t.Errorf("huge: %v, %d bytes", err, len(a.body))
	}
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if a, err := spoilt(Fault{Kind: FaultRedirect, To: "http://other.example/"}); err != nil || a.status != 307 ||
		a.header.Get("Location") != "http://other.example"+actionsPath {
		t.Errorf("redirect: %v, %d %v", err, a.status, a.header)
	}
}

func TestHugeBodyEndsWithItsReader(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.Fault(Fault{Kind: FaultHuge, Bytes: 1 << 50})
	r, err := http.NewRequest(http.MethodGet, w.URL()+actionsPath, nil)
	w.must(err)
	res, err := w.client.Do(r)
	w.must(err)
	n, err := io.CopyN(io.Discard, res.Body, 3<<20)
	if err != nil || n != 3<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
	res.Body.Close()
	w.client.CloseIdleConnections()
	w.must(w.Close()) // does not wait for the other petabyte
}

func TestGzipBombUnpacksToMoreThanItSends(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.client.Transport.(*http.Transport).DisableCompression = true // what is sent is to be counted
	w.Fault(Fault{Kind: FaultGzipBomb, Bytes: 64 << 20})
	a := w.send("GET", actionsPath, "")
	if a.status != 200 || a.header.Get("Content-Encoding") != "gzip" || len(a.body) > 1<<20 {
		t.Fatalf("%d bytes, %v", len(a.body), a.header)
	}
	z, err := gzip.NewReader(strings.NewReader(string(a.body)))
	w.must(err)
	start, err := bufio.NewReader(z).Peek(14)
	if err != nil || string(start) != `{"entities":[ ` {
		t.Errorf("%q, %v", start, err)
	}
	if n, err := io.Copy(io.Discard, z); err != nil || n < 60<<20 {
		t.Errorf("unpacks to %d bytes, %v", n, err)
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.Fault(Fault{Kind: FaultHang})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL()+actionsPath, nil)
	w.must(err)
	if res, err := w.client.Do(r); !errors.Is(err, context.DeadlineExceeded) {
		res.Body.Close()
		t.Errorf("%v", err)
	}
}

func TestRateLimitIsNotSpoilt(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Allowed: 1})
	w.Fault(Fault{Kind: FaultHTML})
	w.want(200, "GET", actionsPath, "")
	w.want(429, "GET", actionsPath, "")
}

func TestFaultsBeforeARequest(t *testing.T) {
	t.Parallel()
	patch := `{"version":4,"config":{"timeoutSeconds":9}}`
	path := actionsPath + "/custom_-_odd"
	cases := []struct {
		fault   Fault
		status  int
		version int64
		seconds string
	}{
		{Fault{Kind: FaultTouch}, 409, 5, "3"},
		{Fault{Kind: FaultEdit, Seconds: 20}, 409, 5, "20"},
		{Fault{Kind: FaultRename}, 409, 5, "3"},
		{Fault{Kind: FaultExpire}, 401, 4, "3"},
		{Fault{Kind: FaultForget}, 200, 5, "3"},
		{Fault{Kind: FaultCall, Do: func(s *Server) { _ = s.SetTimeout("custom_-_odd", 30) }}, 409, 5, "30"},
		{Fault{Kind: FaultDraft}, 200, 5, "9"}, // not a function data action: nothing happens
	}
	for _, c := range cases {
		w := start(t, Options{Empty: true})
		w.must(w.AddAction([]byte(oddAction)))
		c.fault.Times = 1
		w.Fault(c.fault)
		if a := w.want(c.status, "PATCH", path, patch); c.fault.Kind == FaultForget &&
			a.text("config", "timeoutSeconds") != "9" {
			t.Errorf("forget shows it: %s", a.body)
		}
		doc, _ := w.Action("custom_-_odd")
		if versionOf(doc) != c.version || textAt(doc, "config", "timeoutSeconds") != c.seconds {
			t.Errorf("%s: %s", c.fault.Kind, doc)
		}
	}
	w := start(t, Options{Empty: true})
	w.must(w.AddAction([]byte(oddAction)))
	w.Fault(Fault{Kind: FaultOmitConfig, Path: `\?`, Times: 1})
	for _, want := range []bool{false, true} {
		if a := w.want(200, "GET", actionsPath+"?includeConfig=true", ""); strings.Contains(string(a.body),
			"config") != want {
			t.Errorf("%s", a.body)
		}
	}
	w.Fault(Fault{Kind: FaultDelete})
	w.want(404, "GET", path, "")
}

func TestFaultsOnFlowActionsAndDrafts(t *testing.T) {
	t.Parallel()
	w, docs := startWithFlowActions(t)
	w.Fault(Fault{Kind: FaultEdit, Method: "PUT", Times: 1})
	w.want(409, "PUT", nested+"/rest?flowId=f1", docs["rest"])
	if doc, _ := w.FlowAction("f1", "rest"); textAt(doc, "definition", "options", "timeout") != "7000" {
		t.Errorf("%s", doc)
	}
	w.Fault(Fault{Kind: FaultForget, Method: "PUT", Times: 1})
	w.want(200, "PUT", nested+"/js?flowId=f1", strings.Replace(docs["js"], `Timeout":5`, `Timeout":9`, 1))
	if doc, _ := w.FlowAction("f1", "js"); string(doc) != strings.Replace(docs["js"], `"version":2`, `"version":3`, 1) {
		t.Errorf("%s", doc)
	}

	w, path := startWithFunction(t)
	w.Fault(Fault{Kind: FaultDraft, Method: "POST", Times: 1})
	w.want(200, "POST", path+"/draft", "")
	w.want(200, "PUT", path+"/draft/function", `{"description":"d","handler":"h","runtime":"r","timeoutSeconds":9}`)
	w.Fault(Fault{Kind: FaultForget, Path: "publish"})
	w.want(200, "POST", path+"/draft/publish", `{"version":`+w.send("GET", path+"/draft", "").text("version")+`}`)
	if f, _ := w.Function("custom_-_f"); string(f) != functionConfig {
		t.Errorf("a publication that was to be forgotten: %s", f)
	}
}
