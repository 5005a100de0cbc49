package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// Levels of annotations, as GitHub names them.
const (
	LevelError   = "error"
	LevelWarning = "warning"
	LevelNotice  = "notice"
)

// maxAnnotations leaves one of the ten that GitHub shows per level and step to the notice that counts the rest.
const maxAnnotations = 9

// annotationColumns bounds an annotation's message.
const annotationColumns = 500

// Annotation is a remark on a line of a file, shown beside a pull request's changes. File is empty for a remark on the
// run. Title and message hold no newlines or control characters; the caller escapes them for a workflow command.
type Annotation struct {
	Level          string
	File           string
	Line, Column   int
	Title, Message string
}

// SidesAnnotations returns the errors and warnings of plans that have a place in a manifest: errors first, at most
// nine, then a count of the others. rest says where those can be read; empty means "in the summary". What several
// organisations say alike is said once, with their names before it.
func SidesAnnotations(sides Sides, rest string) []Annotation {
	var all []Annotation
	orgs := map[Annotation][]string{}
	for _, s := range sides {
		if s.Doc == nil {
			continue
		}
		for _, f := range s.Doc.Findings {
			if f.Source == nil || f.Source.File == "" || f.Severity == plan.Info {
				continue
			}
			x := annotation(levelOf(f.Severity), *f.Source, f.Code, f.Message)
			if len(sides) == 1 || orgs[x] == nil {
				all = append(all, x)
			}
			if !slices.Contains(orgs[x], s.Org) {
				orgs[x] = append(orgs[x], s.Org)
			}
		}
	}
	for i, x := range all {
		if len(sides) > 1 {
			all[i].Message = cut(Inline(strings.Join(orgs[x], ", ")+": "+x.Message), annotationColumns)
		}
	}
	return bounded(all, rest)
}

// ProblemAnnotations does the same for the problems of a manifest.
func ProblemAnnotations(problems []Problem, rest string) []Annotation {
	var all []Annotation
	for _, p := range problems {
		if p.File != "" {
			all = append(all, annotation(LevelError, dataaction.Source{File: p.File, Line: p.Line, Column: p.Column},
				"manifest", p.Message))
		}
	}
	return bounded(all, rest)
}

func annotation(level string, at dataaction.Source, title, message string) Annotation {
	return Annotation{
		Level: level, File: at.File, Line: at.Line, Column: at.Column,
		Title: cut(Inline(clip(title)), nameColumns), Message: cut(Inline(clip(message)), annotationColumns),
	}
}

func bounded(all []Annotation, rest string) []Annotation {
	slices.SortStableFunc(all, func(a, b Annotation) int { return gravity(b.Level) - gravity(a.Level) })
	if len(all) <= maxAnnotations {
		return all
	}
	hidden := all[maxAnnotations:]
	more := Annotation{Level: LevelNotice, Title: defaultTitle,
		Message: fmt.Sprintf("%d more %s", len(hidden), cmp.Or(rest, "in the summary"))}
	return append(all[:maxAnnotations:maxAnnotations], more)
}

func levelOf(s plan.Severity) string {
	switch s {
	case plan.Error:
		return LevelError
	case plan.Warning:
		return LevelWarning
	}
	return LevelNotice
}

func gravity(level string) int {
	switch level {
	case LevelError:
		return 2
	case LevelWarning:
		return 1
	}
	return 0
}
