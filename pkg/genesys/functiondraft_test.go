package genesys

import (
	stdcmp "cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const functionsFunction = `{"id":"fn1","name":"F","description":"d 漢","zipId":"z1",` +
	`"handler":"src/index.handler", "timeoutSeconds" : 5,` + oddMembers + `}`

// functionServer holds one function data action with its draft, by the vendor's rules.
type functionServer struct {
	mu                     sync.Mutex
	published, draft       string // function objects; no draft is ""
	publishedZip, draftZip string
	draftVersion           int
	draftOutput            string                      // of the draft's contract; empty: as published
	faults                 map[string]http.HandlerFunc // by "METHOD path below the action"; answered instead
	before                 map[string]func()           // done first, whatever is answered
	lost                   map[string]http.HandlerFunc // carried out, and then answered with this
	bodies                 map[string]string
	deleted                int
}

func newFunctionServer() *functionServer {
	return &functionServer{published: functionsFunction, publishedZip: "z1", faults: map[string]http.HandlerFunc{},
		before: map[string]func(){},
		lost:   map[string]http.HandlerFunc{}, bodies: map[string]string{}}
}

func (s *functionServer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	req.ContentLength = 0
	s.mu.Lock()
	defer s.mu.Unlock()
	key := req.Method + strings.TrimPrefix(req.URL.Path, "/gate/api/api/v2/integrations/actions/a")
	s.bodies[key] = string(body)
	if f := s.before[key]; f != nil {
		f()
	}
	if f := s.faults[key]; f != nil {
		f(w, req)
		return
	}
	code, out := s.answer(key, string(body))
	if f := s.lost[key]; f != nil {
		f(w, req)
		return
	}
	status(code, out)(w, req)
}

func (s *functionServer) answer(key, body string) (int, string) {
	document := func(function, zip string) string {
		return fmt.Sprintf(`{"id":"a","function":%s,"zip":{"id":%q}}`, function, zip)
	}
	if strings.Contains(key, "/draft") && s.draft == "" && key != "POST/draft" {
		return 404, `{"message":"no draft","code":"not.found"}`
	}
	switch key {
	case "GET":
		return 200, `{"id":"a","name":"A","version":5,"contract":{"output":{}}}`
	case "GET/function":
		return 200, document(s.published, s.publishedZip)
	case "GET/draft":
		return 200, fmt.Sprintf(`{"id":"a","name":"A","version":%d,"contract":{"output":%s}}`, s.draftVersion,
			stdcmp.Or(s.draftOutput, "{}"))
	case "POST/draft":
		if s.draft == "" {
			s.draft, s.draftZip, s.draftVersion = s.published, s.publishedZip, 11
		}
		return 200, fmt.Sprintf(`{"id":"a","version":%d}`, s.draftVersion)
	case "GET/draft/function":
		return 200, document(s.draft, s.draftZip)
	case "PUT/draft/function":
		s.draft = body
		s.draftVersion++
		return 200, document(s.draft, s.draftZip)
	case "POST/draft/publish":
		if body != fmt.Sprintf(`{"version":%d}`, s.draftVersion) {
			return 409, `{"message":"version"}`
		}
		s.published, s.publishedZip, s.draft = s.draft, s.draftZip, ""
		return 200, `{"id":"a","name":"A","category":"Function Data Actions","version":6}`
	case "DELETE/draft":
		s.draft = ""
		s.deleted++
		return 200, `{}`
	}
	return 418, `{"message":"unexpected: ` + key + `"}`
}

func (s *functionServer) open(t *testing.T) (*fixture, *Document) {
	t.Helper()
	r := newFixture(t, s.ServeHTTP)
	doc, err := r.client.OpenFunction(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	return r, doc
}

func TestFunctionTimeout(t *testing.T) {
	for answer, want := range map[string]string{
		`{"function":{"timeoutSeconds":15.0}}`: "15s", `{"function":{}}`: "unset",
		`{"function":{"timeoutSeconds":null}}`: "unset",
		`{"function":{"timeoutSeconds":"5"}}`:  TimeoutUnsupported, `{}`: NoConfig, `{"function":null}`: NoConfig,
	} {
		got, err := newFixture(t, status(200, answer)).client.FunctionTimeout(context.Background(), "a")
		shown := "unset"
		if state, ok := errors.AsType[*StateError](err); ok {
			shown = state.Code
		} else if err != nil {
			t.Fatal(err)
		} else if got != nil {
			shown = got.String()
		}
		if shown != want {
			t.Errorf("%s: got %s, want %s", answer, shown, want)
		}
	}
	if _, err := newFixture(t, status(404, goneMessage)).client.FunctionTimeout(context.Background(),
		"a"); !IsNotFound(err) {
		t.Errorf("got %v", err)
	}
}

func TestWriteFunctionPublishesADraft(t *testing.T) {
	s := newFunctionServer()
	r, doc := s.open(t)
	if doc.Live.ID != "a" || doc.Live.Type != "function" || *doc.Live.Timeout != 5*time.Second {
		t.Errorf("opened as %+v", doc.Live)
	}
	w, err := doc.Write(context.Background(), 15*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(functionsFunction, ": 5,", ": 15,", 1)
	if diff := cmp.Diff(want, s.published); diff != "" {
		t.Error(diff)
	}
	if string(w.Before) != functionsFunction || string(w.After) != want || w.Live.Version != 6 ||
		*w.Live.Timeout != 15*time.Second {
		t.Errorf("wrote %+v", w)
	}
	p := "/api/v2/integrations/actions/a"
	calls := []string{"GET " + p + "/draft", "GET " + p + "/function", "POST " + p + "/draft", "PUT " + p +
		"/draft/function", "GET " + p + "/draft", "POST " + p + "/draft/publish"}
	if diff := cmp.Diff(calls, r.sent()); diff != "" {
		t.Error(diff)
	}
	if s.draft != "" {
		t.Error("a draft was left")
	}
}

func TestWriteFunctionFailures(t *testing.T) {
	const foreign = `{"id":"fn1","name":"unfinished","zipId":"z9"}`
	refuse := status(400, `{"message":"no"}`)
	for _, tt := range []struct {
		name    string
		arrange func(*functionServer)
		code    string // of a StateError
		want    string
		draft   string // left
	}{
		{"another user has a draft", func(s *functionServer) { s.draft, s.draftVersion = foreign, 3 }, DraftExists,
			"has a draft already", foreign},
		{"looking for a draft fails", func(s *functionServer) { s.faults["GET/draft"] = status(403, `{}`) }, "",
			"looking for a draft", ""},
		{"no draft can be made", func(s *functionServer) { s.faults["POST/draft"] = refuse }, "", "no draft was made", ""},
		{"a draft is there after all", func(s *functionServer) { s.faults["POST/draft"] = status(409, `{}`) }, DraftExists,
			"making a draft", ""},
		{"a draft appears at the same moment", func(s *functionServer) {
			s.before["POST/draft"] = func() { s.draft, s.draftZip, s.draftVersion = foreign, "z9", 3 }
		}, DraftExists, "other code", strings.Replace(functionsFunction, ": 5,", ": 15,", 1)},
		{"the function is refused", func(s *functionServer) { s.faults["PUT/draft/function"] = refuse }, "",
			"the published action is unchanged, and its draft was removed", ""},
		{"the function's answer is lost", func(s *functionServer) { s.lost["PUT/draft/function"] = reset("") }, "",
			"the published action is unchanged, and its draft was removed", ""},
		{"the draft has no version", func(s *functionServer) {
			s.before["PUT/draft/function"] = func() { s.faults["GET/draft"] = status(200, `{}`) }
		}, NoConfig, "its draft was removed", ""},
		{"publishing is refused", func(s *functionServer) { s.faults["POST/draft/publish"] = refuse }, "",
			"its draft was removed", ""},
		{"publishing meets a conflict that is none", func(s *functionServer) {
			s.faults["POST/draft/publish"] = status(409,
				`{}`)
		}, "", "its draft was removed", ""},
		{"another user changes the draft", func(s *functionServer) {
			s.before["POST/draft/publish"] = func() { s.draft, s.draftVersion = foreign, 20 }
		}, DraftExists, "another user changed the draft meanwhile", foreign},
		{"whether another user changed the draft cannot be read", func(s *functionServer) {
			s.before["POST/draft/publish"] = func() {
				s.faults["POST/draft/publish"], s.faults["GET/draft"] = status(409, `{}`), status(403, `{}`)
			}
		}, "", "it was left as it is", strings.Replace(functionsFunction, ": 5,", ": 15,", 1)},
		{"publishing is cut off, undone", func(s *functionServer) { s.faults["POST/draft/publish"] = reset("") }, "",
			"reading the action again shows whether it was published, and its draft was removed", ""},
		{"the draft cannot be removed", func(s *functionServer) {
			s.faults["POST/draft/publish"], s.faults["DELETE/draft"] = refuse, status(403, `{"message":"never"}`)
		}, "", "the draft that this run made could not be removed and has to be discarded by hand",
			strings.Replace(functionsFunction, ": 5,", ": 15,", 1)},
		{"making a draft is cut off, undone", func(s *functionServer) { s.faults["POST/draft"] = reset("") }, "",
			"no draft was found", ""},
		{"making a draft is cut off, another is found", func(s *functionServer) {
			s.faults["POST/draft"] = func(w http.ResponseWriter, req *http.Request) {
				s.draft, s.draftZip = foreign, "z9"
				reset("")(w, req)
			}
		}, DraftExists, "left alone", foreign},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newFunctionServer()
			tt.arrange(s)
			_, doc := s.open(t)
			w, err := doc.Write(context.Background(), 15*time.Second)
			var state *StateError
			if err == nil || w != nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `"a"`) {
				t.Fatalf("got %v", err)
			}
			if errors.As(err, &state); (state != nil) != (tt.code != "") || state != nil && state.Code != tt.code {
				t.Errorf("got %v with %+v, want code %q", err, state, tt.code)
			}
			if s.published != functionsFunction {
				t.Error("the published function was changed")
			}
			if s.draft != tt.draft {
				t.Errorf("the draft left is %q, want %q", s.draft, tt.draft)
			}
		})
	}
}

// Another user publishes the function while it is being written: it is a conflict, as with any version that has moved
// on, and nothing of theirs is written over.
func TestWriteFunctionThatIsPublishedMeanwhile(t *testing.T) {
	theirs := strings.Replace(functionsFunction, "src/index", "src/other", 1)
	for name, publish := range map[string]func(*functionServer, *fixture){
		"new code": func(s *functionServer, _ *fixture) { s.publishedZip = "z2" },
		"new settings, while a rate window was waited for": func(s *functionServer, r *fixture) {
			s.published = theirs
			r.waits.Timer(30 * time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFunctionServer()
			r, doc := s.open(t)
			s.before["POST/draft"] = func() { publish(s, r) }
			before := s.published
			_, err := doc.Write(context.Background(), 15*time.Second)
			if !IsConflict(err) || !strings.Contains(err.Error(), "another user published it") {
				t.Errorf("got %v", err)
			}
			if s.draft != "" || s.published != before && s.published != theirs {
				t.Errorf("published %s, draft %q", s.published, s.draft)
			}
		})
	}
}

// Another user makes a draft while a rate window is waited for: it is left alone, and nothing of ours gets into it.
func TestWriteFunctionThatIsDraftedMeanwhile(t *testing.T) {
	const foreign = `{"id":"fn1","name":"unfinished","zipId":"z1"}`
	s := newFunctionServer()
	r, doc := s.open(t)
	s.before["POST/draft"] = func() {
		s.draft, s.draftZip, s.draftVersion = foreign, "z1", 3
		r.waits.Timer(30 * time.Second)
	}
	_, err := doc.Write(context.Background(), 15*time.Second)
	var state *StateError
	if !errors.As(err, &state) || state.Code != DraftExists || s.draft != foreign || s.published != functionsFunction {
		t.Errorf("got %v; draft %s", err, s.draft)
	}
}

func TestWriteFunctionWhoseAnswerIsLost(t *testing.T) {
	for _, step := range []string{"POST/draft", "POST/draft/publish"} {
		for name, answer := range map[string]http.HandlerFunc{"broken off": reset(""), "502": status(502, ""),
			"a gateway's page": status(200, "<html>")} {
			s := newFunctionServer()
			_, doc := s.open(t)
			s.lost[step] = answer
			if _, err := doc.Write(context.Background(), 15*time.Second); err != nil || !strings.Contains(s.published,
				": 15,") || s.draft != "" {
				t.Errorf("%s, %s: got %v; published %s, draft %q", step, name, err, s.published, s.draft)
			}
		}
	}
}

func TestWriteFunctionRemovesItsDraftWhenStopped(t *testing.T) {
	for _, step := range []string{"POST/draft", "PUT/draft/function"} {
		s := newFunctionServer()
		_, doc := s.open(t)
		ctx, cancel := context.WithCancel(context.Background())
		s.before[step] = cancel
		_, err := doc.Write(ctx, 15*time.Second)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "its draft was removed") {
			t.Errorf("%s: got %v", step, err)
		}
		s.mu.Lock()
		if s.published != functionsFunction || s.draft != "" || s.deleted != 1 {
			t.Errorf("%s: published %s, draft %q, %d deleted", step, s.published, s.draft, s.deleted)
		}
		s.mu.Unlock()
	}
}

func TestRemovingADraftIsTriedAgain(t *testing.T) {
	s := newFunctionServer()
	_, doc := s.open(t)
	tries := 0
	s.faults["POST/draft/publish"] = status(400, `{}`)
	s.before["DELETE/draft"] = func() {
		if tries++; tries < 3 {
			s.faults["DELETE/draft"] = status(503, "")
		} else {
			delete(s.faults, "DELETE/draft")
		}
	}
	if _, err := doc.Write(context.Background(), 15*time.Second); err == nil || s.draft != "" || tries != 3 {
		t.Errorf("got %v after %d tries, draft %q", err, tries, s.draft)
	}
}
