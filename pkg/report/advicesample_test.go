package report_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// service is a data action's week: how long its calls would take without a limit, in milliseconds, and how many there
// are a day. Calls that would take longer than the limit end there as "timeout".
type service struct {
	id, name, category string
	kind               string
	limit              int64
	steps              []int64
	perDay             int
	takes              func(r *rand.Rand, day int) float64
}

func lognormal(median, spread float64) func(*rand.Rand, int) float64 {
	return func(r *rand.Rand, _ int) float64 { return median * math.Exp(spread*r.NormFloat64()) }
}

// hanging never answers a share of the calls on the days given, all days where there are none.
func hanging(takes func(*rand.Rand, int) float64, share float64, days ...int) func(*rand.Rand, int) float64 {
	return func(r *rand.Rand, day int) float64 {
		on := len(days) == 0
		for _, d := range days {
			on = on || d == day
		}
		if on && r.Float64() < share {
			return math.Inf(1)
		}
		return takes(r, day)
	}
}

var services = []service{
	{"1", "Customer lookup", "CRM", "", 3000, nil, 2600, lognormal(800, 0.6)},
	{"2", "Get order", "CRM", "", 30_000, []int64{12_000}, 3600, lognormal(520, 0.35)},
	{"3", "Verify card and reserve the amount at the acquirer", "Payments", "", 10_000, nil, 900,
		hanging(lognormal(900, 0.4), 0.02)},
	{"4", "Get order", "Warehouse", "", 60_000, nil, 700, lognormal(9000, 1.1)},
	{"5", "Opening hours", "Calendar", "", 5000, nil, 4000, hanging(lognormal(200, 0.4), 0.08, 3)},
	{"6", "Send survey", "Surveys", "", 10_000, []int64{3000}, 1500, lognormal(1000, 0.5)},
	{"7", "お客様の検索", "CRM", "", 10_000, []int64{3000, 12_000}, 210, lognormal(1100, 0.4)},
	{"8", "Score the intent of the caller", "Function data actions", "function", 15_000, nil, 2000, lognormal(2000, 0.3)},
	{"9", "Ping", "Test", "", 0, nil, 60, lognormal(90, 0.2)},
	{"10", "Cancel appointment", "Calendar", "", 5000, nil, 3, lognormal(400, 0.2)},
	{"11", "Legacy invoice", "ERP", "", 30_000, nil, 0, lognormal(400, 0.2)},
	{"12", "Get balance", "Payments", "", 3000, nil, 2100, lognormal(400, 0.3)},
}

// sampleAdvice is a week of twelve actions with most kinds of judgement. Tests share it: they change copies.
var sampleAdvice = sync.OnceValue(func() advice.Document {
	return adviceOn(services, func(id string) string { return id })
})

func adviceOn(list []service, id func(string) string) advice.Document {
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	subjects := make([]advice.Subject, 0, len(list))
	for _, s := range list {
		subjects = append(subjects, s.subject(id(s.id)))
	}
	m := dataaction.Measured{
		Interval: dataaction.Interval{From: monday, To: monday.AddDate(0, 0, 7)}, Days: true,
		Slots: dataaction.SlotLimits{Total: new(int64(30)), Functions: new(int64(1))},
	}
	for _, over := range advice.Thresholds(subjects) {
		batch := dataaction.Batch{OverMS: over}
		for i, s := range list {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for day := range 7 {
				batch.Rows = append(batch.Rows, s.day(r, subjects[i].Action.ID, day, monday.AddDate(0, 0, day), over)...)
			}
		}
		m.Batches = append(m.Batches, batch)
	}
	for i, s := range list {
		if s.perDay == 0 {
			continue
		}
		p95, p99 := s.percentiles(rand.New(rand.NewPCG(uint64(i), 2)))
		hour := int64(s.perDay) / 9
		id := subjects[i].Action.ID
		m.Whole = append(m.Whole, dataaction.Measurement{ActionID: id, P95MS: p95, P99MS: p99, MaxMS: p99 + 40})
		m.Hours = append(m.Hours, dataaction.Measurement{ActionID: id, Calls: hour, SumMS: hour * 700,
			Start: monday.AddDate(0, 0, 1).Add(10 * time.Hour)})
	}
	d := advice.Judge(advice.Input{Subjects: subjects, Measured: m, Accept: 0.001})
	d.ToolVersion, d.Environment = "1.1.0", "mypurecloud.ie"
	d.Organization = &dataaction.Organization{ID: "o", Name: "Acme EMEA"}
	d.CreatedAt = monday.AddDate(0, 0, 7).Add(8 * time.Hour)
	d.Stats = plan.Stats{Requests: 5, DurationMS: 431}
	return d
}

func (s service) subject(id string) advice.Subject {
	out := advice.Subject{
		Action:    dataaction.Action{ID: "custom_-_" + id, Name: s.name, Category: s.category, Type: "action"},
		CeilingMS: 60_000, Sources: []dataaction.Source{{File: "genesys-timeouts.yaml", Line: 8, Column: 5}},
	}
	if s.kind != "" {
		out.Action.Type, out.CeilingMS = s.kind, 15_000
	}
	if s.limit > 0 {
		out.LimitMS = &s.limit
	}
	for _, ms := range s.steps {
		out.Callers = append(out.Callers, plan.Caller{
			Flow: dataaction.Flow{ID: "f", Name: "Inbound Support", Type: "inboundcall"},
			Step: plan.CallerStep{Name: "Look up", TrackingID: 42}, StepTimeoutMS: &ms, MeetsMS: &ms,
		})
	}
	return out
}

func (s service) day(r *rand.Rand, id string, day int, start time.Time, over []int64) []dataaction.Measurement {
	if s.perDay == 0 {
		return nil
	}
	rows := []dataaction.Measurement{
		{ActionID: id, Start: start, Over: make([]int64, len(over))},
		{ActionID: id, ErrorType: "timeout", Start: start, Over: make([]int64, len(over))},
	}
	for range s.perDay {
		row, ms := &rows[0], s.takes(r, day)
		if s.limit > 0 && ms >= float64(s.limit) {
			row, ms = &rows[1], float64(s.limit+r.Int64N(60))
		}
		row.Calls++
		row.MaxMS = max(row.MaxMS, int64(ms))
		for i, least := range over {
			if int64(ms) >= least {
				row.Over[i]++
			}
		}
	}
	if rows[1].Calls == 0 {
		return rows[:1]
	}
	return rows
}

func (s service) percentiles(r *rand.Rand) (p95, p99 int64) {
	var all []float64
	for i := range 2000 {
		ms := s.takes(r, i%7)
		if s.limit > 0 {
			ms = min(ms, float64(s.limit)+20)
		}
		all = append(all, ms)
	}
	slices.Sort(all)
	return int64(all[1900]), int64(all[1980])
}

// hostileAdvice has names and values that try to be more than text.
var hostileAdvice = sync.OnceValue(func() advice.Document {
	list := []service{
		{"1", `<script>window.pwned=1</script>`, `"><img src=x onerror="window.pwned=1">`, "",
			3000, []int64{2500}, 700, lognormal(900, 0.6)},
		{"2", "javascript:window.pwned=1//` --></style><style>body{display:none}", "", "",
			30_000, nil, 2600, lognormal(500, 0.3)},
		{"3", "\x1b[31mred\u202eesrever\u202c {{.}} <!-- " + strings.Repeat("W", 600), "", "",
			8000, nil, 2600, lognormal(500, 0.3)},
		{"4", strings.Repeat("مرحبا بكم ", 40), "", "", 3000, nil, 700, hanging(lognormal(500, 0.3), 0.03)},
		{"5", "", "", "", 3000, nil, 9, lognormal(500, 0.3)},
	}
	d := adviceOn(list, func(id string) string { return id + `"onmouseover="window.pwned=1` })
	d.Environment = `<b>evil</b>.example`
	d.Organization.Name = `</title><script>window.pwned=1</script>`
	d.Actions[0].ErrorTypes[`<iframe src="https://evil.example/">`] = advice.ErrorType{Calls: 7}
	d.Findings = append(d.Findings, plan.Finding{Severity: plan.Info, Code: advice.ColumnMissing,
		Message: `no slots: <a href="https://evil.example/">click</a> @octo ##[error]`})
	return d
})

// poorAdvice is what is left where percentiles, hours and limits failed and no counts came.
func poorAdvice() advice.Document {
	var subjects []advice.Subject
	for _, s := range services[:4] {
		subjects = append(subjects, s.subject(s.id))
	}
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	down := errors.New("503 Service Unavailable")
	m := dataaction.Measured{
		Interval: dataaction.Interval{From: monday, To: monday.Add(90 * time.Minute)},
		WholeErr: down, HoursErr: down, SlotsErr: errors.New("404 Not Found"),
	}
	for _, over := range advice.Thresholds(subjects) {
		m.Batches = append(m.Batches, dataaction.Batch{OverMS: over, Rows: []dataaction.Measurement{
			{ActionID: subjects[0].Action.ID, Calls: 5000, MaxMS: 3010}}})
	}
	d := advice.Judge(advice.Input{Subjects: subjects, Measured: m, Accept: 0.001})
	d.Environment = "mypurecloud.ie"
	return d
}

// failedAdvice is an organisation without advice.
func failedAdvice() report.Failure {
	return report.NewFailure(&report.FailureError{Code: "forbidden", Status: 403, CorrelationID: "7b1c-42",
		Message: "measuring: the OAuth client lacks permission integrations:action:view",
		Hint:    "add it to a role of the OAuth client (Genesys Cloud Admin, Roles)"}, nil)
}

// hostileFailure tries to be more than text.
func hostileFailure() report.Failure {
	return report.NewFailure(&report.FailureError{Code: "wrong-organization",
		Message: `belong to "</p></section><script>window.pwned=1</script>" ` + strings.Repeat("W", 3000),
		Hint:    `<img src="https://evil.example/" onerror="window.pwned=1">`}, nil)
}

// manyActions are n actions that all ask for something, with long names: the largest page.
func manyActions(n int) advice.Document {
	d := sampleAdvice()
	var act []advice.Judgement
	for _, j := range d.Actions {
		if j.Code.Advises() {
			act = append(act, j)
		}
	}
	d.Actions, d.Findings = nil, nil
	for i := range n {
		j := act[i%len(act)]
		j.Action.ID = fmt.Sprintf("custom_-_%08d-0d57-4f0e-8a55-0c6f2b7d9f10", i)
		j.Action.Name = fmt.Sprintf("%s %d, as the order service of region north has it", j.Action.Name, i)
		d.Actions = append(d.Actions, j)
	}
	return d
}
