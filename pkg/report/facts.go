package report

import (
	"fmt"
	"slices"
	"strings"
)

// Fact is what one question to the API came to, without anything of the organisation: no id, name or value.
type Fact struct {
	// Question is what is not known of the API; Request is how it was asked, such as "GET /api/v2/flows".
	Question, Request string
	// Status is HTTP's, 0 where there was no answer. Fault says in a word why there was none, or why nothing was asked.
	Status int
	Fault  string
	// Code is the vendor's error code, Headers the names of the answer's headers.
	Code    string
	Headers []string
	// Findings answer the question, in whole sentences that hold counts alone. Shape is that of the document.
	Findings []string
	Shape    string
}

// Facts are a section of the page of `doctor --report`.
type Facts struct {
	// Failed is the code of the failure where there are no facts; the rest is empty then.
	Failed            string
	ToolVersion, Date string
	// Environment is the vendor's domain; empty where the requests went to another host.
	Environment string
	Requests    int
	Facts       []Fact
}

// knownHeaders are the header names that may be shown; a gateway's own are only counted.
var knownHeaders = []string{
	"Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Etag", "Expires",
	"Inin-Correlation-Id", "Inin-Ratelimit-Allowed", "Inin-Ratelimit-Count", "Inin-Ratelimit-Reset", "Pragma",
	"Retry-After", "Server", "Strict-Transport-Security", "Transfer-Encoding", "Vary", "Via",
	"X-Content-Type-Options", "X-Frame-Options",
}

// knownCodes are the vendor's error codes that may be shown.
var knownCodes = []string{
	"authentication.required", "bad.credentials", "bad.request", "conflict", "general.bad.request",
	"general.conflict", "internal.server.error", "invalid.query", "missing.any.permissions",
	"missing.permissions", "not.authorized", "not.found", "service.unavailable", "too.many.requests",
	"general.resource.not.found", "general.error",
}

// FactsMarkdown is the page, to attach to a bug report. Several organisations have a number each: no name.
func FactsMarkdown(sections ...Facts) string {
	var b strings.Builder
	for i, f := range sections {
		b.WriteString(strings.Repeat("\n", min(i, 1)) + "### How this API behaves")
		if len(sections) > 1 {
			fmt.Fprintf(&b, ": organisation %d of %d", i+1, len(sections))
		}
		b.WriteString("\n\n")
		if f.Failed != "" {
			fmt.Fprintf(&b, "Failed: `%s`.\n", f.Failed)
		} else {
			f.write(&b)
		}
	}
	return b.String()
}

func (f Facts) write(b *strings.Builder) {
	host := "`" + f.Environment + "`"
	if f.Environment == "" {
		host = "another host than the vendor's"
	}
	fmt.Fprintf(b, "genesys-timeouts %s, %s, %s, %s. Statuses, names of headers, shapes and counts: "+
		"no id, name, value or token.\n", Inline(f.ToolVersion), f.Date, host, count(f.Requests, "request"))
	question, headers := "", ""
	for _, x := range f.Facts {
		if x.Question != question {
			question = x.Question
			fmt.Fprintf(b, "\n#### %s\n\n", question)
		}
		fmt.Fprintf(b, "- `%s`: %s\n", x.Request, x.outcome())
		for _, finding := range x.Findings {
			fmt.Fprintf(b, "  - %s\n", finding)
		}
		if names := listed(x.Headers, knownHeaders, "other header"); names != "" && names != headers {
			headers = names
			fmt.Fprintf(b, "  - headers, here and below: %s\n", names)
		}
		if x.Shape != "" {
			fmt.Fprintf(b, "  - shape: `%s`\n", x.Shape)
		}
	}
}

func (f Fact) outcome() string {
	switch {
	case f.Status == 0:
		return f.Fault
	case f.Code == "":
		return fmt.Sprintf("%d", f.Status)
	case slices.Contains(knownCodes, f.Code):
		return fmt.Sprintf("%d, code `%s`", f.Status, f.Code)
	}
	return fmt.Sprintf("%d, with a code that is not listed here", f.Status)
}

// listed are the names that are known, and a count of the others.
func listed(names, known []string, other string) string {
	var out []string
	others := 0
	for _, name := range names {
		if slices.Contains(known, name) {
			out = append(out, name)
		} else {
			others++
		}
	}
	if others > 0 {
		out = append(out, count(others, other))
	}
	return strings.Join(out, ", ")
}
