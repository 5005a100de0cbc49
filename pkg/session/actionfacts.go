package session

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/rawjson"
)

func (p *prober) listing(ctx context.Context) error {
	a, f, err := p.ask(ctx, "Does the listing give configurations?", actionsPath, "",
		url.Values{"includeConfig": {"true"}, "pageSize": {"100"}, "pageNumber": {"1"}, "sortBy": {"name"}}, nil)
	p.actions = entities(a.Body)
	config, timeout := 0, 0
	for _, e := range p.actions {
		if c, ok := e.Get("config"); ok && c.IsObject() {
			config++
			if _, ok := c.Get("timeoutSeconds"); ok {
				timeout++
			}
		}
	}
	found(f, a, "%d entities of %s, %d with a config, %d of these with a timeout", len(p.actions),
		number(a.Body, "total"), config, timeout)
	return err
}

func (p *prober) largePages(ctx context.Context) error {
	for _, size := range []int{200, 500} {
		a, f, err := p.ask(ctx, fmt.Sprintf("Does a page hold %d actions?", size), actionsPath, "",
			url.Values{"pageSize": {strconv.Itoa(size)}, "pageNumber": {"1"}}, nil)
		if err != nil {
			return err
		}
		found(f, a, "%d entities of %s, pageSize %s", len(entities(a.Body)),
			number(a.Body, "total"), number(a.Body, "pageSize"))
	}
	return nil
}

func (p *prober) byIDs(ctx context.Context) error {
	const question = "Are pages of `ids=` short?"
	var ids []string
	for _, e := range p.actions[:min(len(p.actions), 50)] {
		ids = append(ids, text(e, "id"))
	}
	if len(ids) == 0 {
		p.fact(question, actionsPath, "not asked: no action is known")
		return nil
	}
	a, f, err := p.ask(ctx, question, actionsPath, "", url.Values{"ids": {strings.Join(ids, ",")},
		"includeConfig": {"true"}}, nil)
	found(f, a, "asked for %d ids without a page size: %d came, pageSize %s, pageCount %s",
		len(ids), len(entities(a.Body)), number(a.Body, "pageSize"), number(a.Body, "pageCount"))
	return err
}

func (p *prober) byName(ctx context.Context) error {
	const question = "Does the filter by name find whole names and parts?"
	at := slices.IndexFunc(p.actions, func(e rawjson.Value) bool { return len(text(e, "name")) > 4 })
	if at < 0 {
		p.fact(question, actionsPath, "not asked: no action with a name is known")
		return nil
	}
	name := text(p.actions[at], "name")
	for _, part := range []struct{ what, name string }{
		{"a whole name", name}, {"the end of a name", name[len(name)/2:]}, {"a name in upper case", strings.ToUpper(name)},
	} {
		a, f, err := p.ask(ctx, question, actionsPath, "", url.Values{"name": {strings.ToValidUTF8(part.name, "")},
			"pageSize": {"100"}}, nil)
		if err != nil {
			return err
		}
		exact := 0
		for _, e := range entities(a.Body) {
			if text(e, "name") == name {
				exact++
			}
		}
		f.Shape = ""
		found(f, a, "%s: %d entities, %d with that name", part.what, len(entities(a.Body)), exact)
	}
	return nil
}

func (p *prober) functions(ctx context.Context) error {
	const question, shown = "What does a function look like?", actionsPath + "/{id}/function"
	at := slices.IndexFunc(p.actions, func(e rawjson.Value) bool {
		template, _ := e.Get("config", "request", "requestUrlTemplate")
		return genesys.IsFunctionURL(template)
	})
	if at < 0 {
		p.fact(question, shown, "not asked: no action of the first page has a GUID as its request template")
		return nil
	}
	_, _, err := p.ask(ctx, question, shown, actionsPath+"/"+url.PathEscape(text(p.actions[at], "id"))+"/function",
		nil, nil)
	return err
}

func (p *prober) drafts(ctx context.Context) error {
	a, f, err := p.ask(ctx, "Are all drafts listed in one request?", actionsPath+"/drafts", "",
		url.Values{"pageSize": {"100"}, "pageNumber": {"1"}}, nil)
	found(f, a, "%d entities of %s", len(entities(a.Body)), number(a.Body, "total"))
	return err
}
