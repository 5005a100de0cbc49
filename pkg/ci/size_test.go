package ci_test

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"genesys-timeouts/pkg/sandbox"
)

// many is a fixture with n data actions that the manifest raises or, with from over 12, lowers.
func many(t *testing.T, n, from int, name string) *fixture {
	t.Helper()
	r := newFixture(t)
	server, err := sandbox.Start(sandbox.Options{Empty: true, Allowed: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	r.genesys, r.env = server, server.Env()
	r.secrets = append(r.secrets, r.env["GENESYS_CLIENT_SECRET"])
	var manifest strings.Builder
	manifest.WriteString("version: 1\nactions:\n")
	for i := range n {
		id := fmt.Sprintf("custom_-_%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))[:41]
		doc := fmt.Sprintf(`{"id":%q,"name":"%s %d","integrationId":"i","category":"C","version":1,`+
			`"config":{"timeoutSeconds":%d}}`, id, name, i, from)
		if err := server.AddAction([]byte(doc)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&manifest, "  - id: %s\n    timeout: 12s\n", id)
	}
	r.write("genesys-timeouts.yaml", manifest.String())
	return r
}

var ofAll = regexp.MustCompile(`Changes: (\d+) of 5000 shown, the rest is (.*)\.\n`)

func TestFiveThousandChanges(t *testing.T) {
	t.Parallel()
	r := many(t, 5000, 3, strings.Repeat("ø", 90))
	res := r.run(pullRequest("aaa"))
	r.want(res, 0, "to-change", "5000", "comment-status", "created")
	comment := r.theComment()
	for where, c := range map[string]struct {
		text, rest string
		least      int
	}{
		"the comment": {comment, "in the job summary", 50_000}, "the summary": {res.summary,
			"in the file that output report-path names", 800 << 10},
	} {
		m := ofAll.FindStringSubmatch(c.text)
		if m == nil || m[2] != c.rest {
			t.Errorf("%s does not say what is missing: %q\n%s", where, m, c.text[max(0, len(c.text)-600):])
			continue
		}
		if rows := strings.Count(c.text, "\n| [`ø"); fmt.Sprint(rows) != m[1] || rows == 0 {
			t.Errorf("%s has %d rows and says %s", where, rows, m[1])
		}
		if len(c.text) < c.least {
			t.Errorf("%s has only %d bytes", where, len(c.text))
		}
	}
	_, text, _ := strings.Cut(comment, "\n\n")
	r.structure("the comment", text, strings.Count(comment, "\n| [`ø"))
	if block := strings.Split(comment, "\n")[1]; len(block) > 1000 {
		t.Errorf("the list of approved changes is in the comment, whatever its size: %d bytes", len(block))
	}
	if n := strings.Count(readFile(t, res.out["report-path"]), "\n| [`ø"); n != 5000 {
		t.Errorf("the report has %d rows", n)
	}
}

func TestManyWarningsAreNineAnnotations(t *testing.T) {
	t.Parallel()
	r := many(t, 300, 30, "Get order")
	res := r.run(pullRequest("aaa"))
	r.want(res, 0, "to-change", "300")
	if n := res.said("warning"); n != 9 {
		t.Errorf("%d warnings", n)
	}
	r.holds("the log", res.log, "::notice title=Data action timeouts::291 more in the summary")
	res = r.run(pullRequest("aaa").inputs("summary", "false"))
	r.holds("the log", res.log, "::291 more in the file that output report-path names")
	if report := readFile(t, res.out["report-path"]); !strings.Contains(report, "`Get order 299`") {
		t.Error("the report does not have the last warning's action")
	}
	r.holds("the comment", r.theComment(), "300 to update, 300 need your eyes ⚠️")
}

func TestWithoutTheListOnlyTheSamePlanIsApplied(t *testing.T) {
	t.Parallel()
	r := many(t, 1500, 3, "Get order")
	r.want(r.run(pullRequest("aaa")), 0, "to-change", "1500")
	r.merge(pr, "m1")
	r.live("Get order 7", "", 12) // a part of what was shown, but nobody can tell
	res := r.run(apply())
	r.want(res, 1, "failure-reason", "plan-changed", "to-change", "1499")
	r.holds("the log", res.log, "too long to list its changes, and the plan is not the very same one")
	r.live("Get order 7", "", 3)
	r.want(r.run(apply()), 0, "failure-reason", "", "to-change", "1500", "failed", "0", "comment-status", "updated")
	r.holds("the comment", r.theComment(), "state=applied", "1500 applied")
}
