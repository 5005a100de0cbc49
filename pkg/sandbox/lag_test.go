package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestReadsLagBehindWrites(t *testing.T) {
	t.Parallel()
	now := &clock{t: time.Unix(1_800_000_000, 0)}
	w := start(t, Options{Empty: true, ReadLag: 5 * time.Second, Now: now.Now})
	w.must(w.AddAction([]byte(oddAction)))
	path := actionsPath + "/custom_-_odd"
	reads := []string{path + "?includeConfig=true", actionsPath + "?includeConfig=true&ids=custom_-_odd"}
	seconds := func(at string) string {
		body := string(w.want(200, "GET", at, "").body)
		_, rest, _ := strings.Cut(body, `"timeoutSeconds":`)
		return strings.Trim(rest[:strings.IndexByte(rest, '}')], " ")
	}
	if a := w.want(200, "PATCH", path, `{"version":4,"config":{"timeoutSeconds":9}}`); a.text("version") != "5" {
		t.Errorf("the write's answer lags: %s", a.body)
	}
	w.want(409, "PATCH", path, `{"version":4,"config":{"timeoutSeconds":8}}`) // writes do not lag
	for _, at := range reads {
		if got := seconds(at); got != "3" {
			t.Errorf("%s shows %s at once", at, got)
		}
	}
	now.add(5 * time.Second)
	for _, at := range reads {
		if got := seconds(at); got != "9" {
			t.Errorf("%s shows %s after 5 s", at, got)
		}
	}
	w.SetReadLag(0)
	w.want(200, "PATCH", path, `{"version":5,"config":{"timeoutSeconds":7}}`)
	if got := seconds(reads[0]); got != "7" {
		t.Errorf("without lag: %s", got)
	}
	w.Fault(Fault{Kind: FaultStale, Method: "GET", Times: 2})
	for _, want := range []string{"9", "9", "7"} {
		if got := seconds(reads[0]); got != want {
			t.Errorf("stale: %s, want %s", got, want)
		}
	}
}

func TestReadsOfFunctionsAndNestedActionsLag(t *testing.T) {
	t.Parallel()
	w, path := startWithFunction(t)
	w.SetReadLag(time.Hour)
	w.must(w.LeaveDraftOf("custom_-_f", 12))
	w.want(200, "POST", path+"/draft/publish", `{"version":2}`)
	if a := w.want(200, "GET", path+"/function", ""); a.text("function", "timeoutSeconds") != "5" {
		t.Errorf("%s", a.body)
	}
	if a := w.want(200, "GET", path, ""); a.text("version") != "6" {
		t.Errorf("%s", a.body)
	}
	n, docs := startWithFlowActions(t)
	n.SetReadLag(time.Hour)
	n.want(200, "PUT", nested+"/js?flowId=f1", strings.Replace(docs["js"], `Timeout":5`, `Timeout":9`, 1))
	if a := n.want(200, "GET", nested+"/js?flowId=f1", ""); string(a.body) != docs["js"] {
		t.Errorf("%s", a.body)
	}
	if a := n.want(200, "GET", nested+"?flowId=f1&expand=definition", ""); !strings.Contains(string(a.body), docs["js"]) {
		t.Errorf("%s", a.body)
	}
}
