package github

import (
	"fmt"
	"strings"
)

// Target is the commit that an apply runs for.
type Target struct {
	// Branch is the branch that was pushed, or that the run is on.
	Branch string
	// SHA is the commit that runs.
	SHA string
	// Before is where the branch stood before the push; "" approves the last commit's pull requests alone.
	Before string
	// Pull is the pull request that input pr-number names, or 0.
	Pull int
}

// TargetError says why a run cannot use any approval.
type TargetError struct{ Why, Next string }

func (e *TargetError) Error() string { return e.Why }

const pushHint = "run apply on the push of a merge; a tag, a schedule or a pull request's event approves nothing"

// Target is what an apply in this run may use approvals for: a push to a branch, or the pull request that pr-number
// names, on the branch that the run is on. Any other run is a *TargetError.
func (c Context) Target(pull int) (Target, error) {
	branch, ok := strings.CutPrefix(c.Ref, "refs/heads/")
	switch {
	case strings.HasPrefix(c.Ref, "refs/tags/"):
		return Target{}, &TargetError{fmt.Sprintf("this run is for the tag %q, and approvals count on a branch only",
			strings.TrimPrefix(c.Ref, "refs/tags/")), pushHint}
	case !ok || branch == "":
		return Target{}, &TargetError{fmt.Sprintf("this run is for %q, not for a branch", c.Ref), pushHint}
	case c.SHA == "":
		return Target{}, &TargetError{"GITHUB_SHA is not set", pushHint}
	case pull > 0:
		return Target{Branch: branch, SHA: c.SHA, Pull: pull}, nil
	case c.EventName != "push":
		return Target{}, &TargetError{
			fmt.Sprintf("the event %q is not a push to a branch, and pr-number is empty", c.EventName),
			pushHint,
		}
	}
	t := Target{Branch: branch, SHA: c.SHA, Before: c.Before}
	if strings.Trim(t.Before, "0") == "" { // a new branch
		t.Before = ""
	}
	return t, nil
}
