package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The seeded organisation is that of Harbour & Pine, a made-up furniture shop: forty-odd data actions in four
// integrations, flows that call them, a week of calls, and the same flows with nested data actions for surface flows.
// Code makes it from tables, the same at every start.

// seed fills an empty server.
func (s *Server) seed() error {
	o := seedOrg(s.opt.Org)
	for _, row := range seedActions {
		if o.lacks(row.name) {
			continue
		}
		doc, opts := row.document(o)
		if err := s.AddAction(doc, opts...); err != nil {
			return err
		}
		s.SetTraffic(row.id(o), row.traffic(o))
	}
	for _, f := range seedFlows() {
		if o.leavesOut(f.key) {
			continue
		}
		if err := f.add(s, o); err != nil {
			return err
		}
	}
	for _, row := range seedFlowActions {
		if o.leavesOut(row.flow) {
			continue
		}
		if err := s.AddFlowAction(o.flowID(row.flow), row.document(o)); err != nil {
			return err
		}
	}
	s.AddScript(o.uuid("script", "desk"), "Agent desk", o.actionID("CRM", "Create case"), o.actionID("CRM", "Update case"))
	s.seedAudit(o)
	return nil
}

// seedAudit records changes of the days before the server started.
func (s *Server) seedAudit(o seedOrg) {
	ago := func(hours int) time.Time { return s.opt.Now().Add(-time.Duration(hours) * time.Hour) }
	s.RecordChange(o.actionID("Orders", "Get order"), seedUsers[1], ago(30), 5, 3)
	s.RecordChange(o.actionID("CRM", "Customer lookup"), seedUsers[0], ago(75), 4, 3)
	s.RecordChange(o.actionID("CRM", "Customer lookup"), seedUsers[1], ago(200), 5, 4)
	s.RecordChange(o.actionID("CRM", "Create case"), seedUsers[0], ago(100), 15, 10)
	s.RecordChange(o.actionID("Orders", "Cancel order"), seedUsers[0], ago(50), 20, 20) // names no property
}

// seedNumber is the same number from 1 to n for the same words.
func seedNumber(n int, words ...string) int {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return 1 + int(sum[0])%n
}

// plainJSON marshals without escaping & and <, as services do.
func plainJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("sandbox: " + err.Error()) // the seed's own values always marshal
	}
	return bytes.TrimSpace(b.Bytes())
}

// raw is JSON from a template: %q for texts, which contain nothing that Go and JSON quote differently, and %s for JSON.
func raw(template string, values ...any) json.RawMessage {
	return fmt.Appendf(nil, template, values...)
}

// seedContract is an action's contract: JSON schemas of its inputs, all required, and of its outputs. All are strings.
func seedContract(name, inputs, outputs string) json.RawMessage {
	schema := func(title, fields, required string) json.RawMessage {
		properties := map[string]json.RawMessage{}
		for f := range strings.FieldsSeq(fields) {
			properties[f] = raw(`{"type": "string"}`)
		}
		return raw(`{
			"$schema": "http://json-schema.org/draft-04/schema#", "title": %q, "type": "object", "properties": %s,
			"additionalProperties": true%s
		}`, title, plainJSON(properties), required)
	}
	required := ""
	if in := strings.Fields(inputs); len(in) > 0 {
		required = fmt.Sprintf(`, "required": %s`, plainJSON(in))
	}
	return raw(`{"input": {"inputSchema": %s}, "output": {"successSchema": %s}}`,
		schema(name+" request", inputs, required), schema(name+" response", outputs, ""))
}

// seedTemplate is a template for a JSON object of the fields, each with its placeholder.
func seedTemplate(fields string, placeholder func(string) string) string {
	var b strings.Builder
	b.WriteString("{")
	for i, f := range strings.Fields(fields) {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n  %q: %s", f, placeholder(f))
	}
	b.WriteString("\n}")
	return b.String()
}
