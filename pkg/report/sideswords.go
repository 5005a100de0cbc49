package report

import (
	"fmt"
	"slices"
	"strings"
)

// sidesSummary is the last line: "Plan: test 1 to update, 1 error; production 3 to update."
func sidesSummary(sides Sides, words wording, set func(string) string) string {
	title := "Plan: "
	if words.drift {
		title = "Drift: "
	}
	parts := make([]string, len(sides))
	for i, s := range sides {
		parts[i] = set(s.Org) + " " + sideCounts(s, words)
	}
	return title + strings.Join(parts, "; ") + "."
}

func sideCounts(s Side, words wording) string {
	if s.Doc == nil {
		return "failed"
	}
	var parts []string
	n := s.Doc.Summary
	switch {
	case n.Update > 0 && words.drift:
		parts = append(parts, fmt.Sprintf("%d drifted", n.Update))
	case n.Update > 0:
		parts = append(parts, fmt.Sprintf("%d to update", n.Update))
	}
	if n.Lowered > 0 && !words.drift {
		parts = append(parts, fmt.Sprintf("%d lowered", n.Lowered))
	}
	if n.Errors > 0 {
		parts = append(parts, count(n.Errors, "error"))
	}
	switch {
	case len(parts) > 0:
	case n.Unchanged == 0:
		parts = append(parts, "nothing to compare")
	case words.drift:
		parts = append(parts, "in step")
	default:
		parts = append(parts, "no changes")
	}
	return strings.Join(parts, ", ")
}

// sideNames are the organisations of a heading: "test (Acme Test, mypurecloud.de) and production (Acme EMEA,
// mypurecloud.ie)".
func sideNames(sides Sides, set func(string) string) string {
	names := make([]string, len(sides))
	for i, s := range sides {
		if s.Doc == nil {
			names[i] = target(s.Org, nil, s.Environment, "", set)
			continue
		}
		names[i] = target(s.Org, s.Doc.Organization, s.Doc.Environment, otherAPI(s.Doc.API), set)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// sideFiles are the manifests of all sides, each once.
func sideFiles(sides Sides) []string {
	var files []string
	for _, s := range sides {
		if s.Doc == nil {
			continue
		}
		for _, f := range s.Doc.Manifest.Files {
			if !slices.Contains(files, f) {
				files = append(files, f)
			}
		}
	}
	return files
}
