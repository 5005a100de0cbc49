package export

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/session"
	"genesys-timeouts/pkg/spelling"
)

// Named finds actions by id or by name, in the order of the names, each once: an exact name first, else one in another
// case. Actions that share a name all count. The error lists every name without an action, with near ones.
func Named(actions []dataaction.Live, names []string) ([]dataaction.Live, error) {
	var out []dataaction.Live
	var missing []error
	seen := map[string]bool{}
	for _, name := range names {
		found := with(actions, func(a dataaction.Live) bool { return a.ID == name || a.Name == name })
		if len(found) == 0 {
			found = with(actions, func(a dataaction.Live) bool { return strings.EqualFold(a.Name, name) })
		}
		if len(found) == 0 {
			missing = append(missing, fmt.Errorf("no data action has the name or id %q%s", name, near(actions, name)))
		}
		for _, a := range found {
			key := a.ID
			if a.Flow != nil {
				key = a.Flow.ID + " " + a.ID
			}
			if !seen[key] {
				seen[key] = true
				out = append(out, a)
			}
		}
	}
	if len(missing) > 0 {
		return nil, session.UsageError{Err: errors.Join(missing...), Hint: "`genesys-timeouts list` shows all of them"}
	}
	return out, nil
}

func with(actions []dataaction.Live, match func(dataaction.Live) bool) (out []dataaction.Live) {
	for _, a := range actions {
		if match(a) {
			out = append(out, a)
		}
	}
	return out
}

// mostNear is how many near names an error shows.
const mostNear = 3

// near suggests names within a third of the given one's length, or that contain it.
func near(actions []dataaction.Live, given string) string {
	type candidate struct {
		name string
		far  int
	}
	lower, room := strings.ToLower(given), max(2, len([]rune(given))/3)
	var all []candidate
	for _, a := range actions {
		name := strings.ToLower(a.Name)
		switch {
		case strings.Contains(name, lower):
			all = append(all, candidate{a.Name, 0})
		case len(name) > 4*(len(lower)+room) || len(lower) > 4*(len(name)+room):
		default:
			if d := spelling.Distance(lower, name); d <= room {
				all = append(all, candidate{a.Name, d})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return a.far - b.far })
	var names []string
	for _, c := range all {
		if quoted := fmt.Sprintf("%q", c.name); !slices.Contains(names, quoted) && len(names) < mostNear {
			names = append(names, quoted)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}
