package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

const (
	analyticsPath = "/api/v2/analytics/actions/aggregates/query"
	weekInterval  = "2026-11-16T00:00:00.000Z/2026-11-23T00:00:00.000Z" // Monday to Monday
)

// stats is the vendor's; what is absent is -1.
type stats struct{ count, least, most, sum, p95, p99 float64 }

func (s *stats) UnmarshalJSON(b []byte) error {
	var m map[string]float64
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	get := func(key string) float64 {
		if v, ok := m[key]; ok {
			return v
		}
		return -1
	}
	*s = stats{get("count"), get("min"), get("max"), get("sum"), get("p95"), get("p99")}
	return nil
}

type aggregates struct{ Results []aggregateRow }

type aggregateRow struct {
	Group map[string]string
	Data  []struct {
		Interval string
		Metrics  []struct {
			Metric string
			Stats  stats
		}
		Views []struct {
			Name  string
			Stats stats
		}
	}
}

// aggregate sends an analytics query; more is further members of its body.
func (w *world) aggregate(interval, more string) aggregates {
	w.t.Helper()
	body := fmt.Sprintf(`{"interval":%q,"metrics":["tTotalExecution"]%s}`, interval, more)
	var a aggregates
	w.must(json.Unmarshal(w.want(200, "POST", analyticsPath, body).body, &a))
	return a
}

// over is a view that counts calls of at least ms milliseconds.
func over(ms int) string {
	return fmt.Sprintf(`{"target":"tTotalExecution","name":"over%d","function":"rangeBound","range":{"gte":%d}}`, ms, ms)
}

func viewsOver(ms ...int) string {
	views := make([]string, len(ms))
	for i, m := range ms {
		views[i] = over(m)
	}
	return `,"views":[` + strings.Join(views, ",") + `]`
}

func byAction(id string) string {
	const filter = `,"filter":{"type":"and","predicates":[{"dimension":"actionId","operator":"matches","value":%q}]}`
	return fmt.Sprintf(filter, id)
}

// totals adds up the counts of an answer's data, and of its views by name.
func (a aggregates) totals() (calls float64, views map[string]float64) {
	views = map[string]float64{}
	for _, r := range a.Results {
		for _, d := range r.Data {
			calls += d.Metrics[0].Stats.count
			for _, v := range d.Views {
				views[v.Name] += v.Stats.count
			}
		}
	}
	return calls, views
}

func TestAnalyticsCountTheSameCallsHoweverTheyAreGrouped(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	lookup := w.ActionID("Customer lookup", "")
	filter := byAction(lookup)
	const days, hours = `,"granularity":"P1D"`, `,"granularity":"PT1H"`
	const monday = "2026-11-16T00:00:00Z/2026-11-17T00:00:00Z"
	week, _ := w.aggregate(weekInterval, filter).totals()
	if week != 18_194 {
		t.Errorf("%g calls in a week", week)
	}
	for more, want := range map[string]float64{
		days: week, hours: week, `,"groupBy":["actionId","errorType"]`: week, days + `,"groupBy":["errorType"]`: week,
	} {
		if got, _ := w.aggregate(weekInterval, filter+more).totals(); got != want {
			t.Errorf("%s: %g calls, want %g", more, got, want)
		}
	}
	if got, _ := w.aggregate("2026-10-01T00:00:00Z/2026-10-29T00:00:00Z", filter).totals(); got != 4*week {
		t.Errorf("four weeks have %g calls, want %g", got, 4*week)
	}
	day := w.aggregate(weekInterval, filter+days).Results[0].Data
	if len(day) != 7 || day[0].Interval != "2026-11-16T00:00:00.000Z/2026-11-17T00:00:00.000Z" {
		t.Fatalf("%d days, the first %s", len(day), day[0].Interval)
	}
	if got, _ := w.aggregate(monday, filter+hours).totals(); got != day[0].Metrics[0].Stats.count {
		t.Errorf("Monday by the hour has %g calls, by the day %g", got, day[0].Metrics[0].Stats.count)
	}
	for _, d := range day[1:] {
		if d.Metrics[0].Stats.count >= day[0].Metrics[0].Stats.count {
			t.Errorf("%s is busier than Monday", d.Interval)
		}
	}
}

func TestAnalyticsStatistics(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	w.SetTraffic("custom_-_1", Traffic{Calls: 1000, Median: time.Second, Limit: 2 * time.Second})
	a := w.aggregate(weekInterval, viewsOver(1, 1000, 2000, 9000))
	m := a.Results[0].Data[0].Metrics[0]
	if s := m.Stats; m.Metric != "tTotalExecution" || s.count != 1000 || s.least < 100 || s.most < 2000 || s.most > 2080 ||
		s.sum < 1000*s.least || s.sum > 1000*s.most || s.p95 < 1500 || s.p95 > s.p99 || s.p99 > s.most {
		t.Errorf("%+v", m)
	}
	_, views := a.totals()
	if views["over1"] != 1000 || math.Abs(views["over1000"]-500) > 60 || views["over2000"] < 10 || views["over9000"] != 0 {
		t.Errorf("%v", views)
	}
	if late := a.Results[0].Data[0].Views[2].Stats; late.least < 2000 || late.most != m.Stats.most {
		t.Errorf("the view's statistics are not those of its calls: %+v", late)
	}
	both := w.aggregate(weekInterval,
		`,"views":[{"target":"tTotalExecution","name":"x","function":"rangeBound","range":{"lt":1000}}]`)
	if _, v := both.totals(); v["x"]+views["over1000"] != 1000 {
		t.Errorf("%g below and %g from 1 s", v["x"], views["over1000"])
	}
}

func TestAnalyticsGroups(t *testing.T) {
	t.Parallel()
	w := start(t, Options{})
	a := w.aggregate(weekInterval, `,"groupBy":["actionId","errorType"]`)
	types, actions := map[string]bool{}, map[string]bool{}
	for _, r := range a.Results {
		types[r.Group["errorType"]] = true
		actions[r.Group["actionId"]] = true
		if _, named := r.Group["errorType"]; named && r.Group["errorType"] == "" {
			t.Error("a call that succeeded has an errorType")
		}
	}
	for _, want := range []string{"", "timeout", "rateLimit", "E4711.carrier"} {
		if !types[want] {
			t.Errorf("no errorType %q in %v", want, types)
		}
	}
	if len(actions) < 38 || actions[w.ActionID("Find agent of last call", "")] {
		t.Errorf("%d actions were called, Find agent of last call: %v", len(actions),
			actions[w.ActionID("Find agent of last call", "")])
	}
	if b := w.aggregate(weekInterval, `,"groupBy":["actionId","errorType"]`); fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("two answers differ")
	}
	if other := start(t, Options{}); fmt.Sprint(other.aggregate(weekInterval,
		`,"groupBy":["actionId","errorType"]`)) != fmt.Sprint(a) {
		t.Error("two servers differ")
	}
	id := w.ActionID("Get order", "")
	w.must(w.Delete(id))
	if n, _ := w.aggregate(weekInterval, byAction(id)).totals(); n != 12_480 {
		t.Errorf("a deleted action has %g calls", n)
	}
	if got := w.aggregate(weekInterval, byAction("custom_-_nobody")); len(got.Results) != 0 {
		t.Errorf("an unknown action has a group: %v", got)
	}
}

func TestAnalyticsRefusals(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true})
	valid := `{"interval":"` + weekInterval + `","metrics":["tTotalExecution"]}`
	w.want(200, "POST", analyticsPath, valid)
	change := func(from, to string) string { return strings.Replace(valid, from, to, 1) }
	with := func(more string) string { return strings.TrimSuffix(valid, "}") + more + "}" }
	eleven := viewsOver(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	cases := map[string]string{
		change(weekInterval, "2026-11-23"): "interval", change(weekInterval,
			"2026-11-23T00:00:00Z/2026-11-16T00:00:00Z"): "interval",
		change(`"tTotalExecution"`, ""): "metrics", change(`"tTotalExecution"`, `"tOther"`): "metrics",
		with(`,"granularity":"P1W"`): "granularity", with(`,"timeZone":"Europe/Dublin"`): "timeZone",
		with(`,"groupBy":["colour"]`): "groupBy", with(eleven): "at most 10",
		with(viewsOver(5, 5)): "used twice", with(strings.Replace(viewsOver(5), "over5", "tTotalExecution", 1)): "a metric's",
		with(strings.Replace(viewsOver(5), `"gte":5`, "", 1)):                  "gte or lt",
		with(strings.Replace(viewsOver(5), "rangeBound", "ratio", 1)):          "rangeBound",
		with(`,"filter":{"predicates":[]}`):                                    "filter",
		with(`,"filter":{"type":"and","predicates":[{"dimension":"colour"}]}`): "filter",
		`[]`: "malformed",
	}
	for body, want := range cases {
		if a := w.want(400, "POST", analyticsPath, body); !strings.Contains(a.text("message"), want) {
			t.Errorf("%s: %s, want %q", body, a.text("message"), want)
		}
	}
	hourly := strings.Replace(with(`,"granularity":"PT1H"`), "2026-11-16", "2026-01-01", 1)
	w.want(413, "POST", analyticsPath, hourly)
}

func TestAnalyticsAnswersLess(t *testing.T) {
	t.Parallel()
	w := start(t, Options{Empty: true, Analytics: Analytics{NoViews: true, OmitStats: []string{"p95", "min"}}})
	w.SetTraffic("custom_-_1", Traffic{Calls: 10})
	a := w.aggregate(weekInterval, viewsOver(1))
	if s := a.Results[0].Data[0].Metrics[0].Stats; a.Results[0].Data[0].Views != nil || s.p95 != -1 || s.least != -1 ||
		s.count != 10 {
		t.Errorf("%+v", a)
	}
	w.SetAnalytics(Analytics{NoEmptyViews: true})
	if a := w.aggregate(weekInterval, viewsOver(1, 60_000)); len(a.Results[0].Data[0].Views) != 1 {
		t.Errorf("%+v", a)
	}
	body := `{"interval":"` + weekInterval + `","metrics":["tTotalExecution"],"granularity":"P1D"}`
	w.SetAnalytics(Analytics{TooLarge: 413})
	w.want(413, "POST", analyticsPath, body)
	w.want(200, "POST", analyticsPath, strings.Replace(body, `,"granularity":"P1D"`, "", 1))
	w.SetAnalytics(Analytics{Refused: true})
	if a := w.want(403, "POST", analyticsPath, body); !strings.Contains(a.text("message"), "integrations:action:view") {
		t.Errorf("%s", a.body)
	}
	w.SetAnalytics(Analytics{})
	w.Deny("integrations:action:view")
	w.want(403, "POST", analyticsPath, body)
	w.Allow("bridge:actions:view")
	w.want(200, "POST", analyticsPath, body)
}
