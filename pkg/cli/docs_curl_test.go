package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
)

// ciVariables are what CI systems set, for a server in their place.
func ciVariables(server string) map[string]string {
	return map[string]string{
		"SYSTEM_ACCESSTOKEN": "azure-token", "SYSTEM_COLLECTIONURI": server + "/acme/", "SYSTEM_TEAMPROJECTID": "7f1e",
		"BUILD_REPOSITORY_ID": "9a2b", "SYSTEM_PULLREQUEST_PULLREQUESTID": "12",
		"BITBUCKET_TOKEN": "bitbucket-token", "BITBUCKET_URL": server, "PROJECT": "CC", "REPOSITORY": "timeouts",
		"CHANGE_ID": "12",
	}
}

// ciComments lists where each CI system takes a comment.
// Sources: Azure DevOps REST API, Pull Request Threads - Create; Bitbucket Data Center REST API, pull requests.
var ciComments = []string{
	"/acme/7f1e/_apis/git/repositories/9a2b/pullRequests/12/threads?api-version=7.1",
	"/rest/api/1.0/projects/CC/repos/timeouts/pull-requests/12/comments",
}

// curl runs a page's curl against a server in the CI system's place, and wants a comment with the plan's Markdown.
func (r *reader) curl(w []string) (shown string, status int, err error) {
	type comment struct {
		Text     string
		Comments []struct{ Content string }
	}
	var wrong []string
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, req *http.Request) {
		raw, _ := io.ReadAll(req.Body)
		var c comment
		if err := json.Unmarshal(raw, &c); err != nil {
			wrong = append(wrong, fmt.Sprintf("the body is not JSON: %v", err))
		}
		for _, x := range c.Comments {
			c.Text += x.Content
		}
		token := req.Header.Get("Authorization")
		switch {
		case req.Method != http.MethodPost, !slices.Contains(ciComments, req.URL.RequestURI()):
			wrong = append(wrong, req.Method+" "+req.URL.RequestURI()+" is not where a comment goes")
		case token != "Bearer azure-token" && token != "Bearer bitbucket-token":
			wrong = append(wrong, "no token")
		case req.Header.Get("Content-Type") != "application/json":
			wrong = append(wrong, "the content type is "+req.Header.Get("Content-Type"))
		case !strings.HasPrefix(c.Text, "### Data action timeouts"):
			wrong = append(wrong, fmt.Sprintf("the comment is %.100q", c.Text))
		}
		out.WriteHeader(http.StatusCreated)
	}))
	defer server.Close()
	variables := ciVariables(server.URL)
	for i, word := range w {
		w[i] = os.Expand(word, func(name string) string {
			value, ok := variables[name]
			if !ok {
				wrong = append(wrong, "no CI system sets $"+name)
			}
			return value
		})
	}
	shown, status, err = r.start(w)
	if err == nil && len(wrong) > 0 {
		err = fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	return shown, status, err
}
