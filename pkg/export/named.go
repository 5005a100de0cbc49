package export

import (
	"errors"
	"fmt"
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
	all := make([]string, len(actions))
	for i, a := range actions {
		all[i] = a.Name
	}
	for _, name := range names {
		found := with(actions, func(a dataaction.Live) bool { return a.ID == name || a.Name == name })
		if len(found) == 0 {
			found = with(actions, func(a dataaction.Live) bool { return strings.EqualFold(a.Name, name) })
		}
		if len(found) == 0 {
			missing = append(missing, fmt.Errorf("no data action has the name or id %q%s", name,
				spelling.Suggest(name, all, "Copy its name, or give its id")))
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
