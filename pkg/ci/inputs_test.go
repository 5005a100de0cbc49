package ci_test

import (
	"testing"
)

func TestPlanAndApplyJudgeByTheInputs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		inputs []string
		want   string // in the log; empty for a plan without errors
	}{
		"default":         {nil, ""},
		"strict":          {[]string{"strict", "true"}, "(step-overrides-timeout)"},
		"deny-lower":      {[]string{"deny-lower", "true"}, "(timeout-lowered)"},
		"max-changes 2":   {[]string{"max-changes", "2"}, "(too-many-changes)"},
		"max-changes 50%": {[]string{"max-changes", "50%"}, "(too-many-changes)"},
		"max-changes 3":   {[]string{"max-changes", "3"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			res := r.run(pullRequest("aaa").inputs(c.inputs...))
			if c.want == "" {
				r.want(res, 0, "exit-code", "2", "to-change", "3", "lowered", "1", "warnings", "3", "failed", "0")
				return
			}
			r.want(res, 1, "failure-reason", "plan-failed", "to-change", "3", "lowered", "1")
			r.holds("the log", res.log, "error: ", c.want)
			res = r.run(apply("require-approved-plan", "false").inputs(c.inputs...))
			r.want(res, 1, "failure-reason", "plan-failed")
			if got := r.timeout("Cancel order", ""); got != "20" {
				t.Errorf("apply wrote %s s", got)
			}
		})
	}
}

func TestDriftIsJudgedByStrictAlone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	guards := []string{"deny-lower", "true", "max-changes", "0"}
	r.want(r.run(drift(guards...)), 1, "failure-reason", "drift-detected", "to-change", "3", "failed", "0")
	r.want(r.run(drift("strict", "true")), 1, "failure-reason", "plan-failed", "to-change", "3")
}

func TestWrongInputsAreNamed(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"strict": "yes", "deny-lower": "1", "max-changes": "101%", "callers": "none",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			res := r.run(pullRequest("aaa").inputs(name, value))
			r.want(res, 1, "failure-reason", "plan-failed", "exit-code", "1")
			r.holds("the log", res.log, "::error ", "input "+name+": ", value[:1])
			if n := len(r.genesys.Requests()) + len(r.hub.Requests()); n > 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestCallersAreThoseAskedFor(t *testing.T) {
	t.Parallel()
	asked := func(callers string) (n int) {
		r := newFixture(t)
		r.want(r.run(pullRequest("aaa").inputs("callers", callers)), 0, "to-change", "3")
		for _, q := range r.genesys.Requests() {
			if q.Path == "/api/v2/architect/dependencytracking/consumingresources" {
				n++
			}
		}
		return n
	}
	listed, changed, all := asked("listed"), asked("changed"), asked("all")
	if listed != 0 || changed == 0 || all <= changed {
		t.Errorf("requests: listed %d, changed %d, all %d", listed, changed, all)
	}
}
