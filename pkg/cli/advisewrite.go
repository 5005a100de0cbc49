package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
	"genesys-timeouts/pkg/report"
	"genesys-timeouts/pkg/session"
)

// editable reads the manifests to write to; none without --write or --out.
func (o adviseOptions) editable(ctx context.Context, desired dataaction.Desired) ([]manifest.File, error) {
	wrong := func(message, hint string) error {
		return session.UsageError{Err: errors.New(message), Hint: hint}
	}
	switch flag := "--write"; {
	case !o.writes():
		return nil, nil
	case len(desired.Files) == 0:
		return nil, wrong("no manifest to put the proposals into", "name one with -f")
	case slices.Contains(desired.Files, "-"):
		if o.out != "" {
			flag = "--out"
		}
		return nil, wrong(flag+" does not edit standard input", "name the manifest with -f")
	case o.out != "" && len(desired.Files) > 1:
		return nil, wrong(fmt.Sprintf("--out writes one file, but there are %d manifests", len(desired.Files)), "use --write")
	}
	if err := notTheManifest(o.out, desired); err != nil {
		return nil, err
	}
	return session.ReadManifests(ctx, desired)
}

// showProposal shows how the manifests changed and what was left: on stdout below the text, on stderr beside other
// formats. Without advice for one of several organisations nothing is written.
func (a *app) showProposal(p session.Proposal, failed []string, o adviseOptions) error {
	w, style := a.env.Stdout, a.style()
	if o.format == "text" {
		fmt.Fprintln(w)
	} else {
		w, style.Color = a.env.Stderr, a.color(a.env.ErrTerminal)
	}
	for _, i := range p.Written {
		if err := report.UnifiedDiff(w, p.Before[i].Name, p.Before[i].Data, p.After[i].Data, style); err != nil {
			return err
		}
	}
	for _, l := range p.Left {
		fmt.Fprintln(w, report.Inline(l.String()))
	}
	var err error
	switch {
	case len(failed) > 0:
		_, err = fmt.Fprintf(w, "The manifest stays as it is: no advice for %s. Choose the others with --org.\n",
			strings.Join(failed, ", "))
	case len(p.Changed()) == 0:
		_, err = fmt.Fprintln(w, "The manifest stays as it is.")
	}
	return err
}
