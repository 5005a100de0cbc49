package sandbox

import (
	"cmp"
	"crypto/sha256"
	"strings"
)

// seedOrg is the name of the organisation that is seeded, "" for the demo's. Names of actions and flows are the same in
// all; ids differ, and so do some timeouts.
type seedOrg string

// uuid is the same UUID for the same words in the same organisation.
func (o seedOrg) uuid(words ...string) string {
	all := append([]string{"harbour-and-pine"}, words...)
	if o != "" {
		all[0] += "\x01" + string(o)
	}
	sum := sha256.Sum256([]byte(strings.Join(all, "\x00")))
	return formatUUID([16]byte(sum[:16]))
}

func (o seedOrg) organizationID() string { return o.uuid("organization") }

func (o seedOrg) organizationName() string {
	switch o {
	case "":
		return "Harbour & Pine"
	case "production":
		return "Acme EMEA"
	}
	words := strings.Split(string(o), "-")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:min(1, len(w))]) + w[min(1, len(w)):]
	}
	return "Acme " + strings.Join(words, " ")
}

// environment is the domain that a demo manifest names for the organisation.
func (o seedOrg) environment() string {
	return cmp.Or(map[seedOrg]string{"test": "mypurecloud.de", "production": "mypurecloud.ie"}[o], "mypurecloud.com")
}

// lacks reports whether the organisation is without an action: card payments are not open in test.
func (o seedOrg) lacks(action string) bool { return o == "test" && action == "Take card payment" }

// orgTimeouts are the timeouts, in seconds, that differ from the table of actions.
var orgTimeouts = map[seedOrg]map[string]int{
	"test":       {"CRM/Customer lookup": 6, "Orders/Get order": 8, "CRM/Get customer": 8},
	"production": {"CRM/Get customer": 8, "Orders/Get order": 12, "Payments/Take card payment": 20},
}

// timeout is an action's timeout in the organisation, in seconds; 0 is unset.
func (o seedOrg) timeout(row seedAction) int {
	return cmp.Or(orgTimeouts[o][row.category+"/"+row.name], row.timeout)
}

// leavesOut reports whether the organisation is without a flow, which calls what it lacks.
func (o seedOrg) leavesOut(flow string) bool { return o == "test" && flow == "payment" }

// seedUsers are the people whose changes the audit records.
var seedUsers = []string{"Maren Holt", "Tomás Ferreira"}
