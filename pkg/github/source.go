package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Lookup says whose approvals an apply looks for.
type Lookup struct {
	Target Target
	// Key is the comment's; its environment does not count, since one comment may list several.
	Key string
	// Version is this tool's: a comment of an older one approves nothing.
	Version string
	// Wanted is the plan as it is now: Rows are the changes, Unchanged the entries in step.
	Wanted Approved
	// Patient waits for the index from commit to pull request, about a quarter of a minute.
	Patient bool
}

// candidate is a merged pull request before its comments are read.
type candidate struct {
	pull   Pull
	inPush bool
	silent bool // see Source.Silent
}

// Sources reads what merged pull requests approve: those of the push, and the newest ones merged into the branch
// before or after it, in the order of their merge. A pull request named by pr-number that cannot approve is a
// *TargetError.
func (c *Client) Sources(ctx context.Context, q Lookup) ([]Source, error) {
	if !c.hasToken {
		return nil, ErrNoToken
	}
	candidates, err := c.candidates(ctx, q)
	if err != nil {
		return nil, err
	}
	var sources []Source
	for _, x := range candidates {
		comments, notes, err := c.planComments(ctx, x.pull.Number, q)
		if err != nil {
			return nil, err
		}
		for _, o := range comments {
			s := Source{
				Pull: x.pull, InPush: x.inPush, Silent: x.silent, Comment: o, List: find(o.Lists, q.Wanted),
				Note: notes[noteKey(o, q.Wanted.Organization)],
			}
			if err := c.check(ctx, q, &s); err != nil {
				return nil, err
			}
			sources = append(sources, s)
		}
		if len(comments) == 0 && x.inPush {
			why := fmt.Sprintf(
				"pull request #%d carries no plan of ours for this label, manifest and environment",
				x.pull.Number,
			)
			sources = append(sources, Source{Pull: x.pull, InPush: true, Invalid: why})
		}
	}
	return slices.DeleteFunc(sources, func(s Source) bool { return !s.InPush && s.Invalid == unrelated }), nil
}

// candidates are the pull requests to look at, in the order of their merge.
func (c *Client) candidates(ctx context.Context, q Lookup) ([]candidate, error) {
	pulls, err := c.mergedInto(ctx, q.Target.Branch)
	switch {
	case err != nil:
		return nil, err
	case q.Target.Pull > 0:
		return c.aroundNamed(ctx, q.Target, pulls)
	}
	return c.aroundPush(ctx, q, pulls)
}

// aroundPush are the pull requests of the push, and the newest others of the branch unless it is new.
func (c *Client) aroundPush(ctx context.Context, q Lookup, pulls []Pull) ([]candidate, error) {
	t := q.Target
	commits, err := c.pushed(ctx, t.Before, t.SHA)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(pulls, func(p Pull) bool { return p.MergeCommit == t.SHA }) {
		tip, err := c.MergedPulls(ctx, t.SHA, q.Patient)
		if err != nil && !errors.Is(err, ErrNoPull) {
			return nil, err
		}
		// The list may have caught up meanwhile, also with others of the same push.
		if err == nil {
			if pulls, err = c.mergedInto(ctx, t.Branch); err != nil {
				return nil, err
			}
		}
		for _, p := range tip {
			known := slices.ContainsFunc(pulls, func(o Pull) bool { return o.Number == p.Number })
			if !known && c.mergedHere(p, t.Branch) == "" {
				pulls = append([]Pull{p}, pulls...)
			}
		}
	}
	var out []candidate
	for _, p := range slices.Backward(pulls) {
		inPush := commits[p.MergeCommit]
		if inPush || t.Before != "" { // a new branch approves what its last commit merged, and nothing earlier
			out = append(out, candidate{pull: p, inPush: inPush})
		}
	}
	return out, nil
}

// aroundNamed are the pull request that pr-number names, which alone approves something, and the newest others.
func (c *Client) aroundNamed(ctx context.Context, t Target, pulls []Pull) ([]candidate, error) {
	named, err := c.namedPull(ctx, t)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(pulls, func(p Pull) bool { return p.Number == named.Number }) {
		pulls = append(pulls, named) // it is older than all of these
	}
	var out []candidate
	for _, p := range slices.Backward(pulls) {
		isNamed := p.Number == named.Number
		out = append(out, candidate{pull: p, inPush: isNamed, silent: !isNamed})
	}
	return out, nil
}

// namedPull is the pull request that pr-number names, where it can approve something on this branch.
func (c *Client) namedPull(ctx context.Context, t Target) (Pull, error) {
	pull, err := c.pull(ctx, t.Pull)
	if err != nil {
		return Pull{}, err
	}
	if why := c.mergedHere(pull, t.Branch); why != "" {
		return Pull{}, &TargetError{why, "merge it into this branch first, or run apply on the push of its merge"}
	}
	relation, err := c.relation(ctx, pull.MergeCommit, t.SHA)
	if err == nil && relation != ancestor {
		err = &TargetError{
			fmt.Sprintf("the merge of pull request #%d is not part of commit %s", pull.Number, t.SHA),
			"run apply on a commit of the branch that has the merge",
		}
	}
	return pull, err
}

// planComments are our comments on a pull request for the wanted label, manifests and environment, the oldest of each
// key, and the ids of notes by key.
func (c *Client) planComments(ctx context.Context, number int, q Lookup) ([]Comment, map[string]int64, error) {
	about, _, _ := strings.Cut(q.Key, keyMark)
	all, err := c.fittingComments(ctx, number, about+keyMark)
	if err != nil {
		return nil, nil, err
	}
	notes := map[string]int64{}
	for _, o := range all[KindNote] {
		notes[o.Marker.Key] = o.ID
	}
	var out []Comment
	for _, o := range all[KindComment] {
		duplicate := slices.ContainsFunc(out, func(x Comment) bool { return x.Marker.Key == o.Marker.Key })
		if !duplicate && (find(o.Lists, q.Wanted) != nil || fits(o.Marker.Key, q.Key)) {
			out = append(out, o)
		}
	}
	return out, notes, nil
}

// check finds out whether a source approves anything, asking GitHub only where the source could matter.
func (c *Client) check(ctx context.Context, q Lookup, s *Source) error {
	number := s.Pull.Number
	if s.List == nil {
		s.Invalid = fmt.Sprintf("the comment on pull request #%d shows no plan that can be approved", number)
		switch {
		case s.Comment.Marker.State == StateErrors:
			s.Invalid = fmt.Sprintf("the plan that pull request #%d showed had errors", number)
		case s.Comment.Marker.Body == "":
			s.Invalid = fmt.Sprintf("the comment on pull request #%d is of an older version of this tool", number)
		}
		if !s.InPush {
			s.Invalid = unrelated
			return nil
		}
		return c.checkTrust(ctx, s)
	}
	if !s.InPush {
		if !s.matters(q.Wanted) {
			return nil
		}
		relation, err := c.relation(ctx, s.Pull.MergeCommit, q.Target.SHA)
		if err != nil {
			return err
		}
		switch relation {
		case later:
			s.Later = true
			return nil
		case unrelated:
			s.Invalid = unrelated
			return nil
		}
	}
	if err := c.checkTrust(ctx, s); err != nil {
		return err
	}
	s.Invalid = s.invalid(q.Version)
	return nil
}

func (c *Client) checkTrust(ctx context.Context, s *Source) (err error) {
	if s.Trust, err = c.trust(ctx, s.Comment); err != nil {
		return fmt.Errorf("asking GitHub who edited the comment on #%d last: %w", s.Pull.Number, err)
	}
	return nil
}

func (s Source) unread() string {
	return fmt.Sprintf(
		"GitHub does not say who edited the comment on pull request #%d last, so it approves nothing",
		s.Pull.Number,
	)
}

// invalid says why a source's comment approves nothing; "" where it does.
func (s Source) invalid(version string) string {
	m, number := s.Comment.Marker, s.Pull.Number
	switch {
	case s.Trust == Edited:
		return fmt.Sprintf(
			"the comment on pull request #%d was edited by another account, so it approves nothing",
			number,
		)
	case s.Trust == Unread:
		return s.unread()
	case older(m.Version, version):
		return fmt.Sprintf(
			"the comment on pull request #%d is of version %s of this tool, and this is %s",
			number,
			m.Version,
			version,
		)
	case !intact(m, s.Comment.Body):
		return fmt.Sprintf("the comment on pull request #%d is not as this tool wrote it, so it approves nothing", number)
	case !m.Open && !s.Comment.Created.Before(s.Pull.Merged):
		return fmt.Sprintf("the plan on pull request #%d ran after the merge, so nobody approved it", number)
	}
	return ""
}

// matters reports whether a list says anything about the wanted actions, or could be used up.
func (s Source) matters(wanted Approved) bool {
	if s.List.Folded {
		return s.List.Used == Unused
	}
	ids := map[string]int64{}
	for _, rows := range [][]Row{wanted.Rows, wanted.Unchanged} {
		for _, r := range rows {
			ids[r.ID] = r.To
		}
	}
	for _, r := range s.List.Rows {
		if _, ok := ids[r.ID]; ok {
			return true
		}
	}
	return slices.ContainsFunc(s.List.Unchanged, func(r Row) bool { to, ok := ids[r.ID]; return ok && to != r.To })
}

// older reports whether version a is before version b. Versions that are not written like 1.2.3 are not compared. A
// pre-release is before its release; two pre-releases of one are not compared.
func older(a, b string) bool {
	x, okA := release(a)
	y, okB := release(b)
	if !okA || !okB {
		return false
	}
	return cmp.Or(slices.Compare(x, y), isRelease(a)-isRelease(b)) < 0
}

// isRelease is 1 for a version without "-rc.1" or the like, else 0.
func isRelease(version string) int {
	if strings.Contains(version, "-") {
		return 0
	}
	return 1
}

// release reads the numbers of a version such as v1.2.3 or 1.2.3-rc.1.
func release(s string) ([]int, bool) {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "v"), "-")
	parts := strings.Split(s, ".")
	out := make([]int, len(parts))
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 {
			return nil, false
		}
		out[i] = n
	}
	return out, len(out) == 3
}
