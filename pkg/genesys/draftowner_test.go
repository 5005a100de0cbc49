package genesys

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// wanted is the function that a write of 15 s puts.
var wanted = strings.Replace(functionsFunction, ": 5,", ": 15,", 1)

// A draft that holds exactly what this run would put was left by an earlier one: it is published, even with a token
// that may not delete it.
func TestOwnLeftOverDraftIsPublished(t *testing.T) {
	t.Parallel()
	s := newFunctionServer()
	s.faults["POST/draft/publish"] = status(400, `{"message":"no"}`)
	s.faults["DELETE/draft"] = status(403, `{"message":"no"}`)
	_, doc := s.open(t)
	_, err := doc.Write(context.Background(), 15*time.Second)
	var left *DraftLeftError
	if !errors.As(err, &left) || !strings.Contains(err.Error(), "the draft that this run made") || s.draft != wanted {
		t.Fatalf("got %v, draft %s", err, s.draft)
	}

	delete(s.faults, "POST/draft/publish")
	r, doc := s.open(t)
	w, err := doc.Write(context.Background(), 15*time.Second)
	if err != nil || s.published != wanted || s.draft != "" || *w.Live.Timeout != 15*time.Second {
		t.Errorf("got %v; published %s, draft %q", err, s.published, s.draft)
	}
	for _, call := range r.sent() {
		if strings.HasPrefix(call, "PUT ") || strings.HasSuffix(call, "POST /api/v2/integrations/actions/a/draft") {
			t.Errorf("sent %s", call)
		}
	}
}

// Anything else in a draft is another user's work.
func TestDraftThatIsNotExactlyOursIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(*functionServer){
		"another timeout":         func(s *functionServer) { s.draft = strings.Replace(wanted, ": 15,", ": 14,", 1) },
		"another number":          func(s *functionServer) { s.draft = strings.Replace(wanted, `"one":1.0`, `"one":1.1`, 1) },
		"other code":              func(s *functionServer) { s.draftZip = "z2" },
		"another contract":        func(s *functionServer) { s.draftOutput = `{"x":1}` },
		"the published function":  func(s *functionServer) { s.draft = functionsFunction },
		"a draft without version": func(s *functionServer) { s.faults["GET/draft"] = status(200, `{}`) },
		"a draft nobody may read": func(s *functionServer) { s.faults["GET/draft/function"] = status(403, `{}`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFunctionServer()
			s.draft, s.draftZip, s.draftVersion = wanted, "z1", 12
			arrange(s)
			before := s.draft
			r, doc := s.open(t)
			if _, err := doc.Write(context.Background(), 15*time.Second); err == nil {
				t.Error("it was published")
			}
			if s.draft != before || s.published != functionsFunction || s.deleted > 0 {
				t.Errorf("published %s, draft %s", s.published, s.draft)
			}
			for _, call := range r.sent() {
				if !strings.HasPrefix(call, "GET ") {
					t.Errorf("sent %s", call)
				}
			}
		})
	}
}

// A draft that another user changes while we work on it is neither published nor deleted, whatever fails.
func TestTouchedDraftIsNeverDeleted(t *testing.T) {
	t.Parallel()
	theirs := strings.Replace(wanted, "src/index", "src/other", 1)
	touch := func(s *functionServer) { s.draft, s.draftVersion = theirs, s.draftVersion+1 }
	for name, c := range map[string]struct {
		step   string
		answer http.HandlerFunc
	}{
		"before the version is read":   {"GET/draft", nil},
		"before a refused PUT":         {"PUT/draft/function", status(403, `{"message":"no"}`)},
		"before a PUT that fails":      {"PUT/draft/function", status(502, ``)},
		"before a refused publication": {"POST/draft/publish", status(400, `{"message":"no"}`)},
		"the vendor's wording": {"POST/draft/publish", status(400,
			`{"message":"Supplied version 2 does not match latest draft version 1"}`)},
		"408": {"POST/draft/publish", status(408, `{}`)},
		"502": {"POST/draft/publish", status(502, ``)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFunctionServer()
			_, doc := s.open(t)
			done := false
			s.before[c.step] = func() {
				if !done {
					done = true
					touch(s)
					if c.answer != nil {
						s.faults[c.step] = c.answer
					}
				}
			}
			_, err := doc.Write(context.Background(), 15*time.Second)
			var state *StateError
			if !errors.As(err, &state) || state.Code != DraftExists || !strings.Contains(err.Error(), "another user") {
				t.Errorf("got %v", err)
			}
			if s.draft != theirs || s.published != functionsFunction || s.deleted > 0 {
				t.Errorf("published %s, draft %q", s.published, s.draft)
			}
		})
	}
}

// A PUT that failed and was sent again may count once: what another user saves on top is not taken for the other.
func TestTouchedDraftAfterARepeatedPut(t *testing.T) {
	t.Parallel()
	s := newFunctionServer()
	_, doc := s.open(t)
	theirs := strings.Replace(wanted, "src/index", "src/other", 1)
	s.faults["PUT/draft/function"] = func(w http.ResponseWriter, req *http.Request) {
		delete(s.faults, "PUT/draft/function")
		status(503, ``)(w, req)
	}
	s.before["GET/draft"] = func() { s.draft, s.draftVersion = theirs, s.draftVersion+1 }
	_, err := doc.Write(context.Background(), 15*time.Second)
	var state *StateError
	if !errors.As(err, &state) || state.Code != DraftExists {
		t.Errorf("got %v", err)
	}
	if s.draft != theirs || s.published != functionsFunction {
		t.Errorf("published %s, draft %q", s.published, s.draft)
	}
}

// A server that counts saves in another way does not make our draft foreign: what it holds decides.
func TestDraftVersionsMayJump(t *testing.T) {
	t.Parallel()
	s := newFunctionServer()
	_, doc := s.open(t)
	s.before["PUT/draft/function"] = func() { s.draftVersion += 5 }
	if _, err := doc.Write(context.Background(), 15*time.Second); err != nil || s.published != wanted {
		t.Errorf("got %v; published %s", err, s.published)
	}
}

func TestRuntimeThatIsGone(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"PUT/draft/function", "POST/draft/publish"} {
		s := newFunctionServer()
		s.faults[step] = status(400,
			`{"message":"The runtime nodejs14.x is not available anymore; only the runtime can be changed."}`)
		_, doc := s.open(t)
		_, err := doc.Write(context.Background(), 15*time.Second)
		var state *StateError
		if !errors.As(err, &state) || state.Code != RuntimeGone || !strings.Contains(err.Error(),
			"with a current runtime in Genesys Cloud") {
			t.Errorf("%s: got %v", step, err)
		}
		if s.draft != "" || s.published != functionsFunction {
			t.Errorf("%s: published %s, draft %q", step, s.published, s.draft)
		}
	}
}

func TestPermissionsOfDraftCalls(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]string{
		"GET/draft": permissionActionView, "POST/draft": permissionActionEdit, "PUT/draft/function": permissionFunctionEdit,
		"POST/draft/publish": permissionActionEdit,
	} {
		s := newFunctionServer()
		s.faults[step] = status(403, `{"message":"no"}`)
		_, doc := s.open(t)
		_, err := doc.Write(context.Background(), 15*time.Second)
		var api *APIError
		if !errors.As(err, &api) || api.Permission != want {
			t.Errorf("%s: got %v, want permission %s", step, err, want)
		}
	}
}
