package ci_test

import (
	"strings"
	"testing"

	"genesys-timeouts/pkg/sandbox"
)

// Where the organisation cannot be read, a plan says with which answer, in the same words each time, and apply writes
// nothing.
func TestAnOrganizationThatCannotBeReadIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	id, _ := r.genesys.Organization()
	r.write("genesys-timeouts.yaml", strings.Replace(manifest, "version: 1\n", "version: 1\norganizations:\n"+
		"  production: { environment: mypurecloud.com, id: "+id+" }\n", 1))
	r.genesys.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500, Path: "/organizations/me"})
	res := r.run(pullRequest("aaa"))
	r.want(res, 0, "comment-status", "created")
	r.holds("the log", res.log, "could not be read (500 Internal Server Error: ", "organization-unverified")
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "unchanged")
	r.merge(pr, "m1")
	res = r.run(apply())
	r.want(res, 1, "failure-reason", "plan-failed")
	r.holds("the log", res.log, "organization is not verified", "500 Internal Server Error: ", "correlation id ")
	r.holds("the comment", r.theComment(), "**Not applied**: organization is not verified", "500 Internal Server Error")
	r.untouched()
}
