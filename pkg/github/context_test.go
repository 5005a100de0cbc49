package github_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
)

func fromEnv(event string, env map[string]string) (github.Context, error) {
	all := map[string]string{
		"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "/event.json", "GITHUB_REPOSITORY": "acme/voice",
		"GITHUB_SHA": "merge", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_RUN_ID": "123", "GITHUB_RUN_NUMBER": "4",
		"GITHUB_RUN_ATTEMPT": "2",
		"GITHUB_SERVER_URL":  "https://ghe.example/", "GITHUB_API_URL": "https://ghe.example/api/v3",
		"GITHUB_GRAPHQL_URL": "https://ghe.example/api/graphql",
		"GITHUB_WORKSPACE":   "/work", "RUNNER_TEMP": "/tmp", "GITHUB_OUTPUT": "/o", "GITHUB_STEP_SUMMARY": "/s",
		"GITHUB_PATH": "/p",
	}
	maps.Copy(all, env)
	return github.FromEnv(func(k string) string { return all[k] }, func(path string) ([]byte, error) {
		if path != "/event.json" {
			return nil, errors.New("no such file")
		}
		return []byte(event), nil
	})
}

func TestContextOfAPullRequest(t *testing.T) {
	got, err := fromEnv(`{"number":7,"pull_request":{"number":7,"head":{"sha":"head","repo":null}}}`, nil)
	want := github.Context{
		EventName: "pull_request", Repository: "acme/voice", SHA: "merge", Ref: "refs/pull/7/merge", Head: "head",
		PullNumber: 7,
		Run: github.Run{
			ID:      123,
			Number:  4,
			Attempt: 2,
		}, ServerURL: "https://ghe.example/", APIURL: "https://ghe.example/api/v3",
		GraphQLURL: "https://ghe.example/api/graphql", Workspace: "/work", TempDir: "/tmp", OutputFile: "/o",
		SummaryFile: "/s", PathFile: "/p",
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if got.RunURL() != "https://ghe.example/acme/voice/actions/runs/123/attempts/2" ||
		got.CommitURL("head") != "https://ghe.example/acme/voice/commit/head" {
		t.Errorf("urls %q %q", got.RunURL(), got.CommitURL("head"))
	}
}

func TestContextOfAMergedPullRequest(t *testing.T) {
	got, err := fromEnv(`{"action":"closed","pull_request":{"number":7,"merged":true,"head":{"sha":"head"}}}`, nil)
	if err != nil || !got.PullMerged {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestContextOfAPush(t *testing.T) {
	got, err := fromEnv(
		`{"after":"merge"}`,
		map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_RUN_ATTEMPT": "1"},
	)
	if err != nil || got.PullNumber != 0 || got.Head != "merge" {
		t.Errorf("%+v, %v", got, err)
	}
	if got.RunURL() != "https://ghe.example/acme/voice/actions/runs/123" {
		t.Errorf("url %q", got.RunURL())
	}
}

func TestContextOutsideARunner(t *testing.T) {
	got, err := github.FromEnv(func(string) string { return "" }, nil)
	if d := cmp.Diff(github.Context{}, got); err != nil || d != "" || got.RunURL() != "" || got.CommitURL("x") != "" {
		t.Errorf("%v %s", err, d)
	}
}

func TestContextsThatAreMalformed(t *testing.T) {
	for name, c := range map[string]struct {
		env   map[string]string
		event string
		want  string
	}{
		"a run id":          {map[string]string{"GITHUB_RUN_ID": "12x"}, "{}", "GITHUB_RUN_ID"},
		"a negative number": {map[string]string{"GITHUB_RUN_NUMBER": "-1"}, "{}", "GITHUB_RUN_NUMBER"},
		"a repository":      {map[string]string{"GITHUB_REPOSITORY": "acme/../x"}, "{}", "owner/name"},
		"no event file":     {map[string]string{"GITHUB_EVENT_PATH": "/none"}, "", `"/none"`},
		"an event":          {nil, "{", "GITHUB_EVENT_PATH"},
		"a pull number":     {nil, `{"pull_request":{"number":"7"}}`, "GITHUB_EVENT_PATH"},
	} {
		got, err := fromEnv(c.event, c.env)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v lacks %q", name, err, c.want)
		}
		if got.OutputFile != "/o" {
			t.Errorf("%s: the file for outputs is not known", name)
		}
	}
}

func TestParsePullNumber(t *testing.T) {
	if n, err := github.ParsePullNumber("123"); n != 123 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, bad := range []string{"", "0", "-1", "+1", "1_0", " 1", "1\n", "#1", "1; rm -rf", "99999999999", "٣"} {
		if n, err := github.ParsePullNumber(bad); err == nil {
			t.Errorf("%q is %d", bad, n)
		}
	}
}
