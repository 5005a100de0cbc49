package ci_test

import (
	"strings"
	"testing"
)

const (
	ireland = "environment: eu-west-1\n" + manifest
	germany = "environment: mypurecloud.de\n" + manifest
	broken  = "environment: eu-west-1\nactions: [\n"
)

func TestAnEnvironmentHasOneCommentHoweverItIsNamed(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.write("genesys-timeouts.yaml", ireland)
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "created")
	r.write("genesys-timeouts.yaml", manifest)
	r.env["GENESYS_ENVIRONMENT"] = "mypurecloud.ie"
	r.want(r.run(pullRequest("bbb")), 0, "comment-status", "updated")
	r.env["GENESYS_ENVIRONMENT"] = ""
	r.write("genesys-timeouts.yaml", germany)
	r.want(r.run(pullRequest("ccc")), 0, "comment-status", "created")
	r.write("genesys-timeouts.yaml", ireland)
	r.want(r.run(pullRequest("ddd")), 0, "comment-status", "updated")
	if n := len(r.ours()); n != 2 {
		t.Errorf("%d comments", n)
	}
	r.merge(pr, "m1")
	r.want(r.run(apply()), 0, "comment-status", "updated", "failure-reason", "")
	r.holds("the first comment", r.ours()[0], "state=applied", "`mypurecloud.ie`")
	r.holds("the other", r.ours()[1], "state=planned", "`mypurecloud.de`")
}

func TestAManifestThatCannotBeReadKeepsItsComment(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]string{
		"no YAML":                     broken,
		"a mistake elsewhere":         strings.Replace(ireland, "timeout: 12s", "timeout: 12", 1),
		"a mistake in front":          "version: 2\n" + strings.Replace(ireland, "version: 1\n", "", 1),
		"an environment that is none": strings.Replace(ireland, "eu-west-1", "eu-west-9", 1),
		"no text":                     "\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			failed := func(head, status string) {
				t.Helper()
				r.write("genesys-timeouts.yaml", wrong)
				r.want(r.run(pullRequest(head)), 1, "comment-status", status, "failure-reason", "invalid-manifest")
				r.holds("the comment", r.theComment(), "head="+head, "state=errors")
			}
			planned := func(head string) {
				t.Helper()
				r.write("genesys-timeouts.yaml", ireland)
				r.want(r.run(pullRequest(head)), 0, "comment-status", "updated")
				r.holds("the comment", r.theComment(), "head="+head, "state=planned")
			}
			failed("aaa", "created")
			planned("bbb")
			failed("ccc", "updated")
			failed("ccc", "unchanged")
			planned("ddd")
		})
	}
}

func TestAManifestThatCannotBeReadLeavesTheCommentsOfSeveralEnvironmentsAlone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	heads := func(want ...string) {
		t.Helper()
		ours := r.ours()
		if len(ours) != len(want) {
			t.Fatalf("%d comments, want %d:\n%.2000s", len(ours), len(want), strings.Join(ours, "\n"))
		}
		for i, head := range want {
			r.holds("a comment", ours[i], "head="+head)
		}
	}
	for i, text := range []string{germany, ireland} {
		r.write("genesys-timeouts.yaml", text)
		r.want(r.run(pullRequest([]string{"aaa", "bbb"}[i])), 0, "comment-status", "created")
	}
	r.want(r.run(pullRequest("bbb").inputs("label", "prod")), 0, "comment-status", "created")
	r.write("genesys-timeouts.yaml", broken)
	r.want(r.run(pullRequest("ccc")), 1, "comment-status", "created")
	heads("aaa", "bbb", "bbb", "ccc")
	r.want(r.run(pullRequest("ccc")), 1, "comment-status", "unchanged")
	r.write("genesys-timeouts.yaml", broken+"]\n")
	r.want(r.run(pullRequest("ddd")), 1, "comment-status", "updated")
	heads("aaa", "bbb", "bbb", "ddd")
	r.write("genesys-timeouts.yaml", "environment: eu-west-1\n"+another)
	r.want(r.run(pullRequest("eee")), 0, "comment-status", "updated")
	heads("aaa", "eee", "bbb")
}
