package session

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/rawjson"
)

func (p *prober) flowStates(ctx context.Context) error {
	a, f, err := p.ask(ctx, "Which states do flows have?", flowsPath, "",
		url.Values{"pageSize": {"100"}, "pageNumber": {"1"}}, nil)
	p.flows = entities(a.Body)
	var published, unsaved, behind, inactive, upper int
	for _, e := range p.flows {
		live, saved := text(e, "publishedVersion", "id"), text(e, "savedVersion", "id")
		if live != "" {
			published++
		}
		if saved == "" {
			unsaved++
		}
		if live != "" && saved != "" && live != saved {
			behind++
		}
		if active, _ := e.Get("active"); live != "" && string(active) == "false" {
			inactive++
		}
		if kind := text(e, "type"); kind != "" && kind == strings.ToUpper(kind) {
			upper++
		}
	}
	found(f, a, "%d flows: %d published, %d of these with active false, %d saved since; "+
		"%d without a saved version; %d with a type in upper case", len(p.flows), published, inactive, behind,
		unsaved, upper)
	return err
}

// configurations asks for the published and the latest configuration of a flow whose saved version differs, or of any;
// and for the latest one of a flow that has none saved.
func (p *prober) configurations(ctx context.Context) error {
	at := slices.IndexFunc(p.flows, func(e rawjson.Value) bool {
		live := text(e, "publishedVersion", "id")
		return live != "" && live != text(e, "savedVersion", "id")
	})
	if at < 0 {
		at = slices.IndexFunc(p.flows, func(e rawjson.Value) bool { return text(e, "publishedVersion", "id") != "" })
	}
	const question = "Which version is a flow's configuration?"
	if at < 0 {
		p.fact(question, flowsPath+"/{id}/versions/{id}/configuration", "not asked: no published flow is known")
	} else {
		base := flowsPath + "/" + url.PathEscape(text(p.flows[at], "id"))
		live, _, err := p.ask(ctx, question, flowsPath+"/{id}/versions/{id}/configuration",
			base+"/versions/"+url.PathEscape(text(p.flows[at], "publishedVersion", "id"))+"/configuration", nil, nil)
		if err != nil {
			return err
		}
		latest, f, err := p.ask(ctx, question, flowsPath+"/{id}/latestconfiguration", base+"/latestconfiguration", nil, nil)
		if err != nil {
			return err
		}
		same := "differs from the published one"
		if string(live.Body) == string(latest.Body) {
			same = "is the published one"
		}
		if live.Body != nil {
			found(f, latest, "the latest configuration %s", same)
		}
	}
	const unsaved, shown = "What is the latest configuration of a flow without a saved one?",
		flowsPath + "/{id}/latestconfiguration"
	at = slices.IndexFunc(p.flows, func(e rawjson.Value) bool { return text(e, "savedVersion", "id") == "" })
	if at < 0 {
		p.fact(unsaved, shown, "not asked: no flow without a saved version is known")
		return nil
	}
	_, _, err := p.ask(ctx, unsaved, shown, flowsPath+"/"+url.PathEscape(text(p.flows[at], "id"))+"/latestconfiguration",
		nil, nil)
	return err
}

func (p *prober) index(ctx context.Context) error {
	a, f, err := p.ask(ctx, "In which state is the dependency index?", indexPath+"/build", "", nil, nil)
	state := "another state"
	if said := text(a.Body, "status"); slices.Contains([]string{"OPERATIONAL", "OPERATIONALNEEDSREBUILD",
		"BUILDINITIALIZING", "BUILDINPROGRESS", "NOTBUILT"}, said) {
		state = said
	}
	failed, _ := a.Body.Get("failedObjects")
	n := 0
	for range failed.Elements() {
		n++
	}
	found(f, a, "%s, %d failed objects", state, n)
	return err
}

func (p *prober) consumers(ctx context.Context) error {
	const question, shown = "Who uses an action?", indexPath + "/consumingresources"
	if len(p.actions) == 0 {
		p.fact(question, shown, "not asked: no action is known")
		return nil
	}
	for _, object := range []string{genesys.ObjectDataAction, genesys.ObjectSecureAction} {
		a, f, err := p.ask(ctx, question, shown, "", url.Values{"id": {text(p.actions[0], "id")}, "objectType": {object},
			"flowFilter": {"published"}, "pageNumber": {"1"}, "pageSize": {"100"}}, nil)
		if err != nil {
			return err
		}
		found(f, a, "objectType %s: %d entities", object, len(entities(a.Body)))
	}
	return nil
}
