package github_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
)

func TestRunsThatMayUseApprovals(t *testing.T) {
	zeros := strings.Repeat("0", 40)
	for name, c := range map[string]struct {
		event, ref, body string
		pull             int
		want             github.Target
		refused          string
	}{
		"a push to a branch": {
			"push", "refs/heads/main", `{"before":"old"}`, 0,
			github.Target{Branch: "main", SHA: "merge", Before: "old"}, "",
		},
		"a push to a branch with a path": {
			"push", "refs/heads/release/1", `{"before":"old"}`, 0,
			github.Target{Branch: "release/1", SHA: "merge", Before: "old"}, "",
		},
		"a push that made the branch": {
			"push", "refs/heads/main", `{"before":"` + zeros + `"}`, 0, github.Target{Branch: "main", SHA: "merge"},
			"",
		},
		"pr-number by hand": {
			"workflow_dispatch", "refs/heads/main", "{}", 7, github.Target{Branch: "main", SHA: "merge", Pull: 7}, "",
		},
		"pr-number on a push": {
			"push", "refs/heads/main", `{"before":"old"}`, 7, github.Target{Branch: "main", SHA: "merge", Pull: 7}, "",
		},
		"a tag": {
			"push", "refs/tags/v1", `{"before":"old"}`, 0, github.Target{}, `the tag "v1"`,
		},
		"pr-number on a tag": {"push", "refs/tags/v1", "{}", 7, github.Target{}, `the tag "v1"`},
		"a branch of a tag's name": {
			"push", "refs/heads/refs/tags/v1", "{}", 0, github.Target{Branch: "refs/tags/v1", SHA: "merge"}, "",
		},
		"a schedule": {
			"schedule", "refs/heads/main", "{}", 0, github.Target{}, `"schedule" is not a push`,
		},
		"a pull request": {
			"pull_request", "refs/pull/7/merge", `{"pull_request":{"number":7,"merged":true}}`, 0, github.Target{},
			"not for a branch",
		},
		"by hand, without pr-number": {
			"workflow_dispatch", "refs/heads/main", "{}", 0, github.Target{}, "pr-number is empty",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, err := fromEnv(c.body, map[string]string{"GITHUB_EVENT_NAME": c.event, "GITHUB_REF": c.ref})
			if err != nil {
				t.Fatal(err)
			}
			got, err := ctx.Target(c.pull)
			var refused *github.TargetError
			if c.refused != "" &&
				(!errors.As(err, &refused) || !strings.Contains(refused.Why, c.refused) || refused.Next == "") {
				t.Errorf("error %v", err)
			}
			if d := cmp.Diff(c.want, got); d != "" || (err != nil) != (c.refused != "") {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
		})
	}
}
