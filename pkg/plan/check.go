package plan

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

var digestPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^sha256:[0-9a-f]{64}$`) })

// check reports what a document of the right shape says that no plan says.
func (d Document) check() error {
	switch {
	case !d.API.Valid():
		return fmt.Errorf("api: unknown surface %.40q", d.API)
	case d.Environment == "":
		return errors.New("environment: empty")
	case !strings.HasPrefix(d.APIURL, "https://") && !strings.HasPrefix(d.APIURL, "http://"):
		return errors.New("api_url: not an http or https address")
	case !digestPattern().MatchString(d.Manifest.Digest):
		return errors.New("manifest: digest is not a SHA-256")
	case d.Stats.Requests < 0 || d.Stats.DurationMS < 0:
		return errors.New("stats: negative number")
	}
	seen := map[actionKey]bool{}
	for i, c := range d.Changes {
		key := actionKey{id: c.Action.ID}
		err := c.check(d.API)
		if err == nil && d.API == dataaction.Flows {
			key.flow = c.Flows[0].ID
		}
		if err == nil && seen[key] {
			err = errors.New("the action has another change")
		}
		if err != nil {
			return fmt.Errorf("changes: [%d]: %w", i, err)
		}
		seen[key] = true
	}
	for i, f := range d.Findings {
		if err := f.check(); err != nil {
			return fmt.Errorf("findings: [%d]: %w", i, err)
		}
	}
	if counted := summarize(d); d.Summary != counted {
		return fmt.Errorf("summary: says %+v, and changes and findings add up to %+v", d.Summary, counted)
	}
	return nil
}

func (c Change) check(api dataaction.API) error {
	limits := dataaction.LimitsOf(api, c.Action.Type)
	equal := c.BeforeMS != nil && *c.BeforeMS == c.AfterMS
	switch {
	case c.Change != Update && c.Change != None:
		return fmt.Errorf("change: %.40q is neither %q nor %q", c.Change, Update, None)
	case c.Change == None && !equal:
		return fmt.Errorf("change: %q, but before_ms and after_ms differ", None)
	case c.Action.ID == "":
		return errors.New("action: no id")
	case api == dataaction.Integrations && c.Action.Type != dataaction.TypeAction &&
		c.Action.Type != dataaction.TypeFunction:
		return fmt.Errorf("action: unknown type %.40q", c.Action.Type)
	case api == dataaction.Flows && (len(c.Flows) != 1 || c.Flows[0].ID == ""):
		return errors.New("flows: a change on surface flows has exactly one flow, with its id")
	case c.BeforeMS != nil && *c.BeforeMS < 0:
		return errors.New("before_ms: negative")
	case c.AfterMS < limits.Min.Milliseconds() || c.AfterMS > limits.Max.Milliseconds():
		return fmt.Errorf("after_ms: %d is outside %s", c.AfterMS, limits)
	case c.Version < 0:
		return errors.New("version: negative")
	case c.CallersMeetMS != nil && *c.CallersMeetMS < 0:
		return errors.New("callers_meet_ms: negative")
	// Empty: the plan did not ask who calls.
	case !slices.Contains([]Checked{"", CheckedListed, CheckedIndex, CheckedNo}, c.CallersChecked):
		return fmt.Errorf("callers_checked: unknown value %.40q", c.CallersChecked)
	}
	if _, err := time.Parse(time.DateOnly, c.Until); c.Until != "" && err != nil {
		return errors.New("until: not a date")
	}
	for i, caller := range c.Callers {
		step, meets := caller.StepTimeoutMS, caller.MeetsMS
		if step != nil && *step < 0 || meets != nil && *meets < 0 {
			return fmt.Errorf("callers: [%d]: negative timeout", i)
		}
	}
	for i, s := range c.Sources {
		if err := checkSource(s); err != nil {
			return fmt.Errorf("sources: [%d]: %w", i, err)
		}
	}
	return nil
}

func (f Finding) check() error {
	switch {
	case f.Severity != Error && f.Severity != Warning && f.Severity != Info:
		return fmt.Errorf("severity: unknown value %.40q", f.Severity)
	case !slices.Contains(findingCodes, f.Code):
		return fmt.Errorf("code: unknown value %.40q", f.Code)
	case f.Message == "":
		return errors.New("message: empty")
	case f.Accepted && f.Severity != Info:
		return fmt.Errorf("accepted: an accepted finding is %q", Info)
	case f.Source != nil:
		if err := checkSource(*f.Source); err != nil {
			return fmt.Errorf("source: %w", err)
		}
	}
	return nil
}

func checkSource(s dataaction.Source) error {
	if s.File == "" || s.Line < 1 || s.Column < 1 {
		return errors.New("not a place in a file")
	}
	return nil
}

// findingCodes are all codes that a plan can hold.
var findingCodes = []string{
	ActionNotFound, ActionAmbiguous, ActionReadOnly, ActionUnreadable, ActionNotUsedByFlow, ActionUnmanaged,
	FlowNotFound, FlowAmbiguous,
	StepOverridesTimeout, TimeoutOutOfRange, TimeoutConflict, TimeoutUnsupported, TimeoutLowered, TooManyChanges,
	FlowNotPublished, FlowUnpublishedChanges, FlowInactive, FlowUnreadable, CallersUnknown, DraftExists,
	EnvironmentOverridden, ManifestEmpty, OverrideExpired, AcceptUnused, WrongOrganization, OrganizationUnverified,
}
