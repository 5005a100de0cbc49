package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/session"
)

// SavePrevious writes a manifest that puts back every timeout that the plan is about to change. The file must not
// exist: after a half-failed apply it has the timeouts from before the first one. Check and creation are one step.
func SavePrevious(name string, doc plan.Document) error {
	data, err := Previous(doc)
	if err == nil {
		err = session.CreateManifest(name, data)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return taken(name)
	case err != nil:
		return fmt.Errorf("--save-previous: %w; nothing was written to Genesys Cloud", err)
	}
	return nil
}

// SettlePrevious writes SavePrevious's file again after the apply, without what another user changed meanwhile: putting
// that back would undo the other user's change.
func SettlePrevious(name string, doc plan.Document, results []plan.Result) error {
	stale := map[string]bool{}
	for _, r := range results {
		if r.Code == reconcile.CodeStale {
			stale[keyOf(r.Action, r.Flows)] = true
		}
	}
	if len(stale) == 0 {
		return nil
	}
	doc.Changes = slices.DeleteFunc(slices.Clone(doc.Changes),
		func(c plan.Change) bool { return stale[keyOf(c.Action, c.Flows)] })
	data, err := Previous(doc)
	if err == nil {
		err = session.WriteManifest(name, data)
	}
	if err != nil {
		return fmt.Errorf("--save-previous: %w; %q still has timeouts that another user changed meanwhile", err, name)
	}
	return nil
}

// keyOf identifies an action: on surface flows its flow is part of it.
func keyOf(a dataaction.Action, flows []dataaction.Flow) string {
	if len(flows) > 0 {
		return a.ID + " " + flows[0].ID
	}
	return a.ID
}

// CheckPrevious refuses a file for SavePrevious before the user is asked in vain: one that exists, or one inside a
// folder of manifests, where the next run would read it as desired state.
func CheckPrevious(name string, manifests []string) error {
	switch _, err := os.Lstat(name); {
	case err == nil:
		return taken(name)
	case !errors.Is(err, fs.ErrNotExist):
		return session.FileError{Err: fmt.Errorf("--save-previous: %w; nothing was written", err)}
	}
	for _, folder := range manifests {
		if inside(folder, name) {
			const why = "--save-previous: %q is inside folder %q, whose files are all manifests; nothing was written"
			return session.UsageError{Err: fmt.Errorf(why, name, folder), Hint: "name a file outside the folder"}
		}
	}
	return nil
}

func taken(name string) error {
	const why = "--save-previous: %q exists already and may have the timeouts from before another apply; " +
		"nothing was written"
	return session.FileError{Err: fmt.Errorf(why, name)}
}

// inside reports whether a new file would be below a folder, links resolved.
func inside(folder, name string) bool {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return false
	}
	root, err := realPath(folder)
	if err != nil {
		return false
	}
	parent, err := realPath(filepath.Dir(name))
	if err != nil {
		return false
	}
	relative, err := filepath.Rel(root, parent)
	return err == nil && filepath.IsLocal(relative)
}

func realPath(name string) (string, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(name)
}

// Previous is a manifest, in YAML, that puts back every timeout that the plan changes. It selects actions by id,
// because it is for the same organisation, which it declares where the plan's manifest did. Actions without a timeout,
// or with one outside the limits, are comments: a manifest cannot ask for that.
func Previous(doc plan.Document) ([]byte, error) {
	out := manifest.Output{API: doc.API, Environment: doc.Environment, Header: []string{
		"The timeouts as they were before an apply; `genesys-timeouts apply -f` with this file puts them back.",
	}}
	if doc.Org != "" { // its credentials are found by its name
		org := manifest.Organization{Name: doc.Org, Environment: doc.Environment}
		if doc.Organization != nil {
			org.ID = doc.Organization.ID
		}
		out.Environment, out.Organizations = "", []manifest.Organization{org}
	}
	for _, c := range doc.Changes {
		if c.Change != plan.Update {
			continue
		}
		entry := manifest.OutputEntry{
			Selector: dataaction.Selector{ID: c.Action.ID}, Timeout: c.Before(), Comment: c.Action.Name,
		}
		if t := c.Before(); t != nil && limitsBefore(doc.API, c.Action.Type).Check(*t) != "" {
			entry.Timeout, entry.Why = nil, fmt.Sprintf("it was %s, which a manifest cannot ask for", dataaction.Text(*t))
		}
		if doc.API != dataaction.Flows {
			out.Actions = append(out.Actions, entry)
			continue
		}
		flow := c.Flows[0]
		i := slices.IndexFunc(out.Flows, func(f manifest.OutputFlow) bool { return f.Selector.ID == flow.ID })
		if i < 0 {
			i = len(out.Flows)
			head := manifest.OutputFlow{Selector: dataaction.FlowSelector{ID: flow.ID}, Comment: flow.Name}
			out.Flows = append(out.Flows, head)
		}
		out.Flows[i].Entries = append(out.Flows[i].Entries, entry)
	}
	return manifest.Encode(out)
}

// limitsBefore are the limits of a timeout that was read. On surface flows it may be in milliseconds for any type.
func limitsBefore(api dataaction.API, actionType string) dataaction.Limits {
	if api == dataaction.Flows {
		actionType = ""
	}
	return dataaction.LimitsOf(api, actionType)
}
