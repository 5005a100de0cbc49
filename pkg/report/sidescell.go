package report

import (
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// errorWord is an error in a cell: "not found".
func errorWord(code string) string {
	switch code {
	case plan.TimeoutUnsupported, plan.ActionReadOnly, plan.ActionUnreadable, plan.TimeoutOutOfRange,
		plan.TimeoutConflict:
		code = strings.TrimPrefix(strings.TrimPrefix(code, "timeout-"), "action-")
	case plan.ActionNotFound, plan.FlowNotFound:
		code = "not-found"
	case plan.ActionAmbiguous, plan.FlowAmbiguous:
		code = "ambiguous"
	}
	return strings.ReplaceAll(Inline(code), "-", " ")
}

// sideText is a cell; strong sets the wanted timeout.
func sideText(c sideCell, s Side, words wording, strong func(string) string) string {
	switch {
	case s.Doc == nil:
		return "failed"
	case c.err != "":
		return c.err
	case c.change == nil:
		return "–"
	case c.change.Change == plan.None:
		return dataaction.Text(c.change.After())
	}
	text := dataaction.TextOrUnset(c.change.Before()) + " " + words.between + " " +
		strong(dataaction.Text(c.change.After()))
	if c.change.Lowered() && !words.drift {
		text += " ↓"
	}
	switch {
	case c.meets.defeated() && c.meets.step.Expression != "" && len(c.meets.flows) == 0:
		text += " (" + c.meets.value + ")"
	case c.meets.defeated():
		text += " (callers meet " + strong(c.meets.value) + ")"
	}
	return text
}
