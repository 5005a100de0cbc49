// Package githubtest is a small GitHub over real HTTP, for tests: comments and who edited them, issues, pull
// requests, commits and how they relate, and the viewer. It lives under a path prefix as GitHub Enterprise does,
// pages its lists, refuses long bodies and unknown tokens as GitHub does, and answers with faults that a test puts
// in. It shares no code with package github.
package githubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Names that every server has.
const (
	Repository = "acme/voice"
	Token      = "ghs_only-for-this-test"
	JobLogin   = "github-actions[bot]"
	// Prefix is the path in front of every REST address.
	Prefix = "/base/api/v3"
	// GraphQLPath is the address of GraphQL.
	GraphQLPath = "/base/api/graphql"
	// maxBody is GitHub's own limit on a body.
	maxBody = 65536
)

// Comment is a comment on an issue or a pull request.
type Comment struct {
	ID     int64
	Number int
	Author string
	Body   string
	// Type is the author's; "" is Bot for a login with the suffix, else User.
	Type string
	// Editor is who edited it last, Edited when; zero where nobody did. A deleted editor is "" with a time.
	Editor          string
	Created, Edited time.Time
}

// Issue is an issue.
type Issue struct {
	Number int
	Author string
	Title  string
	Body   string
	State  string
	Reason string
	Labels []string
	// Pull makes it a pull request, which GitHub lists among the issues.
	Pull bool
}

// Pull is a pull request. Closed is one that was closed without being merged.
type Pull struct {
	Number         int
	Head           string
	MergeCommit    string
	Merged, Closed bool
	// Base is the branch it is for, "" for main; BaseRepository that branch's repository, "" for Repository.
	Base, BaseRepository string
	// MergedAt is when it was merged; the zero value is when it was added.
	MergedAt time.Time
}

// Request is a request that arrived.
type Request struct {
	Method, Path, Authorization, Body string
}

// Answer is an answer that a test puts in place of the server's own.
type Answer struct {
	Status int
	Header map[string]string
	Body   string
	// Before runs before the answer, outside the server's lock; Through lets the request through to the server after
	// it.
	Before  func()
	Through bool
}

// Server is one GitHub.
type Server struct {
	// Login is who the token belongs to; ViewerLogin, if set, what GraphQL says instead.
	Login, ViewerLogin string
	// WithoutIDs leaves the ids of accounts out.
	WithoutIDs bool
	// IndexLag is how many times the index from a commit to its pull requests is asked in vain; ListLag how many
	// times the list of closed pull requests lacks the one that was merged last.
	IndexLag, ListLag int

	http  *httptest.Server
	mu    sync.Mutex
	next  int64
	now   time.Time // a second later with each event
	state struct {
		comments []Comment
		issues   []Issue
		pulls    []Pull
		parents  map[string][]string
	}
	scripts  []*script
	requests []Request
}

type script struct {
	method, path string
	answers      []Answer
}

// Start serves until the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{Login: JobLogin, next: 1000, now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	s.state.parents = map[string][]string{}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	tb.Cleanup(s.http.Close)
	return s
}

// URL is the server's address without a path, as in GITHUB_SERVER_URL.
func (s *Server) URL() string { return s.http.URL }

// APIURL is what GITHUB_API_URL would say.
func (s *Server) APIURL() string { return s.http.URL + Prefix }

// GraphQLURL is what GITHUB_GRAPHQL_URL would say.
func (s *Server) GraphQLURL() string { return s.http.URL + GraphQLPath }

// AddComment puts a comment there and returns its id.
func (s *Server) AddComment(number int, author, body string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addComment(number, author, body).ID
}

func (s *Server) addComment(number int, author, body string) Comment {
	s.next++
	c := Comment{ID: s.next, Number: number, Author: author, Body: body, Created: s.tick()}
	s.state.comments = append(s.state.comments, c)
	return c
}

// tick is the time of the next event.
func (s *Server) tick() time.Time {
	s.now = s.now.Add(time.Second)
	return s.now
}

// EditComment changes a comment as another account would; "" is one that was deleted since.
func (s *Server) EditComment(id int64, editor, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.state.comments {
		if c := &s.state.comments[i]; c.ID == id {
			c.Body, c.Editor, c.Edited = body, editor, s.tick()
		}
	}
}

// SetCommentType says what kind of account wrote a comment.
func (s *Server) SetCommentType(id int64, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.state.comments {
		if s.state.comments[i].ID == id {
			s.state.comments[i].Type = kind
		}
	}
}

// RemoveComment deletes a comment as another account would.
func (s *Server) RemoveComment(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeComment(id)
}

func (s *Server) removeComment(id int64) bool {
	n := len(s.state.comments)
	s.state.comments = slices.DeleteFunc(s.state.comments, func(c Comment) bool { return c.ID == id })
	return len(s.state.comments) < n
}

// Comments are those on one issue or pull request, oldest first.
func (s *Server) Comments(number int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Comment
	for _, c := range s.state.comments {
		if c.Number == number {
			out = append(out, c)
		}
	}
	return out
}

// AddIssue puts an issue there; a number of 0 is given one.
func (s *Server) AddIssue(is Issue) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addIssue(is).Number
}

func (s *Server) addIssue(is Issue) Issue {
	if is.Number == 0 {
		is.Number = len(s.state.issues) + 1
	}
	if is.State == "" {
		is.State = "open"
	}
	s.state.issues = append(s.state.issues, is)
	return is
}

// Issues are all issues by number.
func (s *Server) Issues() []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.state.issues)
}

// AddPull adds a pull request.
func (s *Server) AddPull(p Pull) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.MergedAt.IsZero() {
		p.MergedAt = s.tick()
	}
	s.state.pulls = append(s.state.pulls, p)
}

// Merge merges an open pull request, which gives the branch the commit.
func (s *Server) Merge(number int, commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.state.pulls {
		if p := &s.state.pulls[i]; p.Number == number {
			p.Merged, p.MergeCommit, p.MergedAt = true, commit, s.tick()
		}
	}
}

// AddCommits adds commits, each the child of the one before; the first one's parent may be "".
func (s *Server) AddCommits(parent string, commits ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sha := range commits {
		s.state.parents[sha] = append(s.state.parents[sha], parent)
		parent = sha
	}
}

// Answer puts answers in place of the server's own for the next requests of a method whose path, without the prefix,
// begins with path; one answer a request.
func (s *Server) Answer(method, path string, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts = append(s.scripts, &script{method, path, answers})
}

// Always answers every request of a method and path like this.
func (s *Server) Always(method, path string, a Answer) {
	s.Answer(method, path, slices.Repeat([]Answer{a}, 1000)...)
}

// Requests are those that arrived, in order; Count counts those of a method whose path begins so.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count counts the requests of a method whose path, without the prefix, begins with path. An empty method is any.
func (s *Server) Count(method, path string) int {
	n := 0
	for _, r := range s.Requests() {
		if (method == "" || r.Method == method) && strings.HasPrefix(r.Path, path) {
			n++
		}
	}
	return n
}

// Unused lists the answers that no request asked for.
func (s *Server) Unused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, sc := range s.scripts {
		if len(sc.answers) > 0 {
			out = append(out, fmt.Sprintf("%s %s: %d", sc.method, sc.path, len(sc.answers)))
		}
	}
	return out
}

func (s *Server) scripted(method, path string) (Answer, bool) {
	for _, sc := range s.scripts {
		if sc.method == method && strings.HasPrefix(path, sc.path) && len(sc.answers) > 0 {
			a := sc.answers[0]
			sc.answers = sc.answers[1:]
			return a, true
		}
	}
	return Answer{}, false
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-GitHub-Request-Id", "C0FF:EE:1")
	w.WriteHeader(status)
	if v != nil {
		json.NewEncoder(w).Encode(v)
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest"})
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
