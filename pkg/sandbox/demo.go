package sandbox

import (
	"fmt"
	"strings"
)

// DemoManifest is a manifest for the seeded organisation, for "integrations" (also "") or "flows"; nil for any other
// surface. Its plan has no error: it raises and lowers timeouts, sets one that was unset, leaves some alone, and shows
// what callers meet instead: a published step with its own timeout and an unpublished change of it, a secure step,
// and a step of a common module.
func DemoManifest(api string) []byte {
	switch api {
	case "", "integrations":
		id := seedOrg("").actionID("Orders", "Find orders by phone")
		return []byte(strings.ReplaceAll(demoIntegrations, "{findOrders}", id))
	case "flows":
		return []byte(strings.ReplaceAll(demoFlows, "{payment}", seedOrg("").flowID("payment")))
	}
	return nil
}

// DemoOrganizations are the names of the demo's organisations, for StartOrganizations.
func DemoOrganizations() []string { return []string{"test", "production"} }

// DemoManifestOfOrganizations is a manifest for the organisations of DemoOrganizations, surface integrations. Its plan
// has no error in either.
func DemoManifestOfOrganizations() []byte {
	manifest := demoOfOrganizations
	for _, name := range DemoOrganizations() {
		o := seedOrg(name)
		manifest = strings.ReplaceAll(manifest, "{"+name+"}",
			fmt.Sprintf("{ environment: %s, id: %s }", o.environment(), o.organizationID()))
	}
	return []byte(manifest)
}

const demoOfOrganizations = `# Timeouts of the same data actions in two organisations.
version: 1
organizations:
  test:       {test}
  production: {production}
defaults:
  timeout: 10s
flows:
  - name: Inbound Support
    type: inboundcall
    actions:
      - name: Customer lookup     # the same in both
        timeout: 6s
      - name: Get order           # its published step gives up after 5 s
        timeout: { test: 10s, production: 20s }
actions:
  - name: Get customer
    category: CRM                 # the ERP has a Get customer too
    timeout: 8s
  - name: Cancel order            # lowered in test
    timeout: { default: 20s, test: 15s }
  - name: Check one-time code
    timeout: 6s
  - name: Take card payment       # test takes no payments
    only: [production]
    timeout: 30s
`

const demoIntegrations = `# Timeouts of the data actions of Harbour & Pine, a made-up contact centre.
version: 1
api: integrations
defaults:
  timeout: 10s
flows:
  - name: Inbound Support
    type: inboundcall           # the digital bot has the same name
    actions:
      - name: Customer lookup   # its common module gives up after 10 s
        timeout: 12s
      - name: Get order         # its published step gives up after 5 s
        timeout: 20s
      - name: Verify PIN        # 10 s, the default
      - name: Score call intent # a function data action: 15 s at most
        timeout: 12s
  - name: Support In-Queue
    actions:
      - name: Get estimated wait time
        timeout: 8s
  - name: Card Payment
    actions:
      - name: Take card payment # its secure step gives up after 2 s
        timeout: 30s
      - name: Get payment status
actions:
  - name: Get customer
    category: CRM               # the ERP has a Get customer too
    timeout: 8s
  - id: {findOrders} # Find orders by phone
    timeout: 15s
  - name: Add case comment      # had none
  - name: Set contact preferences
    timeout: 6s
  - name: Cancel order          # lowered
    timeout: 15s
`

const demoFlows = `# Timeouts of the data actions under the flows of a made-up contact centre.
version: 1
api: flows
defaults:
  timeout: 10s
flows:
  - name: Inbound Support
    type: inboundcall           # the digital bot has the same name
    actions:
      - name: Customer lookup
        timeout: 12s
      - name: Get order         # its definition is a string of JSON
        timeout: 20s
      - name: Verify PIN
      - name: Score call intent
        timeout: 12s
  - name: Inbound Support
    type: digitalbot
    actions:
      - name: Customer lookup   # not the one above; had no timeout
        timeout: 12s
      - name: Detect language
        timeout: 4s
  - name: Support In-Queue
    actions:
      - name: Get estimated wait time
        timeout: 4s             # lowered
      - name: Schedule callback
  - id: {payment} # Card Payment
    actions:
      - name: Take card payment
        timeout: 30s
      - name: Get payment status
`
