package sandbox

import (
	"fmt"
	"strings"
)

// seedFlowAction is one row of the table of data actions nested under flows (surface flows).
type seedFlowAction struct {
	flow    string // key of the flow, see seedOrg.flowID
	name    string
	kind    string // the resource's type
	where   string // the place of its timeout
	timeout int    // milliseconds, or seconds for inSeconds; 0 is unset
}

// Places of a timeout, and the shapes around it.
const (
	inObject  = "object"  // definition.options.timeout, definition an object
	inString  = "string"  // the same, definition a string that holds JSON
	noOptions = "missing" // definition without options
	inSeconds = "seconds" // executionTimeout
	nowhere   = "nowhere" // the resource exposes no timeout
)

var seedFlowActions = []seedFlowAction{
	{"support", "Customer lookup", "rest", inObject, 3000},
	{"support", "Get order", "rest", inString, 5000},
	{"support", "Verify PIN", "python", inSeconds, 4},
	{"support", "Score call intent", "javascript", inSeconds, 5},
	{"digital", "Customer lookup", "rest", noOptions, 0},
	{"digital", "Detect language", "python", inObject, 2000},
	{"digital", "Find order in message", "javascript", inSeconds, 6},
	{"queue", "Get estimated wait time", "java", inSeconds, 5},
	{"queue", "Schedule callback", "rest", inString, 10000},
	{"followup", "Get delivery slot", "rest", noOptions, 0},
	{"followup", "Send survey", "rest", inString, 0},
	{"followup", "Sync order to archive", "soap", nowhere, 0},
	{"identify", "Customer lookup", "rest", inObject, 3000},
	{"identify", "Check one-time code", "javascript", inSeconds, 6},
	{"payment", "Take card payment", "java", inSeconds, 25},
	{"payment", "Get payment status", "rest", inObject, 10000},
}

// id does not depend on the flow: the same name under another flow has the same id and is another resource.
func (row seedFlowAction) id(o seedOrg) string { return o.uuid("flow data action", row.name) }

func (row seedFlowAction) document(o seedOrg) []byte {
	slug := strings.ReplaceAll(strings.ToLower(row.name), " ", "-")
	var definition string
	switch row.kind {
	case "rest":
		definition = fmt.Sprintf(`{"method":"POST","url":"https://gateway.harbourpine.example/%s",`+
			`"headers":{"Accept":"application/json"},"retry":{"factor":1.0,"max":2}}`, slug)
	case "soap":
		definition = fmt.Sprintf(`{"wsdl":"https://archive.harbourpine.example/%s?wsdl","operation":"Store"}`, slug)
	default:
		definition = fmt.Sprintf(`{"runtime":%q,"handler":"main.handle","source":"functions/%s","memory":256}`,
			row.kind, slug)
	}
	def := []byte(definition)
	switch {
	case row.where == inObject, row.where == inString && row.timeout > 0:
		def = withValue(def, fmt.Append(nil, row.timeout), "options", "timeout")
	case row.where == inString:
		def = withValue(def, []byte(`{"keepAlive":true}`), "options")
	}
	if row.where == inString {
		def = plainJSON(string(def))
	}
	doc := plainJSON(map[string]any{"id": row.id(o), "name": row.name, "type": row.kind, "enabled": true})
	doc = withVersion(doc, int64(seedNumber(9, row.flow, row.name)))
	if row.where == inSeconds {
		doc = withValue(doc, fmt.Append(nil, row.timeout), "executionTimeout")
	}
	return withValue(doc, def, "definition")
}
