package github

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// Context is the run that this process is part of, as the runner describes it in GITHUB_* variables and in the event
// file. What neither says is the zero value.
//
// Variables: https://docs.github.com/actions/reference/workflows-and-actions/variables
type Context struct {
	EventName string
	// Repository is "owner/name".
	Repository string
	SHA        string
	// Ref is what was pushed, or what the run is on: refs/heads/BRANCH, refs/tags/TAG, refs/pull/N/merge.
	Ref string
	// Before is where the pushed ref stood before; all zeros where it is new, "" for other events.
	Before string
	// Head is the commit that readers of the pull request know: the head of its branch, not the merge that was
	// checked out. For other events it is SHA.
	Head string
	// PullNumber is 0 where the event has no pull request.
	PullNumber int
	// PullMerged is true where the event is about a pull request that is merged, as its closing is.
	PullMerged bool
	Run        Run

	ServerURL, APIURL, GraphQLURL string
	Workspace, TempDir            string
	// The runner's command files: outputs, the job summary, and the file whose lines are added to PATH.
	OutputFile, SummaryFile, PathFile string
}

// Run says which run wrote something. IDs grow over time, so runs of different workflows compare too; Number is the
// one that people see.
type Run struct {
	ID, Number, Attempt int64
}

// Before reports whether the run started before another: a smaller id, or an earlier attempt of the same run.
func (r Run) Before(o Run) bool { return r.compare(o) < 0 }

func (r Run) compare(o Run) int {
	return cmp.Or(cmp.Compare(r.ID, o.ID), cmp.Compare(r.Number, o.Number), cmp.Compare(r.Attempt, o.Attempt))
}

// RunURL is the page of this run's attempt, or "" where the run is not known.
func (c Context) RunURL() string {
	if c.ServerURL == "" || c.Repository == "" || c.Run.ID == 0 {
		return ""
	}
	u := fmt.Sprintf("%s/%s/actions/runs/%d", strings.TrimSuffix(c.ServerURL, "/"), c.Repository, c.Run.ID)
	if c.Run.Attempt > 1 {
		u += fmt.Sprintf("/attempts/%d", c.Run.Attempt)
	}
	return u
}

// CommitURL is the page of a commit of this repository, or "".
func (c Context) CommitURL(sha string) string {
	if c.ServerURL == "" || c.Repository == "" || sha == "" {
		return ""
	}
	return strings.TrimSuffix(c.ServerURL, "/") + "/" + c.Repository + "/commit/" + sha
}

// BlobURL is the address of a folder of this repository at a commit, below which its files are, or "".
func (c Context) BlobURL(sha, folder string) string {
	if c.ServerURL == "" || c.Repository == "" || sha == "" {
		return ""
	}
	parts := strings.Split(path.Join("/", folder), "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.TrimSuffix(strings.TrimSuffix(c.ServerURL,
		"/")+"/"+c.Repository+"/blob/"+sha+strings.Join(parts, "/"), "/")
}

// event is what is read of the payload that started the run; pull_request, pull_request_target and
// pull_request_review share the shape. https://docs.github.com/webhooks/webhook-events-and-payloads
type event struct {
	Before      string `json:"before"`
	PullRequest *struct {
		Number int  `json:"number"`
		Merged bool `json:"merged"`
		Head   struct {
			SHA string `json:"sha"`
		} `json:"head"`
	} `json:"pull_request"`
}

// FromEnv parses the runner's variables. Missing ones are not an error, malformed ones are: an invalid number, a
// repository that is not owner/name, an event file that cannot be read or is not JSON. What was read until then comes
// with the error, so that the outputs can still be written.
func FromEnv(getenv func(string) string, readFile func(string) ([]byte, error)) (Context, error) {
	c := Context{
		EventName:   getenv("GITHUB_EVENT_NAME"),
		Repository:  getenv("GITHUB_REPOSITORY"),
		SHA:         getenv("GITHUB_SHA"),
		Ref:         getenv("GITHUB_REF"),
		ServerURL:   getenv("GITHUB_SERVER_URL"),
		APIURL:      getenv("GITHUB_API_URL"),
		GraphQLURL:  getenv("GITHUB_GRAPHQL_URL"),
		Workspace:   getenv("GITHUB_WORKSPACE"),
		TempDir:     getenv("RUNNER_TEMP"),
		OutputFile:  getenv("GITHUB_OUTPUT"),
		SummaryFile: getenv("GITHUB_STEP_SUMMARY"),
		PathFile:    getenv("GITHUB_PATH"),
	}
	if c.Repository != "" {
		if _, _, err := splitRepository(c.Repository); err != nil {
			return c, fmt.Errorf("reading GITHUB_REPOSITORY: %w", err)
		}
	}
	for _, v := range []struct {
		name string
		to   *int64
	}{{"GITHUB_RUN_ID", &c.Run.ID}, {"GITHUB_RUN_NUMBER", &c.Run.Number}, {"GITHUB_RUN_ATTEMPT", &c.Run.Attempt}} {
		if s := getenv(v.name); s != "" {
			n, err := wholeNumber(s)
			if err != nil {
				return c, fmt.Errorf("reading %s: %w", v.name, err)
			}
			*v.to = n
		}
	}
	c.Head = c.SHA
	if path := getenv("GITHUB_EVENT_PATH"); path != "" {
		if err := c.readEvent(path, readFile); err != nil {
			return c, fmt.Errorf("reading the event %q that GITHUB_EVENT_PATH names: %w", path, err)
		}
	}
	return c, nil
}

func (c *Context) readEvent(path string, readFile func(string) ([]byte, error)) error {
	b, err := readFile(path)
	if err != nil {
		return err
	}
	var e event
	if err := json.Unmarshal(b, &e); err != nil {
		return err
	}
	if c.EventName == "push" {
		c.Before = e.Before
	}
	pull := e.PullRequest
	if pull == nil {
		return nil
	}
	c.PullNumber, c.PullMerged = pull.Number, pull.Merged
	if pull.Head.SHA != "" {
		c.Head = pull.Head.SHA
	}
	return nil
}

// ParsePullNumber reads the number of a pull request: digits only.
func ParsePullNumber(s string) (int, error) {
	n, err := wholeNumber(s)
	if err != nil || n < 1 || n > 1<<31-1 {
		return 0, fmt.Errorf("%q is not a pull request number: use digits only, such as 123", s)
	}
	return int(n), nil
}

// wholeNumber is stricter than strconv: no sign, no underscore, no blank.
func wholeNumber(s string) (int64, error) {
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("%q is not a whole number", s)
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return n, nil
}

func splitRepository(s string) (owner, name string, err error) {
	owner, name, ok := strings.Cut(s, "/")
	if !ok || !pathSegment(owner) || !pathSegment(name) {
		return "", "", fmt.Errorf("%q is not a repository (owner/name)", s)
	}
	return owner, name, nil
}

// pathSegment holds for the characters GitHub allows in names of owners and repositories; they end up in URLs.
func pathSegment(s string) bool {
	if s == "" || s == "." || s == ".." {
		return false
	}
	for _, r := range s {
		if !isWord(r) {
			return false
		}
	}
	return true
}

// isWord holds for ASCII letters, digits, "_", "-" and ".".
func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.'
}
