package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/plan"
)

//go:embed advice.html.tmpl
var advicePage string

//go:embed advice.css
var adviceStyle string

// adviceTemplate escapes every name by where it stands. The style sheet is ours.
var adviceTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("advice").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(adviceStyle) }, //nolint:gosec // embedded, from this package
	}).Parse(advicePage))
})

// AdviceHTML writes advice as one page that stands alone: no script, no request to anywhere, light and dark, fit to
// print. Each organisation is its own part, each action has a histogram of its calls. The documents are
// advice.Document, or Failure for an organisation that has none.
func AdviceHTML(w io.Writer, joint Joint) error {
	page := htmlPage{Title: "Data action timeouts: advice", Several: len(joint) > 1}
	for i, x := range joint {
		part := htmlPart{ID: fmt.Sprintf("o%d", i), Org: htmlName(x.Org)}
		switch doc := x.Document.(type) {
		case advice.Document:
			part.fill(doc)
			page.Version = cut(Inline(doc.ToolVersion), 40)
		case Failure:
			part.Failed = htmlFailure(doc)
		}
		page.Parts = append(page.Parts, part)
	}
	if !page.Several {
		page.Title += " for " + page.Parts[0].Where
	}
	if err := adviceTemplate().Execute(w, page); err != nil {
		return fmt.Errorf("writing HTML: %w", err)
	}
	return nil
}

// The page's data: texts that are ready to be shown, and numbers of pixels and per cent.
type (
	htmlPage struct {
		Title, Version string
		Several        bool
		Parts          []htmlPart
	}
	htmlPart struct {
		ID, Org, Where, Interval, Accept, Made string
		Tiles                                  []htmlTile
		Slots, ErrorTypes, Cost                string
		Failed, Notes                          []string
		Overview                               []htmlRow
		Act                                    []htmlCard
		Groups                                 []htmlGroup
	}
	htmlTile struct {
		N           int
		Label, Tone string
	}
	htmlRow struct {
		ID, Name, Context, Now, Calls, P99, Ran, Hang, Word, Tone string
	}
	htmlGroup struct {
		Title string
		Cards []htmlCard
	}
	htmlCard struct {
		htmlRow
		Code, Sentence, P95, Max, AtOnce string
		Findings                         []string
		Chart                            *htmlChart
	}
)

const htmlNameColumns = 90

func htmlName(s string) string { return cut(name(s), htmlNameColumns) }

// unbroken keeps a number and its per cent sign in one line.
func unbroken(s string) string { return strings.ReplaceAll(s, " %", "\u00a0%") }

// htmlTones are the classes of colour by code; the word beside says the same.
var htmlTones = map[advice.Code]string{
	advice.TooShort: "up", advice.TooLong: "down", advice.GapBelowLimit: "look", advice.AtMaximum: "look",
	advice.OneBadDay: "look", advice.Keep: "ok",
}

// htmlFailure is why an organisation has no advice, in lines.
func htmlFailure(f Failure) []string {
	var b strings.Builder
	_ = FailureText(&b, f, Style{}) // a builder never fails
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func (part *htmlPart) fill(d advice.Document) {
	part.Where = cut(adviceWhere(d, htmlName), 2*htmlNameColumns)
	part.Interval, part.Accept = adviceInterval(d.Interval), unbroken(advice.Percent(d.Accept))
	part.Tiles, part.Slots, part.ErrorTypes = htmlTiles(d), adviceSlots(d.Slots), adviceErrorTypes(d, htmlName)
	if !d.CreatedAt.IsZero() {
		part.Made = hourText(d.CreatedAt)
	}
	if d.Stats.Requests > 0 {
		part.Cost = count(d.Stats.Requests, "request")
	}
	beside := map[string][]string{}
	for _, f := range d.Findings {
		text := unbroken(message(f.Message))
		if f.Action.ID == "" {
			part.Notes = append(part.Notes, text)
			continue
		}
		if f.Severity == plan.Warning {
			text = "Warning: " + text
		}
		beside[f.Action.ID] = append(beside[f.Action.ID], text)
	}
	all := sortedAdvice(d)
	context := adviceContexts(all)
	for i, j := range all {
		card := htmlCardOf(j, context[i], d.Accept, fmt.Sprintf("%sa%d", part.ID, i+1))
		card.Findings = beside[j.Action.ID]
		if j.Code.Advises() {
			part.Overview = append(part.Overview, card.htmlRow)
			part.Act = append(part.Act, card)
			continue
		}
		title := adviceTitles[j.Code]
		if n := len(part.Groups); n == 0 || part.Groups[n-1].Title != title {
			part.Groups = append(part.Groups, htmlGroup{Title: title})
		}
		group := &part.Groups[len(part.Groups)-1]
		group.Cards = append(group.Cards, card)
	}
}

func htmlCardOf(j advice.Judgement, context string, accept float64, id string) htmlCard {
	card := htmlCard{
		htmlRow: htmlRow{
			ID: id, Name: htmlName(actionName(j.Action)), Now: adviceNow(j), Calls: advice.Number(j.Calls), P99: adviceP99(j),
			Ran: unbroken(adviceRan(j)), Hang: adviceHang(j), Word: adviceWord(j), Tone: htmlTones[j.Code],
		},
		Code: string(j.Code), Sentence: unbroken(adviceSentence(j, accept)), P95: measured(j.P95MS), Max: measured(j.MaxMS),
		Chart: chart(j),
	}
	if context != "" {
		card.Context = htmlName(context)
	}
	if j.FailedAtOnce > 0 {
		card.AtOnce = advice.Number(j.FailedAtOnce)
	}
	return card
}

// htmlTiles are the counts at the top: what to act on, each on its own, and the others together.
func htmlTiles(d advice.Document) []htmlTile {
	tiles := []htmlTile{
		{Label: "too short", Tone: "up"}, {Label: "to look at", Tone: "look"}, {Label: "too long", Tone: "down"},
		{Label: "to keep", Tone: "ok"}, {Label: "nothing to say"},
	}
	for _, j := range d.Actions {
		for i := range tiles {
			if tiles[i].Tone == htmlTones[j.Code] {
				tiles[i].N++
			}
		}
	}
	return tiles
}
