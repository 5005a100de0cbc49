package sandbox

import (
	"bytes"
	"fmt"
	"testing"
)

func TestPages(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true, Allowed: 10_000})
	for n := range 205 {
		w.must(w.AddAction(fmt.Appendf(nil, `{"id":"custom_-_%03d","name":"Action %d"}`, n, n)))
	}
	cases := []struct {
		query           string
		first, entities int
		count, size     string
		next, previous  bool
	}{
		{"", 0, 25, "9", "25", true, false},
		{"?pageSize=100", 0, 100, "3", "100", true, false},
		{"?pageSize=100&pageNumber=2", 100, 100, "3", "100", true, true},
		{"?pageSize=100&pageNumber=3", 200, 5, "3", "100", false, true},
		{"?pageSize=100&pageNumber=4", 0, 0, "3", "100", false, true},
		{"?pageSize=100&pageNumber=9223372036854775807", 0, 0, "3", "100", false, true},
		{"?pageSize=41&pageNumber=5", 164, 41, "5", "41", false, true},
	}
	for _, c := range cases {
		a := w.want(200, "GET", actionsPath+c.query, "")
		got := ids(t, a.body)
		if len(got) != c.entities || len(got) > 0 && got[0] != fmt.Sprintf("custom_-_%03d", c.first) {
			t.Errorf("%s: %d entities from %v", c.query, len(got), got[:min(1, len(got))])
		}
		if a.text("pageCount") != c.count || a.text("pageSize") != c.size || a.text("total") != "205" {
			t.Errorf("%s: %s", c.query, a.body[len(a.body)-400:])
		}
		if (a.text("nextUri") != "") != c.next || (a.text("previousUri") != "") != c.previous {
			t.Errorf("%s: next %q, previous %q", c.query, a.text("nextUri"), a.text("previousUri"))
		}
		if last := w.want(200, "GET", a.text("lastUri"), ""); last.text("nextUri") != "" ||
			last.text("pageNumber") != c.count {
			t.Errorf("%s: last page %s", c.query, a.text("lastUri"))
		}
	}
	seen := map[string]bool{}
	for uri := actionsPath + "?pageSize=7&includeConfig=true&name=action"; uri != ""; {
		a := w.want(200, "GET", uri, "")
		for _, id := range ids(t, a.body) {
			if seen[id] {
				t.Errorf("%s came twice", id)
			}
			seen[id] = true
		}
		uri = a.text("nextUri")
	}
	if len(seen) != 205 {
		t.Errorf("following nextUri found %d of 205", len(seen))
	}
	for _, bad := range []string{"?pageSize=0", "?pageSize=101", "?pageSize=x", "?pageNumber=0", "?pageNumber=-1"} {
		w.want(400, "GET", actionsPath+bad, "")
	}
	if a := w.want(200, "GET", actionsPath+"?name=nothing+like+it", ""); a.text("pageCount") != "0" ||
		!bytes.Contains(a.body, []byte(`"entities":[]`)) {
		t.Errorf("empty listing: %s", a.body)
	}
}
