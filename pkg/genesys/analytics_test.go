package genesys_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
)

const token = "tok-0123456789-abcdefghij"

// reader is a client that may only read, of a server that answers so; waits take no time.
func reader(t testing.TB, answer http.HandlerFunc) *genesys.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	client, err := genesys.New(genesys.Config{
		APIURL: server.URL + "/base", LoginURL: server.URL + "/login", AccessToken: token, Concurrency: 4, Clock: noWaits{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.CloseClientConnections()
		server.Close()
	})
	return client
}

// noWaits is a clock whose timers fire at once.
type noWaits struct{}

func (noWaits) Now() time.Time { return time.Unix(1_800_000_000, 0) }

func (noWaits) Timer(time.Duration) (<-chan time.Time, func()) {
	fired := make(chan time.Time, 1)
	fired <- time.Time{}
	return fired, func() {}
}

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

var question = dataaction.Question{
	Interval: dataaction.Interval{
		From: time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC),
	},
	Granularity: dataaction.ByDay, ByErrorType: true, OverMS: []int64{1000, 2850},
}

func TestActionAggregatesAsksAsTheVendorDescribes(t *testing.T) {
	t.Parallel()
	var got []byte
	client := reader(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method+" "+r.URL.Path != "POST /base/api/v2/analytics/actions/aggregates/query" {
			t.Errorf("asks %s %s", r.Method, r.URL.Path)
		}
		got, _ = io.ReadAll(r.Body)
		io.WriteString(w, `{}`)
	})
	if _, err := client.ActionAggregates(t.Context(), question); err != nil {
		t.Fatal(err)
	}
	const want = `{"interval":"2026-11-18T00:00:00Z/2026-11-25T00:00:00Z","granularity":"P1D",
"groupBy":["actionId","errorType"],
"metrics":["tTotalExecution"],"views":[
{"target":"tTotalExecution","name":"over_1000_ms","function":"rangeBound","range":{"gte":1000}},
{"target":"tTotalExecution","name":"over_2850_ms","function":"rangeBound","range":{"gte":2850}}]}`
	if string(got) != strings.ReplaceAll(want, "\n", "") {
		t.Errorf("asks\n%s\nwant\n%s", got, want)
	}
	if _, err := client.ActionAggregates(t.Context(), dataaction.Question{Interval: question.Interval}); err != nil {
		t.Fatal(err)
	}
	const plain = `{"interval":"2026-11-18T00:00:00Z/2026-11-25T00:00:00Z",` +
		`"groupBy":["actionId"],"metrics":["tTotalExecution"]}`
	if string(got) != plain {
		t.Errorf("asks\n%s\nwant\n%s", got, plain)
	}
	eleven := question
	eleven.OverMS = make([]int64, 11)
	if _, err := client.ActionAggregates(t.Context(), eleven); err == nil || client.Requests() != 2 {
		t.Errorf("eleven thresholds: %v, %d requests", err, client.Requests())
	}
}

func TestActionAggregatesReadsWhatComes(t *testing.T) {
	t.Parallel()
	const unknown = dataaction.Unknown
	day := func(n int) time.Time { return question.Interval.From.AddDate(0, 0, n) }
	for name, c := range map[string]struct {
		body string
		want []dataaction.Measurement
	}{
		"nothing":    {`{}`, nil},
		"no results": {`{"results":[]}`, nil},
		"everything": {`{"other":[{}],"results":[{"group":{"actionId":"a","errorType":"timeout","mediaType":"voice"},"data":[
			{"interval":"2026-11-19T00:00:00.000Z/2026-11-20T00:00:00.000Z","metrics":[{"metric":"oOther","stats":{"count":9}},
			{"metric":"tTotalExecution","stats":{"count":5,"min":1,"max":3010.4,"sum":9000,"p95":2999.5,"p99":3e3}}],
			"views":[{"name":"over_2850_ms","stats":{"count":2}},{"name":"other","stats":{"count":7}},
			{"name":"over_1000_ms","stats":{"count":4}}]}]}],"more":1}`,
			[]dataaction.Measurement{{ActionID: "a", ErrorType: "timeout", Start: day(1), Calls: 5, SumMS: 9000, MaxMS: 3010,
				P95MS: 3000, P99MS: 3000, Over: []int64{4, 2}}}},
		"every statistic missing": {`{"results":[{"group":{"actionId":"a"},"data":[{"interval":"2026-11-18T00:00:00Z/P1D",
			"metrics":[{"metric":"tTotalExecution","stats":{}}],"views":[]},{}]}]}`,
			[]dataaction.Measurement{
				{ActionID: "a", Start: day(0), SumMS: unknown, MaxMS: unknown, P95MS: unknown, P99MS: unknown,
					Over: []int64{0, 0}},
				{ActionID: "a", SumMS: unknown, MaxMS: unknown, P95MS: unknown, P99MS: unknown},
			}},
		"values of another type": {`{"results":[{"group":{"actionId":7,"errorType":null},"data":[{"interval":3,
			"metrics":[{"metric":"tTotalExecution","stats":{"count":-4,"max":"long","sum":1e300,"p95":null}}],
			"views":[{"name":"over_1000_ms","stats":{"count":-1}},{"name":"over_2850_ms"}]}]},{"group":[],"data":{}},null,5]}`,
			[]dataaction.Measurement{{SumMS: unknown, MaxMS: unknown, P95MS: unknown, P99MS: unknown, Over: []int64{0, 0}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := reader(t, answers(200, c.body)).ActionAggregates(t.Context(), question)
			if err != nil || !slices.EqualFunc(got, c.want, same) {
				t.Errorf("%+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func same(a, b dataaction.Measurement) bool {
	return a.ActionID == b.ActionID && a.ErrorType == b.ErrorType && a.Start.Equal(b.Start) && a.Calls == b.Calls &&
		a.SumMS == b.SumMS && a.MaxMS == b.MaxMS && a.P95MS == b.P95MS && a.P99MS == b.P99MS &&
		slices.Equal(a.Over, b.Over) && (a.Over == nil) == (b.Over == nil)
}

func TestActionAggregatesKeepsRowsApart(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"results":[`)
	const rows = 3000 // more than one block of counts
	for n := range rows {
		if n > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"group":{"actionId":"a%d"},"data":[{"interval":"2026-11-18T00:00:00Z/2026-11-19T00:00:00Z",
			"metrics":[],"views":[{"name":"over_1000_ms","stats":{"count":%d}},
			{"name":"over_2850_ms","stats":{"count":1}}]}]}`, n, n)
	}
	b.WriteString("]}")
	got, err := reader(t, answers(200, b.String())).ActionAggregates(t.Context(), question)
	if err != nil || len(got) != rows {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for n, row := range got {
		if row.ActionID != fmt.Sprint("a", n) || !slices.Equal(row.Over, []int64{int64(n), 1}) {
			t.Fatalf("row %d is %+v", n, row)
		}
	}
}

func TestActionAggregatesRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"the server names no permission": `{"message":"Forbidden","code":"forbidden"}`,
		"the server names it":            `{"message":"missing permission(s): integrations:action:view"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := reader(t, answers(403, body)).ActionAggregates(t.Context(), question)
			api, ok := errors.AsType[*genesys.APIError](err)
			if !ok || !slices.Contains(api.Permissions, "integrations:action:view") {
				t.Errorf("%v names %+v", err, api)
			}
		})
	}
}

func TestActionAggregatesTooLarge(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{400: true, 413: true, 403: false, 404: false} {
		_, err := reader(t, answers(status, `{"message":"too many results"}`)).ActionAggregates(t.Context(), question)
		if _, large := errors.AsType[*genesys.TooLargeError](err); large != want || err == nil {
			t.Errorf("%d: %v", status, err)
		}
		if api, ok := errors.AsType[*genesys.APIError](err); !ok || api.Status != status {
			t.Errorf("%d: the answer is lost: %v", status, err)
		}
	}
}

func TestActionAggregatesThatAreNotJSON(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": "", "a page": "<html>", "an array": "[]", "null": "null", "results is an object": `{"results":{}}`,
		"cut off in a group": `{"results":[{"group":{"act`, "cut off behind one": `{"results":[{}`,
		"cut off at the end": `{"results":[]`, "a stray comma": `{"results":[{},]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := reader(t, answers(200, body)).ActionAggregates(t.Context(), question)
			if _, ok := errors.AsType[*genesys.BodyError](err); !ok || got != nil {
				t.Errorf("%d rows, %v", len(got), err)
			}
		})
	}
}

func TestActionAggregatesAreReadAgainWhereTheyBreakOff(t *testing.T) {
	t.Parallel()
	n := 0
	client := reader(t, func(w http.ResponseWriter, _ *http.Request) {
		body := `{"results":[{"group":{"actionId":"a"},"data":[{}]},{"group":{"actionId":"b"},"data":[{}]}]}`
		if n++; n == 1 {
			body = body[:60]
		}
		io.WriteString(w, body)
	})
	got, err := client.ActionAggregates(t.Context(), question)
	if err != nil || len(got) != 2 || client.Requests() != 2 {
		t.Errorf("%d rows in %d requests, %v", len(got), client.Requests(), err)
	}
}

func TestDataActionLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body             string
		total, functions int64 // 0 is unknown
	}{
		"both": {`{"entities":[{"key":"actions.concurrent.executions.max","namespace":"dataactions","value":50},
			{"key":"actions.function.concurrent.executions.max","value":15.0},
			{"key":"requests.volume.max","value":2500}]}`, 50, 15},
		"one":       {`{"entities":[{"key":"actions.concurrent.executions.max","value":30}]}`, 30, 0},
		"none":      {`{"entities":[]}`, 0, 0},
		"not there": {`{}`, 0, 0},
		"values of another type": {`{"entities":[7,{"value":3},
			{"key":"actions.concurrent.executions.max","value":"many"}]}`, 0, 0},
		"nonsense": {`{"entities":[{"key":"actions.concurrent.executions.max","value":0}]}`, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := reader(t, answers(200, c.body)).DataActionLimits(t.Context())
			if err != nil || value(got.Total) != c.total || value(got.Functions) != c.functions {
				t.Errorf("%d and %d, %v", value(got.Total), value(got.Functions), err)
			}
		})
	}
	if _, err := reader(t, answers(403, `{}`)).DataActionLimits(t.Context()); err == nil {
		t.Error("a refusal is not an error")
	}
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// FuzzAggregates: whatever an answer holds, reading it ends, and counts are never negative.
func FuzzAggregates(f *testing.F) {
	f.Add([]byte(`{"results":[{"group":{"actionId":"a","errorType":"x"},"data":[{"interval":"2026-11-18T00:00:00Z/P1D",
		"metrics":[{"metric":"tTotalExecution","stats":{"count":1,"max":2}}],
		"views":[{"name":"over_1000_ms","stats":{"count":1}}]}]}]}`))
	f.Add([]byte(`{"results":[{"data":[{}]}]}`))
	f.Add([]byte(`{"results":[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := genesys.ReadAggregates(bytes.NewReader(body), question.OverMS)
		if err == nil && !json.Valid(body) {
			if _, trailing := trailer(body); !trailing {
				t.Errorf("%q is taken for JSON", body)
			}
		}
		for _, row := range rows {
			if row.Calls < 0 || row.MaxMS < dataaction.Unknown || row.Over != nil && len(row.Over) != len(question.OverMS) {
				t.Errorf("%+v", row)
			}
		}
	})
}

// trailer is what follows the first JSON value of a body, which is left unread.
func trailer(body []byte) ([]byte, bool) {
	dec := json.NewDecoder(bytes.NewReader(body))
	var first json.RawMessage
	if dec.Decode(&first) != nil {
		return nil, false
	}
	return body[dec.InputOffset():], true
}
