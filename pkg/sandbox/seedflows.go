package sandbox

import (
	"maps"
	"slices"
	"strings"
)

// seedFlow is one of the seeded flows. The type is spelt as flow listings spell it; configurations have it in small
// letters.
type seedFlow struct {
	key, name, kind, description string
	sequences                    func(b *configBuilder) []obj
}

func seedFlowID(key string) string { return seedUUID("flow", key) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func seedFlows() []seedFlow {
	return []seedFlow{
		{"support", "Inbound Support", "INBOUNDCALL", "The service number: who calls, and what about", supportFlow},
		{"digital", "Inbound Support", "DIGITALBOT", "Messages on the website and in the app", digitalFlow},
		{"queue", "Support In-Queue", "INQUEUECALL", "While callers wait", queueFlow},
		{"followup", "Order Follow-up", "WORKFLOW", "After a delivery went wrong", followUpFlow},
		{"identify", "Identify Caller", "COMMONMODULE", "Used by several call flows", identifyFlow},
		{"payment", "Card Payment", "SECURECALL", "Takes a card's number without an agent hearing it", paymentFlow},
	}
}

func supportFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("Task", "Welcome",
			b.say("Welcome to Harbour and Pine."),
			b.call("Who is calling", "CRM", "Customer lookup"),
			b.choice("By status", "Flow.customerStatus", map[string][]obj{
				"gold":  {b.call("Loyalty", "CRM", "Get loyalty status"), b.say("Thank you for staying with us.")},
				"new":   {b.say("Nice to meet you.")},
				"known": {b.call("Open cases", "CRM", "Get open cases")},
			}),
			b.end("JumpToMenuAction", "To the menu"),
		),
		b.menu("Main menu", map[string]obj{
			"1": b.end("JumpToTaskAction", "Orders"),
			"2": b.call("Stock by article", "Orders", "Check stock"),
			"9": b.end("TransferToAcdAction", "An agent"),
		}),
		b.sequence("Task", "Order status",
			b.loop("Three tries", "3",
				b.say("Please key in your PIN."),
				b.call("Check the PIN", "Identity", "Verify PIN"),
			),
			b.callWithin("Look up the order", "Orders", "Get order", literal("P0D0H0M5S0F", "dur")),
			b.end("DisconnectAction", "Goodbye"),
		),
		b.sequence("Task", "Before an agent",
			b.call("What is it about", "Function Data Actions", "Score call intent"),
			b.call("Note the call", "CRM", "Log interaction"),
			b.end("TransferToAcdAction", "To the queue"),
		),
	}
}

func digitalFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("State", "Start",
			b.call("Who is writing", "CRM", "Find customer by email"),
			b.choice("Intent", "Flow.intent", map[string][]obj{
				"delivery": {b.call("Slot", "Orders", "Get delivery slot"), b.callWithin("Book it", "Orders", "Book delivery slot", literal("P0D0H0M20S0F", "dur"))},
				"refund":   {b.call("Refund", "Orders", "Get refund status")},
				"address":  {b.call("Clean the address", "Function Data Actions", "Normalise address")},
			}),
			b.end("ExitBotFlowAction", "Done"),
		),
	}
}

func queueFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("State", "Waiting",
			b.loop("While waiting", "50",
				b.callWithin("How long still", "Genesys Cloud", "Get estimated wait time", computed("Flow.patience")),
				b.say("Thank you for waiting."),
				b.choice("Offer a callback", "Flow.wantsCallback", map[string][]obj{
					"yes": {b.callWithin("Book the callback", "Genesys Cloud", "Schedule callback", literal("P0D0H0M20S0F", "dur")), b.end("DisconnectAction", "Until later")},
				}),
			),
			b.end("HoldMusicAction", "Music"),
		),
	}
}

func followUpFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("State", "Initial State",
			b.call("Find the case", "CRM", "Get open cases"),
			b.loop("Each order", "5",
				b.loop("Each parcel", "3", b.call("Slot of the parcel", "Orders", "Get delivery slot")),
				b.call("Text the customer", "Genesys Cloud", "Send text message"),
			),
			b.call("Sum up", "Function Data Actions", "Summarise conversation"),
			b.call("Comment", "CRM", "Add case comment"),
			b.end("EndWorkflowAction", "End Workflow"),
		),
	}
}

func identifyFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("Task", "Identify",
			b.callWithin("By number", "CRM", "Customer lookup", literal("P0D0H0M10S0F", "dur")),
			b.call("Send a code", "Identity", "Send one-time code"),
			b.call("Check the code", "Identity", "Check one-time code"),
			b.end("EndTaskAction", "Known"),
		),
	}
}

func paymentFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("Task", "Payment",
			b.say("Please key in your card's number."),
			b.call("Take the payment", "Payments", "Take card payment"),
			b.loop("Until it is settled", "4", b.call("Settled yet", "Payments", "Get payment status")),
			b.end("EndTaskAction", "Paid"),
		),
	}
}

// document is the flow as flow listings show it.
func (f seedFlow) document() []byte {
	id := seedFlowID(f.key)
	published := raw(`{
		"id": "%d.0", "commitVersion": "1", "configurationVersion": "1", "type": "PUBLISH", "secure": %t, "debug": false,
		"datePublished": "2026-05-19T07:41:08.112Z", "selfUri": "/api/v2/flows/%s/versions/1.0"
	}`, seedNumber(30, "flow version", f.key), f.kind == "SECURECALL", id)
	return plainJSON(raw(`{
		"id": %q, "name": %q, "description": %q, "type": %q, "division": {"id": "%[5]s", "name": "Home", "selfUri": "/api/v2/authorization/divisions/%[5]s"},
		"active": true, "system": false, "deleted": false, "publishedVersion": %[6]s, "savedVersion": %[6]s, "checkedInVersion": %[6]s,
		"supportedLanguages": [{"language": "en-GB", "isDefault": true}, {"language": "da-DK"}], "selfUri": "/api/v2/flows/%[1]s"
	}`, id, f.name, f.description, f.kind, seedUUID("division"), published))
}

func (f seedFlow) configuration() []byte {
	b := &configBuilder{key: f.key}
	sequences := f.sequences(b)
	return b.finish(f.name, strings.ToLower(f.kind), sequences)
}
