package sandbox

// seedAction is one row of the table: a data action of surface integrations.
type seedAction struct {
	integration string // seedIntegrations' key
	category    string
	name        string
	method      string
	url         string // after the integration's base
	inputs      string // names, separated by blanks
	outputs     string
	timeout     int // seconds; 0 is unset
	kind        string
}

// Kinds of seeded actions besides the usual one.
const (
	seedBuiltIn  = "static"
	seedAuth     = "auth"
	seedFunction = "function"
	seedRetired  = "retired" // a function on a runtime that is no longer available
	seedByURI    = "uri"
	seedSecure   = "secure"
	seedOdd      = "odd" // with fields and numbers that a careless client loses
)

// seedIntegrations are the bases of the four integrations' addresses.
var seedIntegrations = map[string]string{
	"crm":       "https://crm.harbourpine.example/v3",
	"erp":       "https://erp.harbourpine.example/api",
	"genesys":   "/api/v2",
	"functions": "",
}

var seedActions = []seedAction{
	{"crm", "CRM", "Customer lookup", "GET", "/customers?phone=${input.phone}&expand=status",
		"phone", "customerId name status", 3, seedOdd},
	{"crm", "CRM", "Get customer", "GET", "/customers/${input.customerId}", "customerId", "name email status", 5, ""},
	{"crm", "CRM", "Find customer by email", "GET", "/customers?email=${input.email}",
		"email", "customerId name", 10, ""},
	{"crm", "CRM", "Create case", "POST", "/cases", "customerId subject text", "caseId", 10, ""},
	{"crm", "CRM", "Update case", "PUT", "/cases/${input.caseId}", "caseId state", "caseId state", 10, ""},
	{"crm", "CRM", "Get open cases", "GET", "/cases?customer=${input.customerId}&state=open",
		"customerId", "count latest", 8, ""},
	{"crm", "CRM", "Add case comment", "POST", "/cases/${input.caseId}/comments", "caseId text", "commentId", 0, ""},
	{"crm", "CRM", "Get loyalty status", "GET", "/loyalty/${input.customerId}", "customerId", "tier points", 3, ""},
	{"crm", "CRM", "Get contact preferences", "GET", "/customers/${input.customerId}/preferences",
		"customerId", "email sms phone", 5, ""},
	{"crm", "CRM", "Set contact preferences", "PUT", "/customers/${input.customerId}/preferences",
		"customerId email sms phone", "changed", 5, seedByURI},
	{"crm", "CRM", "Log interaction", "POST", "/interactions",
		"customerId conversationId queue wrapUp", "interactionId", 15, ""},
	{"crm", "CRM", "Get account manager", "GET", "/customers/${input.customerId}/manager",
		"customerId", "name extension", 0, ""},
	{"crm", "Identity", "Verify PIN", "POST", "/identity/pin", "customerId pin", "verified", 4, seedSecure},
	{"crm", "Identity", "Send one-time code", "POST", "/identity/codes", "customerId channel", "codeId", 6, ""},
	{"crm", "Identity", "Check one-time code", "POST", "/identity/codes/${input.codeId}",
		"codeId code", "verified", 6, seedSecure},
	{"crm", "Identity", "Verify date of birth", "POST", "/identity/birthday",
		"customerId date", "verified", 0, seedSecure},
	{"crm", "CRM", "CRM sign-in", "POST", "/oauth/token", "", "access_token", 0, seedAuth},

	{"erp", "Orders", "Get order", "GET", "/orders/${input.orderId}", "orderId", "state total delivery", 3, ""},
	{"erp", "Orders", "Find orders by phone", "GET", "/orders?phone=${input.phone}&limit=5",
		"phone", "count orderIds", 5, ""},
	{"erp", "Orders", "Get customer", "GET", "/debtors/${input.debtorId}", "debtorId", "name balance", 20, ""},
	{"erp", "Orders", "Get delivery slot", "GET", "/deliveries/${input.orderId}", "orderId", "day from to", 10, ""},
	{"erp", "Orders", "Book delivery slot", "POST", "/deliveries/${input.orderId}/slots",
		"orderId day from", "confirmed", 15, seedByURI},
	{"erp", "Orders", "Cancel order", "POST", "/orders/${input.orderId}/cancel", "orderId reason", "state", 20, ""},
	{"erp", "Orders", "Get invoice", "GET", "/invoices/${input.invoiceId}", "invoiceId", "total due state", 10, ""},
	{"erp", "Orders", "Get refund status", "GET", "/refunds/${input.orderId}", "orderId", "state amount", 10, ""},
	{"erp", "Orders", "Start refund", "POST", "/refunds", "orderId amount reason", "refundId", 0, ""},
	{"erp", "Orders", "Check stock", "GET", "/stock/${input.articleId}?store=${input.storeId}",
		"articleId storeId", "available next", 4, ""},
	{"erp", "Orders", "Get store hours", "GET", "/stores/${input.storeId}/hours", "storeId", "opens closes", 3, ""},
	{"erp", "Payments", "Take card payment", "POST", "/payments",
		"orderId amount token", "paymentId state", 25, seedSecure},
	{"erp", "Payments", "Get payment status", "GET", "/payments/${input.paymentId}",
		"paymentId", "state", 10, seedSecure},

	{"genesys", "Genesys Cloud", "Get queue statistics", "POST", "/analytics/queues/observations/query",
		"queueId", "waiting agents", 10, ""},
	{"genesys", "Genesys Cloud", "Get estimated wait time", "GET", "/routing/queues/${input.queueId}/estimatedwaittime",
		"queueId", "seconds", 5, ""},
	{"genesys", "Genesys Cloud", "Schedule callback", "POST", "/conversations/callbacks",
		"queueId phone time", "conversationId", 10, ""},
	{"genesys", "Genesys Cloud", "Update external contact", "PUT", "/externalcontacts/contacts/${input.contactId}",
		"contactId phone email", "contactId", 10, ""},
	{"genesys", "Genesys Cloud", "Send text message", "POST", "/conversations/messages/agentless",
		"from to text", "messageId", 10, ""},
	{"genesys", "Genesys Cloud", "Find agent of last call", "POST", "/analytics/conversations/details/query",
		"phone", "userId", 0, ""},
	{"genesys", "Genesys Cloud", "Get user routing status", "GET", "/users/${input.userId}/routingstatus",
		"userId", "status", 0, seedBuiltIn},
	{"genesys", "Genesys Cloud", "Get external contact", "GET", "/externalcontacts/contacts/${input.contactId}",
		"contactId", "firstName lastName", 0, seedBuiltIn},
	{"genesys", "Genesys Cloud", "Get wrap-up codes", "GET", "/routing/queues/${input.queueId}/wrapupcodes",
		"queueId", "codes", 0, seedBuiltIn},

	{"functions", "Function Data Actions", "Score call intent", "", "",
		"transcript language", "intent score", 5, seedFunction},
	{"functions", "Function Data Actions", "Normalise address", "", "",
		"street town postcode", "address", 10, seedFunction},
	{"functions", "Function Data Actions", "Summarise conversation", "", "",
		"conversationId", "summary", 0, seedFunction},
	{"functions", "Function Data Actions", "Detect sentiment", "", "", "transcript", "sentiment", 5, seedRetired},
	{"functions", "CRM Functions", "Match duplicates", "", "", "name email", "customerId score", 15, seedFunction},
	{"erp", "Function Data Actions (archive)", "Archive order", "POST", "/archive/${input.orderId}",
		"orderId", "archived", 10, ""},
}
