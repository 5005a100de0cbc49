package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// List is what `list` shows: the data actions of an organisation with the manifest entries that manage them.
// schema/list.schema.json describes its JSON.
type List struct {
	FormatVersion string `json:"format_version"`
	// Environment is the domain.
	Environment string `json:"environment"`
	// Organization is null where the API refuses to say.
	Organization *dataaction.Organization `json:"organization"`
	// Actions stand in the caller's order.
	Actions []ListedAction `json:"actions"`

	// Others are actions that a filter on their state leaves out: shown beside another organisation's that it does not.
	Others []ListedAction `json:"-"`
	// Hidden are the rest of the organisation's actions. They are never shown: a name that one of them has too does not
	// say which action of another organisation is the same.
	Hidden []ListedAction `json:"-"`
}

// NewList returns a list in this tool's format version, with empty lists rather than null.
func NewList(environment string, o *dataaction.Organization, actions []ListedAction) List {
	l := List{FormatVersion: plan.FormatVersion, Environment: environment, Organization: o, Actions: []ListedAction{}}
	for _, a := range actions {
		a.Sources = append([]dataaction.Source{}, a.Sources...)
		l.Actions = append(l.Actions, a)
	}
	return l
}

// ListedAction is one data action as it is live.
type ListedAction struct {
	Action dataaction.Action `json:"action"`
	// Flow owns the action on surface flows; nil on surface integrations.
	Flow *dataaction.Flow `json:"flow,omitempty"`
	// TimeoutMS is null where no timeout is set, and where it could not be read, as Unread says.
	TimeoutMS *int64 `json:"timeout_ms"`
	Unread    bool   `json:"-"`
	Version   int64  `json:"version"`
	// Sources are the manifest entries that name the action; empty where it is not managed.
	Sources []dataaction.Source `json:"sources"`
}

func (a ListedAction) timeout() string {
	switch {
	case a.Unread:
		return "not read"
	case a.TimeoutMS == nil:
		return dataaction.TextOrUnset(nil)
	}
	return dataaction.Text(milliseconds(*a.TimeoutMS))
}

// managedBy is the first place in a manifest, and how many more there are; empty for none.
func (a ListedAction) managedBy() string {
	if len(a.Sources) == 0 {
		return ""
	}
	s := position(a.Sources[0].File, a.Sources[0].Line, 0)
	if more := len(a.Sources) - 1; more > 0 {
		s += fmt.Sprintf(" +%d", more)
	}
	return s
}

// kind is what an action is, in words.
func kind(a dataaction.Action) string {
	switch {
	case a.BuiltIn():
		return "built-in"
	case a.CustomAuth():
		return "custom auth"
	}
	return a.Type
}

// Show is what `show` says: actions from all sides. schema/list.schema.json describes its JSON.
type Show struct {
	FormatVersion string                   `json:"format_version"`
	Environment   string                   `json:"environment"`
	Organization  *dataaction.Organization `json:"organization"`
	Actions       []ShownAction            `json:"actions"`
}

// NewShow returns what show says in this tool's format version, with empty lists rather than null.
func NewShow(environment string, o *dataaction.Organization, actions []ShownAction) Show {
	x := Show{FormatVersion: plan.FormatVersion, Environment: environment, Organization: o, Actions: []ShownAction{}}
	for _, a := range actions {
		a.Sources = append([]dataaction.Source{}, a.Sources...)
		x.Actions = append(x.Actions, a)
	}
	return x
}

// ShownAction is one action with its callers and its last change.
type ShownAction struct {
	ListedAction
	// Callers are the steps that call the action, of published flows; null where they are not known, and empty where
	// none was found. MeetsMS is the lesser of the step's timeout and the live one.
	Callers []plan.Caller `json:"callers"`
	// LastChange is null where the audit has none, or may not be read.
	LastChange *plan.LastChange `json:"last_change"`

	// Entries are what the manifest says, in its order.
	Entries []ShownEntry `json:"-"`
	// CallersNote and LastChangeNote say where the answer is from or what it lacks, such as "as the dependency index
	// says".
	CallersNote    string `json:"-"`
	LastChangeNote string `json:"-"`
}

// ShownEntry is a manifest entry of an action.
type ShownEntry struct {
	Source               dataaction.Source
	Timeout              time.Duration
	Reason, Owner, Until string
}

// ListSide is one organisation of a list for several.
type ListSide struct {
	Org, Environment string
	// List is nil where the run failed for this organisation; Failure says why then.
	List    *List
	Failure *Failure
}

// ListSides are the organisations of a list, in the manifest's order.
type ListSides []ListSide

// MarshalJSON writes {"format_version":"1","organizations":{...}} in the order of the sides.
func (s ListSides) MarshalJSON() ([]byte, error) {
	return byOrganization(len(s), func(i int) (string, any) {
		if s[i].List == nil {
			return s[i].Org, orEmpty(s[i].Failure)
		}
		return s[i].Org, s[i].List
	})
}

// fullList is the width in columns below which a list goes without kind and category.
const fullList = 56

// ListText writes a list as a table that fits the width, and its counts as the last line.
func ListText(w io.Writer, l List, s Style) error {
	p := newPrinter(w, s)
	owners := slices.ContainsFunc(l.Actions, func(a ListedAction) bool { return a.Flow != nil })
	full := p.columns >= fullList
	t := table{columns: []column{{title: "Action", least: 12, usual: 34}}}
	if owners {
		t.columns = append(t.columns, column{title: "Flow", least: 8, usual: 24})
	}
	t.columns = append(t.columns, column{title: "Timeout", right: true})
	if full {
		t.columns = append(t.columns, column{title: "Kind", least: 6})
	}
	if full && !owners {
		t.columns = append(t.columns, column{title: "Category", least: 8, usual: 20})
	}
	t.columns = append(t.columns, column{title: "Managed by", least: 6, usual: 24})
	for _, a := range l.Actions {
		row := []cell{{text: name(actionName(a.Action))}}
		if owners {
			row = append(row, cell{text: ownerName(a)})
		}
		timeout := cell{text: a.timeout()}
		if a.TimeoutMS == nil {
			timeout.colour = dim
		}
		row = append(row, timeout)
		if full {
			row = append(row, cell{text: Inline(clip(kind(a.Action)))})
		}
		if full && !owners {
			row = append(row, cell{text: Inline(clip(a.Action.Category))})
		}
		managed := cell{text: Inline(a.managedBy())}
		if managed.text == "" {
			managed = cell{text: "–", colour: dim}
		}
		t.rows = append(t.rows, append(row, managed))
	}
	if len(t.rows) > 0 {
		p.table(t, func(int) {})
		p.line("")
	}
	p.item(item{text: listSummary(l, Inline), colour: bold}, 0)
	return p.done()
}

func ownerName(a ListedAction) string {
	if a.Flow == nil {
		return ""
	}
	return name(flowName(*a.Flow))
}

// listSummary counts: "Acme EMEA (mypurecloud.ie): 167 data actions, 12 in the manifest, 155 without a timeout."
func listSummary(l List, set func(string) string) string {
	managed, unset := 0, 0
	for _, a := range l.Actions {
		if len(a.Sources) > 0 {
			managed++
		}
		if a.TimeoutMS == nil && !a.Unread {
			unset++
		}
	}
	s := fmt.Sprintf("%s, %d in the manifest, %d without a timeout.", count(len(l.Actions), "data action"), managed, unset)
	if to := target("", l.Organization, l.Environment, "", set); to != "" {
		return to + ": " + s
	}
	return s
}

// ListMarkdown sets a list in Markdown.
func ListMarkdown(l List, h Heading) string {
	owners := slices.ContainsFunc(l.Actions, func(a ListedAction) bool { return a.Flow != nil })
	titles := []string{"Action", "Timeout", "Kind", "Category", "Managed by"}
	if owners {
		titles[3] = "Flow"
	}
	s := section{what: "Actions", count: len(l.Actions), open: tableHead(titles...), close: "\n", row: func(i int) string {
		a := l.Actions[i]
		group, managed := "", ""
		if a.Flow != nil {
			group = span(flowName(*a.Flow))
		} else if a.Action.Category != "" {
			group = span(a.Action.Category)
		}
		if len(a.Sources) > 0 {
			managed = link(span(a.managedBy()), h.manifestLink(&a.Sources[0]))
		}
		return row(span(actionName(a.Action)), a.timeout(), escapeMarkdown(Inline(clip(kind(a.Action)))), group, managed)
	}}
	title := h
	if title.Title == "" {
		title.Title = "Data actions"
	}
	return h.assemble(title.title(count(len(l.Actions), "action")), "\n"+listSummary(l, span)+"\n\n", []section{s}, "")
}

// listTotal is an organisation's part of the last line of a list for several.
func listTotal(s ListSide) string {
	if s.List == nil {
		return "failed"
	}
	return count(len(s.List.Actions), "data action")
}

// listNames are the organisations of a list, as a heading.
func listNames(sides ListSides, set func(string) string) string {
	names := make([]string, len(sides))
	for i, s := range sides {
		if s.List == nil {
			names[i] = target(s.Org, nil, s.Environment, "", set) + " " + listTotal(s)
			continue
		}
		names[i] = target(s.Org, s.List.Organization, s.List.Environment, "", set) + " " + listTotal(s)
	}
	return strings.Join(names, "; ")
}
