package cli

import (
	"fmt"
	"io"
	"strings"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// adviceResult is the advice for each chosen organisation.
type adviceResult struct {
	joint  report.Joint // in the declared order
	docs   []advice.Document
	failed []string // names of organisations
}

func newAdviceResult(outcomes []session.Outcome[advice.Document]) (r adviceResult) {
	for _, x := range outcomes {
		part := report.JointDocument{Org: x.Desired.Org, Document: x.Value}
		if x.Err != nil {
			part.Document = session.FailureOf(x.Err)
			r.failed = append(r.failed, x.Desired.Org)
		} else {
			r.docs = append(r.docs, x.Value)
		}
		r.joint = append(r.joint, part)
	}
	return r
}

// showAdvice writes the advice for each organisation. Parts of several are headed by their names.
func (a *app) showAdvice(joint report.Joint, format string) error {
	several, heading := len(joint) > 1, "%s\n"
	switch {
	case format == "html":
		return report.AdviceHTML(a.env.Stdout, joint)
	case format == "json" && several:
		return report.JSON(a.env.Stdout, joint)
	case format == "json":
		return report.JSON(a.env.Stdout, joint[0].Document)
	case format == "markdown":
		heading = "## `%s`\n\n"
	}
	for i, x := range joint {
		if several {
			fmt.Fprintf(a.env.Stdout, strings.Repeat("\n", min(i, 1))+heading, x.Org)
		}
		var err error
		switch doc := x.Document.(type) {
		case report.Failure:
			err = a.renderer().Failure(a.env.Stdout, doc)
		case advice.Document:
			if format == "markdown" {
				_, err = io.WriteString(a.env.Stdout, report.AdviceMarkdown(doc, report.Heading{}))
			} else {
				err = report.AdviceText(a.env.Stdout, doc, a.style())
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
