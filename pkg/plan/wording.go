package plan

import (
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/spelling"
)

// copied is what to do about a name that only looks the same.
const copied = "Copy its name, or use `id:`"

// nearBudget bounds the search for near names: without it, a manifest of 10,000 wrong names takes minutes.
const nearBudget = 100

func textMS(ms int64) string { return dataaction.Text(Change{AfterMS: ms}.After()) }

func (b *builder) flowNotFound(s dataaction.FlowSelector) string {
	if s.ID != "" {
		return fmt.Sprintf("no flow has the id %q", s.ID)
	}
	message := fmt.Sprintf("no flow is named %q", s.Name)
	if s.Type != "" {
		message += fmt.Sprintf(" with type %q", s.Type)
	}
	if b.nearLeft++; b.nearLeft > nearBudget {
		return message
	}
	var names, types []string
	for _, f := range b.live.Flows {
		if f.Name == s.Name {
			types = append(types, f.Type)
		}
		names = append(names, f.Name)
	}
	if len(types) > 0 {
		slices.Sort(types)
		return message + "; there are flows of that name with type " + strings.Join(slices.Compact(types), ", ")
	}
	return message + spelling.Suggest(s.Name, names, copied)
}

func (b *builder) actionNotFound(r Resolution) string {
	s := r.Entry.Action
	where := "in the organisation"
	if b.desired.API == dataaction.Flows {
		where = "in " + b.flowName(b.live.Flows[r.Flow].Flow)
	}
	if s.ID != "" {
		return fmt.Sprintf("no data action %s has the id %q; was it deleted, or does it belong to another "+
			"organisation?", where, s.ID)
	}
	message := fmt.Sprintf("no data action %s is named %q", where, s.Name)
	message += otherwise(s)
	if b.nearLeft++; b.nearLeft > nearBudget {
		return message
	}
	if others := b.namesakes(r); len(others) > 0 {
		return message + "; of that name there is " + strings.Join(others, ", ")
	}
	var names []string
	for _, a := range b.live.Actions {
		if a.Flow == nil || a.Flow.ID == b.live.Flows[r.Flow].ID {
			names = append(names, a.Name)
		}
	}
	return message + spelling.Suggest(s.Name, names, copied)
}

// otherwise is what a selector says besides the name.
func otherwise(s dataaction.Selector) (text string) {
	if s.Category != "" {
		text += fmt.Sprintf(" with category %q", s.Category)
	}
	if s.IntegrationID != "" {
		text += fmt.Sprintf(" in integration %q", s.IntegrationID)
	}
	return text
}

// namesakes are up to three actions that have the name looked for, and not what else the entry says.
func (b *builder) namesakes(r Resolution) []string {
	var list []string
	for _, a := range b.live.Actions {
		switch {
		case a.Name != r.Entry.Action.Name:
		case a.Flow != nil:
			list = append(list, fmt.Sprintf("%s in flow %q", a.ID, a.Flow.Name))
		default:
			text := describe(a.Action)
			if how := spelling.Difference(r.Entry.Action.Category, a.Category); r.Entry.Action.Category != "" && how != "" {
				text = fmt.Sprintf("%s, whose category differs only in %s", a.ID, how)
			}
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return list[:min(len(list), 3)]
}

// describe is an action of surface integrations with what tells it from others of its name.
func describe(a dataaction.Action) string {
	return fmt.Sprintf("%s (category %q, integration %s)", a.ID, a.Category, a.IntegrationID)
}

// ambiguous lists the candidates with what tells them apart.
func (b *builder) ambiguous(r Resolution) string {
	var list, categories []string
	for _, i := range r.Actions {
		a := b.live.Actions[i]
		if a.Flow != nil {
			list = append(list, fmt.Sprintf("%s (type %s)", a.ID, a.Type))
			continue
		}
		list = append(list, describe(a.Action))
		categories = append(categories, a.Category)
	}
	slices.Sort(list)
	advice := "add `category:` or `integration:`, or use `id:`"
	if b.desired.API == dataaction.Flows {
		advice = "use `id:`"
	}
	if how := spelling.Alike(categories); how != "" {
		advice = "categories that look the same differ in " + how + ": use `id:`"
	}
	name := r.Entry.Action.Name
	if name == "" {
		name = r.Entry.Action.ID
	}
	return fmt.Sprintf("%d data actions are named %q: %s; %s", len(r.Actions), name, strings.Join(list, ", "), advice)
}
