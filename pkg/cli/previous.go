package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/plan"
)

// savePrevious writes a manifest that puts back every timeout that the plan is about to change. A file that is there
// already is not written over: after a half-failed apply it holds what the actions had before the first one.
func savePrevious(name string, doc plan.Document) error {
	if err := mayHold(name); err != nil {
		return err
	}
	data, err := manifest.Encode(previous(doc))
	if err == nil {
		err = writeManifest(name, data)
	}
	if err != nil {
		return fmt.Errorf("--save-previous: %w; nothing was applied", err)
	}
	return nil
}

// mayHold refuses a file that exists for --save-previous.
func mayHold(name string) error {
	switch info, err := os.Stat(name); {
	case err == nil && info.Mode().IsRegular():
		return fileError{fmt.Errorf("--save-previous: %q exists already, and may hold the timeouts from before another apply; nothing was written", name)}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fileError{fmt.Errorf("--save-previous: %w; nothing was written", err)}
	}
	return nil
}

// previous is the manifest of the timeouts as they were. It names actions by id, since it is for machines and for the same
// organisation; actions that had no timeout, or one that is outside of the limits, are
// comments, since that cannot be written.
func previous(doc plan.Document) manifest.Output {
	out := manifest.Output{API: doc.API, Environment: doc.Environment, Header: []string{
		"The timeouts as they were before an apply; `genesys-timeouts apply -f` with this file puts them back.",
	}}
	for _, c := range doc.Changes {
		if c.Change != plan.Update {
			continue
		}
		entry := manifest.OutputEntry{Selector: dataaction.Selector{ID: c.Action.ID}, Timeout: c.Before(), Comment: c.Action.Name}
		if t := c.Before(); t != nil && limitsBefore(doc.API, c.Action.Type).Check(*t) != "" {
			entry.Timeout, entry.Why = nil, fmt.Sprintf("it was %s, which no manifest can ask for", dataaction.Text(*t))
		}
		if doc.API != dataaction.Flows {
			out.Actions = append(out.Actions, entry)
			continue
		}
		flow := c.Flows[0]
		i := slices.IndexFunc(out.Flows, func(f manifest.OutputFlow) bool { return f.Selector.ID == flow.ID })
		if i < 0 {
			i = len(out.Flows)
			out.Flows = append(out.Flows, manifest.OutputFlow{Selector: dataaction.FlowSelector{ID: flow.ID}, Comment: flow.Name})
		}
		out.Flows[i].Entries = append(out.Flows[i].Entries, entry)
	}
	return out
}

// limitsBefore are the limits of a timeout that was read. On surface flows it may be counted in milliseconds whatever its type.
func limitsBefore(api dataaction.API, actionType string) dataaction.Limits {
	if api == dataaction.Flows {
		actionType = ""
	}
	return dataaction.LimitsOf(api, actionType)
}
