package plan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// resealed is a plan as an attacker writes it: edited, with a digest that matches. It computes the digest by decoding
// into maps, so it also shows that Seal's canonical JSON is what any JSON library writes with sorted keys.
func resealed(t testing.TB, raw []byte) []byte {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var doc map[string]any
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	old, _ := doc["digest"].(string)
	for _, key := range []string{"digest", "created_at", "stats"} {
		delete(doc, key)
	}
	changes, _ := doc["changes"].([]any)
	for _, c := range changes {
		if change, ok := c.(map[string]any); ok {
			delete(change, "evidence")
		}
	}
	canonical, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(canonical)
	return bytes.Replace(raw, []byte(old), []byte("sha256:"+hex.EncodeToString(sum[:])), 1)
}

// fullPlan has a value in every field that a plan can hold.
func fullPlan(t testing.TB, api dataaction.API) []byte {
	t.Helper()
	before, after, own := int64(15000), int64(12000), int64(5000)
	flow := dataaction.Flow{ID: "f1", Name: "Support <é\u2028&>", Type: "inboundcall"}
	source := dataaction.Source{File: "m.yaml", Line: 3, Column: 5}
	d := plan.Document{
		FormatVersion: plan.FormatVersion, ToolVersion: "1.2.3", CreatedAt: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		API: api, Environment: "mypurecloud.ie", APIURL: "https://api.mypurecloud.ie", Org: "emea",
		Organization: &dataaction.Organization{ID: "o1", Name: "Acme"},
		Selected:     &plan.Selected{Actions: []string{"A"}},
		Manifest:     plan.Manifest{Files: []string{"m.yaml"}, Digest: "sha256:" + strings.Repeat("a", 64)},
		Changes: []plan.Change{{
			Change: plan.Update, Action: dataaction.Action{ID: "a1", Name: "A \"quoted\"", Category: "CRM",
				Type: dataaction.TypeAction},
			Flows: []dataaction.Flow{flow}, BeforeMS: &before, AfterMS: after, Version: 4,
			Callers: []plan.Caller{{
				Flow: flow, FlowVersion: "3.0", Step: plan.CallerStep{Name: "Look up",
					TrackingID: 20}, StepTimeoutMS: &own, MeetsMS: &own,
			}},
			CallersChecked: plan.CheckedListed, CallersMeetMS: &own, Reason: "slow", Owner: "crm", Until: "2026-12-31",
			LastChange: &plan.LastChange{At: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), By: "Ann", BeforeMS: &before},
			Evidence:   &plan.Evidence{Interval: "i", Calls: 7, AtLimit: &plan.Share{Calls: 1, Low: 0.25, High: 0.5}, Text: "e"},
			Sources:    []dataaction.Source{source},
		}, {
			Change: plan.None, Action: dataaction.Action{ID: "a2", Type: dataaction.TypeAction}, Flows: []dataaction.Flow{flow},
			BeforeMS: &after, AfterMS: after,
		}},
		Findings: []plan.Finding{
			{Severity: plan.Warning, Code: plan.TimeoutLowered, Message: "m", Flow: flow, Source: &source},
			{Severity: plan.Info, Code: plan.StepOverridesTimeout, Message: "m", Accepted: true, Reason: "known",
				Step: &plan.Step{Name: "s", TrackingID: 2, TimeoutMS: &own, CallersMeetMS: &own}},
		},
		Stats: plan.Stats{Requests: 12, DurationMS: 431},
	}
	d, err := plan.Seal(d)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestFullPlanReadsBack(t *testing.T) {
	t.Parallel()
	for _, api := range []dataaction.API{dataaction.Integrations, dataaction.Flows} {
		raw := fullPlan(t, api)
		d, err := plan.Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", api, err)
		}
		if again, _ := json.Marshal(d); !bytes.Equal(again, raw) {
			t.Errorf("%s reads back as\n%s\nwant\n%s", api, again, raw)
		}
		if !bytes.Equal(resealed(t, raw), raw) {
			t.Errorf("%s: the digest is not the one of the canonical JSON", api)
		}
		if d.Summary != (plan.Summary{Update: 1, Unchanged: 1, Warnings: 1, Lowered: 1}) {
			t.Errorf("%s: summary %+v", api, d.Summary)
		}
	}
}

func TestEvidenceIsNotSealed(t *testing.T) {
	t.Parallel()
	raw := fullPlan(t, dataaction.Integrations)
	edited := bytes.Replace(raw, []byte(`"calls":7`), []byte(`"calls":8`), 1)
	if bytes.Equal(edited, raw) {
		t.Fatal("the edit changed nothing")
	}
	if _, err := plan.Parse(edited); err != nil {
		t.Error(err)
	}
}

// Each edit comes with a digest that matches, so that only the plan's own rules can refuse it.
func TestTamperedPlanIsRefused(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string][2]string{
		"a second list of changes in other case": {`"findings":`, `"Changes":[],"findings":`},
		"a second list of changes":               {`"findings":`, `"changes":[],"findings":`},
		"a second timeout": {`"after_ms":12000,"version":4`,
			`"after_ms":12000,"after_ms":55000,"version":4`},
		"a second timeout in other case": {`"after_ms":12000,"version":4`,
			`"after_ms":12000,"After_ms":55000,"version":4`},
		"an unknown key":               {`"api":`, `"extra":1,"api":`},
		"an unknown key in an action":  {`"id":"a1"`, `"id":"a1","secret":true`},
		"no version":                   {`"version":4,`, ``},
		"no api_url":                   {`"api_url":"https://api.mypurecloud.ie",`, ``},
		"no organization":              {`"organization":{"id":"o1","name":"Acme"},`, ``},
		"text as version":              {`"version":4`, `"version":"4"`},
		"a fraction as version":        {`"version":4`, `"version":4.5`},
		"an exponent":                  {`"after_ms":12000,"version":4`, `"after_ms":1.2e4,"version":4`},
		"null as timeout":              {`"after_ms":12000,"version":4`, `"after_ms":null,"version":4`},
		"null as list":                 {`"via":[]`, `"via":null`},
		"an object as list":            {`"via":[]`, `"via":{}`},
		"null as change":               {`"changes":[`, `"changes":[null,`},
		"a date that is none":          {`"created_at":"2026-11-23T12:00:00Z"`, `"created_at":"yesterday"`},
		"no surface":                   {`"api":"integrations"`, `"api":"other"`},
		"no environment":               {`"environment":"mypurecloud.ie"`, `"environment":""`},
		"an address of another kind":   {`"api_url":"https:`, `"api_url":"ftp:`},
		"a manifest digest of nothing": {`"digest":"sha256:aaaa`, `"digest":"sha256:`},
		"another kind of change":       {`"change":"update"`, `"change":"delete"`},
		"an update shown as none":      {`"change":"update"`, `"change":"none"`},
		"no action id":                 {`"id":"a1",`, ``},
		"one action twice":             {`"id":"a2"`, `"id":"a1"`},
		"an unknown type of action":    {`"type":"action"`, `"type":"rest"`},
		"a timeout of zero":            {`"after_ms":12000,"version":4`, `"after_ms":0,"version":4`},
		"a negative timeout": {`"after_ms":12000,"version":4`,
			`"after_ms":-9223372036854775808,"version":4`},
		"a timeout over the limit":     {`"after_ms":12000,"version":4`, `"after_ms":61000,"version":4`},
		"a function over its limit":    {`"after_ms":12000,"version":4`, `"after_ms":16000,"version":4`},
		"a negative live timeout":      {`"before_ms":15000`, `"before_ms":-1`},
		"a negative version":           {`"version":4`, `"version":-4`},
		"callers checked by hand":      {`"callers_checked":"listed"`, `"callers_checked":"yes"`},
		"a line before the first":      {`"line":3`, `"line":0`},
		"an end that is not a date":    {`"until":"2026-12-31"`, `"until":"soon"`},
		"an unknown severity":          {`"severity":"warning"`, `"severity":"Warning"`},
		"an unknown code":              {`"code":"timeout-lowered"`, `"code":"fine"`},
		"a finding without words":      {`"message":"m"`, `"message":""`},
		"an accepted warning":          {`"severity":"info"`, `"severity":"warning"`},
		"no updates":                   {`"update":1`, `"update":0`},
		"fewer unchanged":              {`"unchanged":1`, `"unchanged":0`},
		"an error that is not counted": {`"severity":"warning"`, `"severity":"error"`},
		"more errors than there are":   {`"errors":0`, `"errors":1`},
		"no warnings":                  {`"warnings":1`, `"warnings":0`},
		"nothing lowered":              {`"lowered":1`, `"lowered":0`},
		"negative requests":            {`"requests":12`, `"requests":-1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := fullPlan(t, dataaction.Integrations)
			if name == "a function over its limit" {
				raw = bytes.Replace(raw, []byte(`"type":"action"`), []byte(`"type":"function"`), 1)
			}
			edited := bytes.Replace(raw, []byte(edit[0]), []byte(edit[1]), 1)
			if bytes.Equal(edited, raw) {
				t.Fatal("the edit changed nothing")
			}
			if _, err := plan.Parse(resealed(t, edited)); !errors.Is(err, plan.ErrInvalid) {
				t.Errorf("error %v, want ErrInvalid", err)
			}
		})
	}
}

func TestChangeOnSurfaceFlowsHasOneFlow(t *testing.T) {
	t.Parallel()
	one := []byte(`"flows":[{"id":"f1","name":"Support \u003cé\u2028\u0026\u003e","type":"inboundcall"}],` +
		`"before_ms":15000`)
	for name, flows := range map[string]string{
		"none": `[]`, "two": `[{"id":"f1"},{"id":"f2"}]`, "one without id": `[{"name":"Support"}]`,
	} {
		raw := fullPlan(t, dataaction.Flows)
		edited := bytes.Replace(raw, one, []byte(`"flows":`+flows+`,"before_ms":15000`), 1)
		if bytes.Equal(edited, raw) {
			t.Fatal("the edit changed nothing")
		}
		if _, err := plan.Parse(resealed(t, edited)); !errors.Is(err, plan.ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", name, err)
		}
	}
}

// A finding code that Parse does not know would make the tool refuse its own plans.
func TestEveryFindingCodeIsKnown(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "document.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST || !strings.HasPrefix(group.Doc.Text(), "Codes of findings") {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value
			code, _ := strconv.Unquote(value)
			codes++
			raw := bytes.Replace(fullPlan(t, dataaction.Integrations), []byte(`"code":"timeout-lowered"`),
				[]byte(`"code":"`+code+`"`), 1)
			if _, err := plan.Parse(resealed(t, raw)); err != nil {
				t.Errorf("%s: %v", code, err)
			}
		}
	}
	if codes < 20 {
		t.Errorf("%d codes found in document.go", codes)
	}
}

// FuzzParse checks that nothing panics, and that what is accepted is a plan that seals to the same digest.
func FuzzParse(f *testing.F) {
	for _, api := range []dataaction.API{dataaction.Integrations, dataaction.Flows} {
		f.Add(fullPlan(f, api))
	}
	f.Add([]byte(`{"format_version":"1"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var doc map[string]any
		if json.Unmarshal(raw, &doc) == nil {
			raw = resealed(t, raw) // else the digest alone refuses nearly everything
		}
		d, err := plan.Parse(raw)
		if err != nil {
			return
		}
		again, err := plan.Seal(d)
		if err != nil || again.Digest != d.Digest || again.Summary != d.Summary {
			t.Errorf("accepted a plan that seals to %s %+v (%v), want %s %+v", again.Digest, again.Summary, err, d.Digest,
				d.Summary)
		}
		for _, c := range d.Changes {
			if d.API == dataaction.Flows && len(c.Flows) != 1 {
				t.Errorf("accepted a change with %d flows", len(c.Flows))
			}
		}
	})
}
