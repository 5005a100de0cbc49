package sandbox

import "strings"

// DemoManifest is a manifest for the seeded contact centre, for "integrations" (also "") or "flows"; nil for any other
// surface. Its plan has no error: it raises and lowers timeouts, sets one that was unset, leaves some as they are, and meets
// what the tool warns of.
func DemoManifest(api string) []byte {
	switch api {
	case "", "integrations":
		return []byte(strings.ReplaceAll(demoIntegrations, "{findOrders}", seedOrg("").actionID("Orders", "Find orders by phone")))
	case "flows":
		return []byte(strings.ReplaceAll(demoFlows, "{payment}", seedOrg("").flowID("payment")))
	}
	return nil
}

const demoIntegrations = `# Timeouts of the data actions of Harbour & Pine, a made-up contact centre.
version: 1
api: integrations
defaults:
  timeout: 10s
flows:
  - name: Inbound Support
    type: inboundcall           # the digital bot has the same name
    actions:
      - name: Customer lookup
        timeout: 12s
      - name: Get order         # its step in the flow gives up after 5 s
        timeout: 20s
      - name: Verify PIN        # 10 s, by default
      - name: Score call intent # a function data action: 15 s at most
        timeout: 12s
  - name: Support In-Queue
    actions:
      - name: Get estimated wait time
        timeout: 8s
  - name: Card Payment
    actions:
      - name: Take card payment
        timeout: 30s
      - name: Get payment status
actions:
  - name: Get customer
    category: CRM               # the ERP has a Get customer, too
    timeout: 8s
  - id: {findOrders} # Find orders by phone
    timeout: 15s
  - name: Add case comment      # had none
  - name: Set contact preferences
    timeout: 6s
  - name: Cancel order          # lowered
    timeout: 15s
`

const demoFlows = `# Timeouts of the data actions nested under the flows of Harbour & Pine, a made-up contact centre.
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
      - name: Get order         # its definition is a string that holds JSON
        timeout: 20s
      - name: Verify PIN
      - name: Score call intent
        timeout: 12s
  - name: Inbound Support
    type: digitalbot
    actions:
      - name: Customer lookup   # another resource than the one above; it had no timeout
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
