package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
)

// The seeded contact centre is that of Harbour & Pine, a made-up house for furniture: forty-odd data actions in four
// integrations, six flows that call them, and the same flows with data actions of their own for surface flows. It is made
// by code from tables, the same at every start.

// seed fills an empty server.
func (s *Server) seed() error {
	for _, row := range seedActions {
		doc, opts := row.document()
		if err := s.AddAction(doc, opts...); err != nil {
			return err
		}
	}
	for _, f := range seedFlows() {
		if err := s.AddFlow(f.document(), f.configuration()); err != nil {
			return err
		}
	}
	for _, row := range seedFlowActions {
		if err := s.AddFlowAction(seedFlowID(row.flow), row.document()); err != nil {
			return err
		}
	}
	return nil
}

// seedUUID is the same UUID for the same words.
func seedUUID(words ...string) string {
	sum := sha256.Sum256([]byte("harbour-and-pine\x00" + strings.Join(words, "\x00")))
	return formatUUID([16]byte(sum[:16]))
}

// seedNumber is the same number from 1 to n for the same words.
func seedNumber(n int, words ...string) int {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return 1 + int(sum[0])%n
}

// plainJSON marshals without turning & and < into escapes, as services do.
func plainJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("sandbox: " + err.Error()) // the seed's own values always marshal
	}
	return bytes.TrimSpace(b.Bytes())
}

// raw is JSON from a template: %q for texts, which hold nothing that Go and JSON quote differently, and %s for JSON.
func raw(template string, values ...any) json.RawMessage {
	return fmt.Appendf(nil, template, values...)
}

// seedContract is an action's contract: JSON schemas of its inputs, all of them required, and of its outputs. All are strings.
func seedContract(name, inputs, outputs string) json.RawMessage {
	schema := func(title, fields, required string) json.RawMessage {
		properties := map[string]json.RawMessage{}
		for f := range strings.FieldsSeq(fields) {
			properties[f] = raw(`{"type": "string"}`)
		}
		return raw(`{"$schema": "http://json-schema.org/draft-04/schema#", "title": %q, "type": "object", "properties": %s, "additionalProperties": true%s}`,
			title, plainJSON(properties), required)
	}
	required := ""
	if in := strings.Fields(inputs); len(in) > 0 {
		required = fmt.Sprintf(`, "required": %s`, plainJSON(in))
	}
	return raw(`{"input": {"inputSchema": %s}, "output": {"successSchema": %s}}`,
		schema(name+" request", inputs, required), schema(name+" response", outputs, ""))
}

// seedTemplate is a template that makes a JSON object of the fields, each written as its placeholder.
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
