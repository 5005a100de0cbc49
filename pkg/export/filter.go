package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/session"
	"genesys-timeouts/pkg/spelling"
)

// Filter picks actions. Empty fields match all; case does not matter.
type Filter struct {
	// Category and Integration (an id) match whole, Name matches a part.
	Category, Integration, Name string
}

// Matches reports whether the filter picks an action.
func (f Filter) Matches(a dataaction.Action) bool {
	return (f.Category == "" || strings.EqualFold(f.Category, a.Category)) &&
		(f.Integration == "" || strings.EqualFold(f.Integration, a.IntegrationID)) &&
		strings.Contains(strings.ToLower(a.Name), strings.ToLower(f.Name))
}

// Check refuses a filter that picks none of the actions: it is a typing error more often than a question.
func (f Filter) Check(actions []dataaction.Live) error {
	if len(actions) == 0 || slices.ContainsFunc(actions, func(a dataaction.Live) bool { return f.Matches(a.Action) }) {
		return nil
	}
	for _, one := range []struct {
		flag, what, given string
		filter            Filter
		value             func(dataaction.Live) string
	}{
		{"--category", "category", f.Category, Filter{Category: f.Category},
			func(a dataaction.Live) string { return a.Category }},
		{"--integration", "integration", f.Integration, Filter{Integration: f.Integration},
			func(a dataaction.Live) string { return a.IntegrationID }},
		{"--name", "data action", f.Name, Filter{Name: f.Name}, func(a dataaction.Live) string { return a.Name }},
	} {
		if !slices.ContainsFunc(actions, func(a dataaction.Live) bool { return one.filter.Matches(a.Action) }) {
			var values []string
			for _, a := range actions {
				values = append(values, one.value(a))
			}
			return nothing(one.flag, one.given, one.what, values)
		}
	}
	return session.UsageError{
		Err:  errors.New("no data action matches all the filters together"),
		Hint: "each of them matches some; leave one out",
	}
}

// nothing says that a filter matches nothing, and which values there are.
func nothing(flag, given, what string, values []string) error {
	hint := there(values)
	if twin := spelling.Twin(given, values); twin != "" {
		hint = spelling.DidYouMean(given, twin) + " Copy it"
	}
	return session.UsageError{
		Err:  fmt.Errorf("%s %q: no such %s", flag, given, what),
		Hint: hint,
	}
}

// mostValues is how many values an error lists.
const mostValues = 20

func there(values []string) string {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) == 0 {
		return "there are none"
	}
	more := ""
	if left := len(values) - mostValues; left > 0 {
		values, more = values[:mostValues], fmt.Sprintf(" and %d more", left)
	}
	if how := spelling.Alike(values); how != "" {
		more += "; some look the same and differ in " + how
	}
	for i, v := range values {
		values[i] = fmt.Sprintf("%q", v)
	}
	return "there are " + strings.Join(values, ", ") + more
}

// namedFlows are the flows of one organisation that texts name. missing are the texts that name none, there the names
// of all flows.
type namedFlows struct {
	flows          []genesys.Flow
	missing, there []string
}

// nameFlows finds the flows that --flow names, by id or by name: an exact name first, else one in another case. Flows
// that share a name all count.
func nameFlows(ctx context.Context, client *genesys.Client, given []string) (named namedFlows, err error) {
	if len(given) == 0 {
		return named, nil
	}
	list, err := client.ListFlows(ctx)
	if err != nil {
		return named, err
	}
	for _, f := range list {
		named.there = append(named.there, f.Name)
	}
	picked := map[string]bool{}
	for _, text := range given {
		found := flowsWith(list, func(f dataaction.Flow) bool { return f.ID == text || f.Name == text })
		if len(found) == 0 {
			found = flowsWith(list, func(f dataaction.Flow) bool {
				return strings.EqualFold(f.ID, text) || strings.EqualFold(f.Name, text)
			})
		}
		if len(found) == 0 {
			named.missing = append(named.missing, text)
		}
		for _, f := range found {
			if !picked[f.ID] {
				picked[f.ID] = true
				named.flows = append(named.flows, f)
			}
		}
	}
	return named, nil
}

// checkFlows refuses a text that names a flow in none of the organisations.
func checkFlows(given []string, in ...namedFlows) error {
	for _, text := range given {
		var names []string
		lacking := 0
		for _, one := range in {
			names = append(names, one.there...)
			if slices.Contains(one.missing, text) {
				lacking++
			}
		}
		if lacking > 0 && lacking == len(in) {
			return nothing("--flow", text, "flow", names)
		}
	}
	return nil
}

func flowsWith(list []genesys.Flow, match func(dataaction.Flow) bool) (out []genesys.Flow) {
	for _, f := range list {
		if match(f.Flow) {
			out = append(out, f)
		}
	}
	return out
}

// Picks reports which actions of an organisation the options pick: by the filters, and with --flow those that one of
// the flows owns or calls.
func (o Options) Picks(read Inventory) func(dataaction.Live) bool {
	ids, owners := map[string]bool{}, map[string]bool{}
	for _, f := range read.Live.Flows {
		owners[f.ID] = true
		for id := range f.Refers() {
			ids[id] = true
		}
	}
	return func(a dataaction.Live) bool {
		inside := len(o.Flows) == 0 || a.Flow != nil && owners[a.Flow.ID] || a.Flow == nil && ids[a.ID]
		return inside && o.Matches(a.Action)
	}
}

// Picked is what was read of an organisation, with the actions that the options pick alone.
func (o Options) Picked(read Inventory) plan.Live {
	live, picks := read.Live, o.Picks(read)
	live.Actions = slices.DeleteFunc(slices.Clone(live.Actions), func(a dataaction.Live) bool { return !picks(a) })
	return live
}
