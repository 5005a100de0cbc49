package genesys

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

const templateText = "#set($id = $input.id)\n{\"id\": \"${id}\", \"note\": \"${esc.jsonString($input.note)}\"}\n"

// raw writes an answer's bytes and closes the connection.
func raw(answer string) http.HandlerFunc { return reset(answer) }

// shortened are answers to a template's read that may hold less than all of it.
func shortened() map[string]http.HandlerFunc {
	half := templateText[:len(templateText)/2]
	text := []string{"Content-Type", "text/plain; charset=UTF-8"}
	return map[string]http.HandlerFunc{
		"206":            status(206, half, append(text, "Content-Range", "bytes 0-30/70")...),
		"203":            status(203, templateText, text...),
		"204":            status(204, ""),
		"205":            status(205, "", text...),
		"an empty 202":   status(202, "", text...),
		"an empty 200":   status(200, "", text...),
		"no length":      raw("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" + half),
		"HTTP/1.0":       raw("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + half),
		"compressed":     gzipped(half),
		"a short length": raw("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 500\r\n\r\n" + half),
		"half a chunk": raw("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" +
			half),
		"no last chunk": raw("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: " +
			"chunked\r\n\r\n5\r\n#set(\r\n"),
	}
}

func gzipped(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, text)
		z.Close()
	}
}

// openByAddress opens an action whose request template comes as an address.
func openByAddress(t *testing.T, template http.HandlerFunc) (*exchangeLog, *Document) {
	t.Helper()
	l := &exchangeLog{answers: map[string]http.HandlerFunc{
		"GET integrations/actions/a": status(200,
			`{"id":"a","version":1,"config":{"request":{"requestTemplateUri":"x"}}}`),
		"GET integrations/actions/a/templates/requesttemplate.vm": template,
		"PATCH integrations/actions/a":                            status(200, `{"id":"a","version":2}`),
	}}
	doc, err := newFixture(t, l.ServeHTTP).client.OpenAction(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	return l, doc
}

func TestShortenedTemplateIsNeverWritten(t *testing.T) {
	t.Parallel()
	for name, answer := range shortened() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, doc := openByAddress(t, answer)
			_, err := doc.Write(context.Background(), 12*time.Second)
			var state *StateError
			var transport *TransportError
			if incomplete := errors.As(err, &state) && state.Code == TemplateIncomplete; !incomplete && !errors.As(err,
				&transport) {
				t.Errorf("got %v, want %s", err, TemplateIncomplete)
			}
			if sent := l.sentTo("PATCH integrations/actions/a"); sent != "" || IsUncertain(err) {
				t.Errorf("wrote %s", sent)
			}
		})
	}
}

func TestTemplateIsReadAgainUntilItIsComplete(t *testing.T) {
	t.Parallel()
	for name, answer := range shortened() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, doc := openByAddress(t, inOrder(answer, answer, plain(templateText)))
			if _, err := doc.Write(context.Background(), 12*time.Second); err != nil {
				t.Fatal(err)
			}
			want := `#set($id = $input.id)\n{\"id\": \"${id}\", \"note\": \"${esc.jsonString($input.note)}\"}\n`
			if sent := l.sentTo("PATCH integrations/actions/a"); !strings.Contains(sent, `"requestTemplate":"`+want+`"`) {
				t.Errorf("wrote %s", sent)
			}
		})
	}
}

// The timeout and the version of a document are known before any template is asked for.
func TestTemplatesAreReadForAWriteAlone(t *testing.T) {
	t.Parallel()
	l := &exchangeLog{answers: map[string]http.HandlerFunc{
		"GET integrations/actions/a": status(200,
			`{"id":"a","version":1,"config":{"timeoutSeconds":3,"request":{"requestTemplateUri":"x"}}}`),
	}}
	r := newFixture(t, l.ServeHTTP)
	doc, err := r.client.OpenAction(context.Background(), "a")
	if err != nil || doc.Live.Version != 1 || *doc.Live.Timeout != 3*time.Second {
		t.Errorf("%+v, %v", doc, err)
	}
	r.wantSent(1)
}

// A function's timeout is not in its config, so a plan that takes it for a plain action writes nothing.
func TestFunctionNeverGetsAConfig(t *testing.T) {
	t.Parallel()
	const guidURL = `"config":{"request":{"requestUrlTemplate":"5F6B7c1e-0d57-4f0e-8a55-0c6f2b7d9f10"}}`
	for _, c := range []struct {
		name, doc string
		function  http.HandlerFunc
		writes    bool
	}{
		{"a GUID and a function", `"category":"CRM",` + guidURL, status(200, `{"function":{"id":"f"}}`), false},
		{"a category and a function", `"category":"My_Function Data-Actions","config":{}`, status(200,
			`{"function":{"id":"f"}}`), false},
		{"a GUID and no function", `"category":"CRM",` + guidURL, status(404, `{}`), true},
		{"a GUID and no permission", `"category":"CRM",` + guidURL, status(403, `{}`), false},
		{"another URL", `"category":"CRM",` +
			`"config":{"request":{"requestUrlTemplate":"https://x/5f6b7c1e-0d57-4f0e-8a55-0c6f2b7d9f10"}}`, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := &exchangeLog{answers: map[string]http.HandlerFunc{
				"GET integrations/actions/a":          status(200, `{"id":"a","version":1,`+c.doc+`}`),
				"GET integrations/actions/a/function": c.function,
				"PATCH integrations/actions/a":        status(200, `{"id":"a","version":2}`),
			}}
			doc, err := newFixture(t, l.ServeHTTP).client.OpenAction(context.Background(), "a")
			if err == nil {
				_, err = doc.Write(context.Background(), 12*time.Second)
			}
			if wrote := l.sentTo("PATCH integrations/actions/a") != ""; wrote != c.writes || (err == nil) != c.writes {
				t.Errorf("wrote %v, %v", wrote, err)
			}
		})
	}
}

// FuzzTemplate checks that a template is written back byte for byte, or not at all.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{templateText, "", "\xff", "\u2028\\u0041\x00", strings.Repeat("é", 9000)} {
		f.Add([]byte(text), 200, "text/plain", true)
		f.Add([]byte(text), 206, "text/plain;charset=latin1", false)
	}
	f.Fuzz(func(t *testing.T, text []byte, code int, kind string, delimited bool) {
		a := answer{status: code, header: http.Header{"Content-Type": {kind}}, body: text, delimited: delimited}
		if incomplete(a) != "" {
			return
		}
		if code != 200 || !delimited || len(text) == 0 {
			t.Fatalf("%d, %v: taken for complete", code, delimited)
		}
		c := &Client{wire: &wire{scrub: &scrubber{}}}
		got, err := c.templateText(call{}, a, "f")
		if err == nil && got != string(text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestPermissionOfARefusal(t *testing.T) {
	t.Parallel()
	refuse := status(403, `{"message":"no"}`)
	named := status(403, `{"message":"needs a:b:c"}`)
	for want, c := range map[string]struct {
		call   string
		answer http.HandlerFunc
	}{
		permissionActionEdit:   {"PATCH integrations/actions/a", refuse},
		"a:b:c":                {"PATCH integrations/actions/a", named},
		permissionActionView:   {"GET integrations/actions/a/templates/requesttemplate.vm", refuse},
		permissionFunctionView: {"GET integrations/actions/a/function", refuse},
		scopeFlowWrite:         {"PUT flows/dataactions/a", refuse},
	} {
		l := &exchangeLog{answers: map[string]http.HandlerFunc{
			"GET integrations/actions/a": status(200, `{"id":"a","version":1,"config":{"request":{"requestTemplateUri":"x",`+
				`"requestUrlTemplate":"5f6b7c1e-0d57-4f0e-8a55-0c6f2b7d9f10"}}}`),
			"GET integrations/actions/a/templates/requesttemplate.vm": plain("x"),
			"GET integrations/actions/a/function":                     status(404, `{}`),
			"GET flows/dataactions/a": status(200,
				`{"id":"a","version":1,"type":"rest","definition":{}}`),
		}}
		l.answers[c.call] = c.answer
		client := newFixture(t, l.ServeHTTP).client
		open := func() (*Document, error) { return client.OpenAction(context.Background(), "a") }
		if strings.Contains(c.call, "flows") {
			open = func() (*Document, error) {
				return client.OpenFlowAction(context.Background(), dataaction.Flow{ID: "f"}, "a")
			}
		}
		doc, err := open()
		if err == nil {
			_, err = doc.Write(context.Background(), 12*time.Second)
		}
		var api *APIError
		if !errors.As(err, &api) || api.Permission != want {
			t.Errorf("%s: got %v, want permission %s", c.call, err, want)
		}
		if write := !strings.HasPrefix(c.call, "GET"); IsWriteForbidden(fmt.Errorf("x: %w", err)) != write {
			t.Errorf("%s: write forbidden %v", c.call, !write)
		}
	}
}
