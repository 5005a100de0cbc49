package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"genesys-timeouts/pkg/advice"
	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/manifest"
)

// maxManifestBytes bounds a manifest that is read again; manifest.Load refuses larger ones.
const maxManifestBytes = 64 << 20

// Left is a proposal that is not written, and why. Org is empty where the manifest declares no organizations; Source
// is nil where it does not name the action.
type Left struct {
	Org      string
	Action   dataaction.Action
	From, To time.Duration
	Source   *dataaction.Source
	Reason   string
}

// String is the place, the action, the proposal and the reason in a line.
func (l Left) String() string {
	where := ""
	if l.Source != nil {
		where = fmt.Sprintf("%s:%d:%d: ", l.Source.File, l.Source.Line, l.Source.Column)
	}
	in := ""
	if l.Org != "" {
		in = " in " + l.Org
	}
	return fmt.Sprintf("%sleft %q%s at %s, not %s: %s", where, cmp.Or(l.Action.Name, l.Action.ID), in,
		dataaction.Text(l.From), dataaction.Text(l.To), l.Reason)
}

// Proposal is advice as an edit of manifests. Before and After have the same files in the same order.
type Proposal struct {
	Before, After []manifest.File
	Left          []Left
	// Written are the positions of the files that Write changed.
	Written []int
}

// Changed are the positions of the files that differ.
func (p Proposal) Changed() (out []int) {
	for i := range p.After {
		if !bytes.Equal(p.Before[i].Data, p.After[i].Data) {
			out = append(out, i)
		}
	}
	return out
}

// wanted is an action whose timeout shall change in an organization, with the edits at all its places.
type wanted struct {
	advice.Judgement
	org   string
	edits []manifest.TimeoutEdit
}

// Propose edits copies of the manifests in memory as the advice for each organization says: too-short and too-long
// alone, each action at all its places or at none, so that the manifest never asks for two timeouts. read are the files
// as ReadManifests returns them.
func Propose(read []manifest.File, docs ...advice.Document) Proposal {
	p := Proposal{Before: read}
	var actions []wanted
	for _, doc := range docs {
		for _, j := range doc.Actions {
			if j.ProposedMS == nil || j.LimitMS == nil {
				continue
			}
			w := wanted{Judgement: j, org: doc.Org}
			switch {
			case len(j.Sources) == 0:
				p.leave(w, nil, "the manifest does not list it")
			case !j.Writable():
				p.leave(w, &j.Sources[0], "it would fill the slots if the service hangs; raise it by hand")
			default:
				for _, source := range j.Sources {
					w.edits = append(w.edits, manifest.TimeoutEdit{Source: source, Org: doc.Org,
						From: milliseconds(*j.LimitMS), To: milliseconds(*j.ProposedMS)})
				}
				actions = append(actions, w)
			}
		}
	}
	_, p.After = p.edit(actions)
	return p
}

// edit makes the edits of as many of the actions as can have them, leaves the others, and returns the files.
func (p *Proposal) edit(actions []wanted) (kept []wanted, after []manifest.File) {
	var edits []manifest.TimeoutEdit
	for _, w := range actions {
		edits = append(edits, w.edits...)
	}
	after, skipped, err := manifest.SetTimeouts(p.Before, edits)
	switch half := len(actions) / 2; {
	case err == nil && len(skipped) == 0:
		return actions, after
	case len(skipped) > 0:
		return p.edit(p.withoutSkipped(actions, skipped))
	case half > 0: // some of them make the manifest invalid: find out which
		first, _ := p.edit(actions[:half])
		second, _ := p.edit(actions[half:])
		if kept = slices.Concat(first, second); len(kept) < len(actions) {
			return p.edit(kept)
		}
	}
	for _, w := range actions {
		p.leave(w, &w.Sources[0], strings.TrimPrefix(err.Error(), "editing timeouts: "))
	}
	return nil, p.Before
}

func (p *Proposal) withoutSkipped(actions []wanted, skipped []manifest.Skipped) (rest []wanted) {
	for _, w := range actions {
		i := slices.IndexFunc(skipped, func(s manifest.Skipped) bool { return slices.Contains(w.edits, s.TimeoutEdit) })
		if i < 0 {
			rest = append(rest, w)
			continue
		}
		p.leave(w, &skipped[i].Source, skipped[i].Reason)
	}
	return rest
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func (p *Proposal) leave(w wanted, source *dataaction.Source, reason string) {
	p.Left = append(p.Left,
		Left{w.org, w.Action, milliseconds(*w.LimitMS), milliseconds(*w.ProposedMS), source, reason})
}

// ReadManifests reads the bytes of the files that desired was loaded from.
func ReadManifests(ctx context.Context, desired dataaction.Desired) ([]manifest.File, error) {
	files, err := readFiles(ctx, desired.Files)
	if err == nil && manifest.Digest(files) != desired.Digest {
		err = FileError{fmt.Errorf("reading manifest: %w", errChanged)}
	}
	return files, err
}

func readFiles(ctx context.Context, names []string) ([]manifest.File, error) {
	return unlessEnded(ctx, "reading manifest", func() ([]manifest.File, error) {
		files := make([]manifest.File, len(names))
		for i, name := range names {
			data, err := readRegular(name, maxManifestBytes)
			if err != nil {
				return nil, FileError{fmt.Errorf("reading %q: %w", name, reason(err))}
			}
			files[i] = manifest.File{Name: name, Data: data}
		}
		return files, nil
	})
}

var errChanged = errors.New("it changed meanwhile; run advise again")

// Write writes the changed files, each whole or not at all, and notes them in Written; with out, the only file as a
// copy of that name, changed or not. A file that another program changed meanwhile is an error and stays as it is.
func (p *Proposal) Write(out string) error {
	if out != "" {
		err := WriteManifest(out, p.After[0].Data)
		if err == nil {
			p.Written = p.Changed()
		}
		return err
	}
	var errs []error
	for _, i := range p.Changed() {
		err := p.replace(i)
		if err == nil {
			p.Written = append(p.Written, i)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (p *Proposal) replace(i int) error {
	name := p.Before[i].Name
	now, err := readRegular(name, maxManifestBytes)
	switch {
	case err != nil:
		return FileError{fmt.Errorf("reading %q: %w", name, reason(err))}
	case !bytes.Equal(now, p.Before[i].Data):
		return FileError{fmt.Errorf("writing %q: %w", name, errChanged)}
	}
	return WriteManifest(name, p.After[i].Data)
}
