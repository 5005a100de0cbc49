package genesys

import (
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

	"genesys-timeouts/pkg/dataaction"
)

// oddMembers is what decoding and encoding again would change.
const oddMembers = "\"x\": {\"big\":9007199254740993, \"one\":1.0,\"exp\" : " +
	"1e3,\"u\":\"\\u0041<&>漢\\ud800\",\"nul\":null,\"arr\":[ [],{} ]}"

// exchangeLog serves answers by "METHOD path" and remembers the bodies that were sent.
type exchangeLog struct {
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	bodies  map[string]string
	queries map[string]string
}

func (l *exchangeLog) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	req.ContentLength = 0 // it has been read, as far as reset is concerned
	key := req.Method + " " + strings.TrimPrefix(req.URL.Path, "/gate/api/api/v2/")
	l.mu.Lock()
	answer := l.answers[key]
	if l.bodies == nil {
		l.bodies, l.queries = map[string]string{}, map[string]string{}
	}
	l.bodies[key], l.queries[key] = string(body), req.URL.RawQuery
	l.mu.Unlock()
	if answer == nil {
		answer = status(418, fmt.Sprintf(`{"message":"unexpected: %s"}`, key))
	}
	answer(w, req)
}

func (l *exchangeLog) sentTo(key string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bodies[key]
}

func plain(text string) http.HandlerFunc {
	return status(200, text, "Content-Type", "text/plain; charset=UTF-8")
}

func TestWriteActionChangesTheOneNumber(t *testing.T) {
	config := "{ \"timeoutSeconds\" : 3,\n " + oddMembers +
		", \"request\":{\"requestTemplate\":\"#set($x = " +
		"1.0)\\r\\n\",\"headers\":{}},\"response\":{\"successTemplate\":\"${r}\"} }"
	l := &exchangeLog{answers: map[string]http.HandlerFunc{
		"GET integrations/actions/a": status(200,
			`{"id":"a","name":"A","version":4,`+oddMembers+`,"config":`+config+`,"selfUri":"x"}`),
		"PATCH integrations/actions/a": status(200, `{"id":"a","name":"A","version":5,"config":{"timeoutSeconds":12}}`),
	}}
	r := newFixture(t, l.ServeHTTP)
	doc, err := r.client.OpenAction(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if doc.Live.Version != 4 || doc.Live.Timeout == nil || *doc.Live.Timeout != 3*time.Second {
		t.Errorf("opened as %+v", doc.Live)
	}
	w, err := doc.Write(context.Background(), 12*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(config, ": 3,", ": 12,", 1)
	if diff := cmp.Diff(`{"version":4,"config":`+want+`}`, l.sentTo("PATCH integrations/actions/a")); diff != "" {
		t.Error(diff)
	}
	if string(w.Before) != config || string(w.After) != want || w.Live.Version != 5 || *w.Live.Timeout != 12*time.Second {
		t.Errorf("wrote %+v", w)
	}
	r.wantSent(2)
}

func TestWriteActionSetsWhatWasUnset(t *testing.T) {
	for config, want := range map[string]string{
		`{"request":{}}`:                    `{"request":{},"timeoutSeconds":12}`,
		`{}`:                                `{"timeoutSeconds":12}`,
		`{"timeoutSeconds":null,"x":1.0}`:   `{"timeoutSeconds":12,"x":1.0}`,
		`{"timeoutSeconds":3.0}`:            `{"timeoutSeconds":12}`,
		`{"request":null,"response":"odd"}`: `{"request":null,"response":"odd","timeoutSeconds":12}`,
	} {
		l := &exchangeLog{answers: map[string]http.HandlerFunc{
			"GET integrations/actions/a":   status(200, `{"id":"a","version":1,"config":`+config+`}`),
			"PATCH integrations/actions/a": status(200, `{"id":"a","version":2}`),
		}}
		doc, err := newFixture(t, l.ServeHTTP).client.OpenAction(context.Background(), "a")
		if err == nil {
			_, err = doc.Write(context.Background(), 12*time.Second)
		}
		if got := l.sentTo("PATCH integrations/actions/a"); err != nil || got != `{"version":1,"config":`+want+`}` {
			t.Errorf("%s: sent %s, %v", config, got, err)
		}
	}
}

func TestWriteActionPutsTemplatesInline(t *testing.T) {
	text := "#set($x = 1.0)\r\n{\"id\": \"${input.id}\", \"note\": \"Grüße 漢字 🎧 </b>&\", \"t\": " +
		"\"\\u0041\"}\n\n  \t"
	config := `{"timeoutSeconds":3,"request":{"requestUrlTemplate":"u",` +
		`"requestTemplateUri":"https://elsewhere.test/steal","headers":{"a":"b"}},` +
		`"response":{"successTemplateUri":"/api/v2/integrations/actions/a/templates/successtemplate.vm"},` + oddMembers + `}`
	l := &exchangeLog{answers: map[string]http.HandlerFunc{
		"GET integrations/actions/a":                              status(200, `{"id":"a","version":1,"config":`+config+`}`),
		"GET integrations/actions/a/templates/requesttemplate.vm": plain(text),
		"GET integrations/actions/a/templates/successtemplate.vm": plain("${r}"),
		"PATCH integrations/actions/a":                            status(200, `{"id":"a","version":2}`),
	}}
	r := newFixture(t, l.ServeHTTP)
	doc, err := r.client.OpenAction(context.Background(), "a")
	if err == nil {
		_, err = doc.Write(context.Background(), 12*time.Second)
	}
	if err != nil {
		t.Fatal(err)
	}
	escaped := `#set($x = 1.0)\r\n{\"id\": \"${input.id}\", \"note\": \"Grüße 漢字 🎧 </b>&\", \"t\": ` +
		`\"\\u0041\"}\n\n  \t`
	want := `{"version":1,"config":{"timeoutSeconds":12,"request":{"requestUrlTemplate":"u",` +
		`"headers":{"a":"b"},"requestTemplate":"` + escaped + `"},` +
		`"response":{"successTemplate":"${r}"},` + oddMembers + `}}`
	if diff := cmp.Diff(want, l.sentTo("PATCH integrations/actions/a")); diff != "" {
		t.Error(diff)
	}
	r.wantSent(4)
}

func TestTemplatesThatAreNotAskedFor(t *testing.T) {
	config := `{"request":{"requestTemplate":"t","requestTemplateUri":"x"},` +
		`"response":{"successTemplateUri":null,"successTemplate":null}}`
	r := newFixture(t, status(200, `{"id":"a","version":1,"config":`+config+`}`))
	doc, err := r.client.OpenAction(context.Background(), "a")
	if err != nil || string(doc.writer.(actionDocument).config) != config {
		t.Fatalf("got %+v, %v", doc, err)
	}
	if _, err := doc.Write(context.Background(), time.Second); err != nil {
		t.Error(err)
	}
	r.wantSent(2)
}

func TestOpenActionRefusesWhatItCannotWriteBack(t *testing.T) {
	withURI := `{"id":"a","version":1,"config":{"request":{"requestTemplateUri":"x"}}}`
	for _, tt := range []struct {
		name, doc string
		template  http.HandlerFunc
		code      string
		want      string
	}{
		{"template gone", withURI, status(404, goneMessage), TemplateNotFound, "reading template requesttemplate.vm"},
		{"template forbidden", withURI, status(403, `{"message":"no"}`), "", "403"},
		{"template is a gateway's page", withURI, status(200, "<html>", "Content-Type", "text/html"), "",
			"not plain text (content type text/html, begins <html>)"},
		{"template is JSON", withURI, status(200, "{}", "Content-Type", "application/json"), "", "not plain text"},
		{"template of no type", withURI, status(200, "x", "Content-Type", ""), "", "not plain text"},
		{"template in another charset", withURI, status(200, "x", "Content-Type", "text/plain; charset=iso-8859-1"), "",
			"not in UTF-8"},
		{"template is not text", withURI, plain("a\xff"), "", "not valid UTF-8"},
		{"no config", `{"id":"a","version":1}`, nil, NoConfig, noConfigReason},
		{"null config", `{"id":"a","version":1,"config":null}`, nil, NoConfig, noConfigReason},
		{"no version", `{"id":"a","config":{}}`, nil, NoConfig, "no version"},
		{"version is not a number", `{"id":"a","version":"1","config":{}}`, nil, NoConfig, "no version"},
		{"another document", `{"id":"b","version":1,"config":{}}`, nil, "", "another document"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &exchangeLog{answers: map[string]http.HandlerFunc{
				"GET integrations/actions/a":                              status(200, tt.doc),
				"GET integrations/actions/a/templates/requesttemplate.vm": tt.template,
			}}
			doc, err := newFixture(t, l.ServeHTTP).client.OpenAction(context.Background(), "a")
			if err == nil && tt.template != nil {
				_, err = doc.Write(context.Background(), time.Second)
			}
			if sent := l.sentTo("PATCH integrations/actions/a"); sent != "" {
				t.Errorf("sent %s", sent)
			}
			var state *StateError
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `"a"`) {
				t.Errorf("got %v", err)
			}
			if errors.As(err, &state) != (tt.code != "") || state != nil && state.Code != tt.code {
				t.Errorf("got %v with %+v, want code %q", err, state, tt.code)
			}
		})
	}
}

func TestWriteActionRefusals(t *testing.T) {
	open := func(doc string, patch http.HandlerFunc) (*fixture, *Document) {
		l := &exchangeLog{answers: map[string]http.HandlerFunc{"GET integrations/actions/a": status(200, doc),
			"PATCH integrations/actions/a": patch}}
		r := newFixture(t, l.ServeHTTP)
		d, err := r.client.OpenAction(context.Background(), "a")
		if err != nil {
			t.Fatal(err)
		}
		return r, d
	}
	const good = `{"id":"a","version":1,"config":{"timeoutSeconds":3}}`
	r, d := open(`{"id":"a","version":1,"config":{"timeoutSeconds":"3"}}`, nil)
	var state *StateError
	if _, err := d.Write(context.Background(), time.Second); !errors.As(err, &state) || state.Code != TimeoutUnsupported {
		t.Errorf("a timeout that is a string: got %v", err)
	}
	r.wantSent(1)
	r, d = open(good, nil)
	for _, timeout := range []time.Duration{0, -time.Second, 1500 * time.Millisecond} {
		if _, err := d.Write(context.Background(), timeout); err == nil || !strings.Contains(err.Error(),
			"not a whole number of 1s") {
			t.Errorf("%s: got %v", timeout, err)
		}
	}
	r.wantSent(1)
	_, d = open(good, status(400, `{"message":"The version 1 does not match the current version 2"}`))
	if _, err := d.Write(context.Background(), time.Second); !IsConflict(err) || IsUncertain(err) {
		t.Errorf("a conflict: got %v", err)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"502": status(502, ""), "broken off": reset(""), "a gateway's page": status(200, "<html>"), "nothing": status(200,
			""), "no object": status(200, "[]"),
	} {
		r, d = open(good, answer)
		if w, err := d.Write(context.Background(), time.Second); !IsUncertain(err) || w != nil ||
			!strings.Contains(err.Error(), `writing data action "a"`) {
			t.Errorf("%s: got %v, %v", name, w, err)
		}
		r.wantSent(2)
	}
}

func TestWriteFlowAction(t *testing.T) {
	str := func(inner string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(inner) + `"`
	}
	inner := "{ \"url\" : \"https://x.test/<a>&b\", \n \"options\":{\"retries\":1.0, \"timeout\" : " +
		"3000,\"n\":9007199254740993},\"u\":\"\\u00e9é\"}"
	for _, tt := range []struct{ name, before, after string }{
		{"rest", `{"id":"d","type":"rest","version":4,"definition":` + inner + `,` + oddMembers + `}`,
			`{"id":"d","type":"rest","version":4,"definition":` + strings.Replace(inner, "3000", "12000", 1) + `,` +
				oddMembers + `}`},
		{"rest in a string", `{"id":"d","type":"rest","version":4,"definition": ` + str(inner) + `,` + oddMembers + `}`,
			`{"id":"d","type":"rest","version":4,"definition": ` + str(strings.Replace(inner, "3000", "12000", 1)) + `,` +
				oddMembers + `}`},
		{"rest without options", `{"id":"d","type":"rest","version":4,"executionTimeout":9,"definition":{"url":"x"}}`,
			`{"id":"d","type":"rest","version":4,"executionTimeout":9,"definition":{"url":"x","options":{"timeout":12000}}}`},
		{"rest with null options, in a string", `{"id":"d","type":"rest","version":4,"definition":` +
			str(`{"options":null}`) + `}`,
			`{"id":"d","type":"rest","version":4,"definition":` + str(`{"options":{"timeout":12000}}`) + `}`},
		{"javascript", `{"id":"d","type":"javascript","version":4,"executionTimeout": 3 ,` +
			`"definition":{"options":{"timeout":5}}}`,
			`{"id":"d","type":"javascript","version":4,"executionTimeout": 12 ,"definition":{"options":{"timeout":5}}}`},
		{"python in options", `{"id":"d","type":"python","version":4,"definition":{"options":{"timeout":5000}}}`,
			`{"id":"d","type":"python","version":4,"definition":{"options":{"timeout":12000}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &exchangeLog{answers: map[string]http.HandlerFunc{
				"GET flows/dataactions/d": status(200, tt.before),
				"PUT flows/dataactions/d": func(w http.ResponseWriter, _ *http.Request) {
					io.WriteString(w, strings.Replace(tt.after, `"version":4`, `"version":5`, 1))
				},
			}}
			r := newFixture(t, l.ServeHTTP)
			doc, err := r.client.OpenFlowAction(context.Background(), dataaction.Flow{ID: "f 1"}, "d")
			if err != nil {
				t.Fatal(err)
			}
			w, err := doc.Write(context.Background(), 12*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.after, l.sentTo("PUT flows/dataactions/d")); diff != "" {
				t.Error(diff)
			}
			if string(w.Before) != tt.before || string(w.After) != tt.after || w.Live.Version != 5 ||
				*w.Live.Timeout != 12*time.Second {
				t.Errorf("wrote %+v", w)
			}
			if l.queries["GET flows/dataactions/d"] != "flowId=f+1" || l.queries["PUT flows/dataactions/d"] != "flowId=f+1" {
				t.Errorf("queries: %q", l.queries)
			}
			r.wantSent(2)
		})
	}
}

func TestWriteFlowActionRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		timeout   time.Duration
		want      string
	}{
		{"no timeout shown", `{"id":"d","type":"java","version":4,"definition":{}}`, time.Second, "shows no timeout"},
		{"rest without definition", `{"id":"d","type":"rest","version":4}`, time.Second, "shows no timeout"},
		{"definition is not JSON", `{"id":"d","type":"rest","version":4,"definition":"x"}`, time.Second, "not an object"},
		{"no whole seconds", `{"id":"d","type":"java","version":4,"executionTimeout":3}`, 1500 * time.Millisecond,
			"not a whole number of 1s"},
		{"no whole milliseconds", `{"id":"d","type":"rest","version":4,"definition":{}}`, time.Second + time.Microsecond,
			"not a whole number of 1ms"},
	} {
		r := newFixture(t, status(200, tt.doc))
		doc, err := r.client.OpenFlowAction(context.Background(), dataaction.Flow{ID: "f"}, "d")
		if err == nil {
			_, err = doc.Write(context.Background(), tt.timeout)
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", tt.name, err)
		}
		r.wantSent(1)
	}
	if _, err := newFixture(t, status(200, `{"id":"d","type":"rest"}`)).client.OpenFlowAction(context.Background(),
		dataaction.Flow{ID: "f"}, "d"); err == nil {
		t.Error("a document without a version was opened")
	}
}
