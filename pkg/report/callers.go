package report

import (
	"fmt"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// callers is what the callers of an action meet: the action's own timeout, unless a flow's step gives up earlier.
type callers struct {
	// known is false where no flow was looked into.
	known bool
	// unused is true where none of the flows that list the action calls it.
	unused bool
	// timeout counts where expression is false.
	timeout    time.Duration
	expression bool
	// step is the deciding step, nil where the action's own timeout rules; more counts the other steps that give up early.
	step *plan.Step
	flow dataaction.Flow
	more int
}

// early reports whether callers meet something else than the wanted timeout.
func (c callers) early() bool { return c.step != nil }

// value is the timeout in words.
func (c callers) value() string {
	switch {
	case !c.known:
		return "not checked"
	case c.unused:
		return "not called"
	case c.expression:
		return "expression"
	}
	return dataaction.Text(c.timeout)
}

// why names the step for text: `step "Look up" in Inbound Support`. Short leaves the flow out. The tail is what is to stay
// where the rest has to be cut.
func (c callers) why(short bool) (text, tail string) {
	text = `step "` + name(c.step.Name)
	tail = `"`
	if !short {
		text, tail = text+`" in `+name(flowName(c.flow)), ""
	}
	if c.more > 0 {
		tail += fmt.Sprintf(" +%d", c.more)
	}
	return text, tail
}

// callersIndex finds the findings that tell what callers meet.
type callersIndex struct {
	api    dataaction.API
	steps  map[string][]plan.Finding
	unused map[[2]string]bool
}

func indexCallers(d plan.Document) callersIndex {
	x := callersIndex{d.API, map[string][]plan.Finding{}, map[[2]string]bool{}}
	for _, f := range d.Findings {
		switch {
		case f.Code == plan.StepOverridesTimeout && f.Step != nil:
			x.steps[actionKey(f.Action)] = append(x.steps[actionKey(f.Action)], f)
		case f.Code == plan.ActionNotUsedByFlow:
			x.unused[[2]string{actionKey(f.Action), flowKey(f.Flow)}] = true
		}
	}
	return x
}

// of tells what the callers of a change's action meet.
func (x callersIndex) of(c plan.Change) callers {
	key := actionKey(c.Action)
	got := callers{timeout: c.After(), known: len(c.Flows) > 0 && x.api == dataaction.Integrations}
	got.unused = got.known
	listed := map[string]bool{}
	for _, f := range c.Flows {
		listed[flowKey(f)] = true
		if !x.unused[[2]string{key, flowKey(f)}] {
			got.unused = false
		}
	}
	for _, f := range x.steps[key] {
		if len(listed) == 0 || listed[flowKey(f.Flow)] {
			got.meet(f)
		}
	}
	return got
}

// meet takes a step into account: the least literal decides, before any expression.
func (c *callers) meet(f plan.Finding) {
	first := c.step == nil
	if !first {
		c.more++
	}
	c.known, c.unused = true, false
	switch ms := f.Step.CallersMeetMS; {
	case ms == nil && first:
		c.expression, c.step, c.flow = true, f.Step, f.Flow
	case ms == nil:
	case first || c.expression || time.Duration(*ms)*time.Millisecond < c.timeout:
		c.expression, c.step, c.flow = false, f.Step, f.Flow
		c.timeout = time.Duration(*ms) * time.Millisecond
	}
}

func actionKey(a dataaction.Action) string {
	if a.ID != "" {
		return "id " + a.ID
	}
	return "name " + a.Name
}

func flowKey(f dataaction.Flow) string {
	if f.ID != "" {
		return "id " + f.ID
	}
	return "name " + f.Name
}
