package sandbox

// supportFlow is live: the order step gives up after 5 s.
func supportFlow(b *configBuilder) []obj {
	return supportSequences(b, b.callWithin("Look up the order", "Orders", "Get order", literal("P0D0H0M5S0F", "dur")))
}

// supportFlowSaved is not live yet: the order step waits as long as the action does.
func supportFlowSaved(b *configBuilder) []obj {
	return supportSequences(b, b.call("Look up the order", "Orders", "Get order"))
}

func supportSequences(b *configBuilder, order obj) []obj {
	return []obj{
		b.sequence("Task", "Welcome",
			b.say("Welcome to Harbour and Pine."),
			b.callFlow("CallCommonModuleAction", "Identify", "identify"),
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
			order,
			b.end("DisconnectAction", "Goodbye"),
		),
		b.sequence("Task", "Before an agent",
			b.callFlow("CallBotFlowAction", "Ask", "intent"),
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
				"delivery": {
					b.call("Slot", "Orders", "Get delivery slot"),
					b.callWithin("Book it", "Orders", "Book delivery slot", literal("P0D0H0M20S0F", "dur")),
				},
				"refund":  {b.call("Refund", "Orders", "Get refund status")},
				"address": {b.call("Clean the address", "Function Data Actions", "Normalise address")},
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
					"yes": {
						b.callWithin("Book the callback", "Genesys Cloud", "Schedule callback", literal("P0D0H0M20S0F", "dur")),
						b.end("DisconnectAction", "Until later"),
					},
				}),
			),
			b.end("HoldMusicAction", "Music"),
		),
	}
}

func followUpFlow(b *configBuilder) []obj {
	return followUpSequences(b, b.call("Find the case", "CRM", "Get open cases"))
}

// followUpFlowSaved is not live yet: a step gives up after 5 s, and no caller meets that.
func followUpFlowSaved(b *configBuilder) []obj {
	return followUpSequences(b, b.callWithin("Find the case", "CRM", "Get open cases", literal("P0D0H0M5S0F", "dur")))
}

func followUpSequences(b *configBuilder, find obj) []obj {
	return []obj{
		b.sequence("State", "Initial State",
			find,
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
			b.callFlow("CallCommonModuleAction", "By PIN", "verify"),
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
			ownTimeout(b.callSecure("Take the payment", "Payments", "Take card payment"), literal("P0D0H0M2S0F", "dur")),
			b.loop("Until it is settled", "4", b.callSecure("Settled yet", "Payments", "Get payment status")),
			b.end("EndTaskAction", "Paid"),
		),
	}
}

// verifyFlow calls the module that calls it: flows call each other in circles.
func verifyFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("Task", "Verify",
			b.call("Check the PIN", "Identity", "Verify PIN"),
			b.callFlow("CallCommonModuleAction", "Start again", "identify"),
			b.end("EndTaskAction", "Verified"),
		),
	}
}

func intentFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("State", "Ask",
			b.call("Opening hours", "Orders", "Get store hours"),
			b.call("Stock", "Orders", "Check stock"),
			b.end("ExitBotFlowAction", "Done"),
		),
	}
}

func messagesFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("State", "Start",
			b.callFlow("CallDigitalBotFlowAction", "To the bot", "digital"),
			b.end("TransferToAcdAction", "To the queue"),
		),
	}
}

func holidaysFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("Task", "Closed",
			b.callWithin("When do we open", "Orders", "Get store hours", literal("P0D0H0M0S1500F", "dur")),
			b.end("DisconnectAction", "Goodbye"),
		),
	}
}

func reminderFlow(b *configBuilder) []obj {
	return []obj{
		b.sequence("Task", "Remind",
			b.callWithin("Slot", "Orders", "Get delivery slot", literal("P0D0H0M3S0F", "dur")),
			b.end("DisconnectAction", "Goodbye"),
		),
	}
}
