package sandbox

import (
	"sync"
	"time"
)

// ms is a duration in milliseconds.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// seedTraffic is a week of calls of each seeded action, by category and name. Limits are the actions' timeouts, which
// traffic fills in. An action that is not listed was never called.
var seedTraffic = sync.OnceValue(func() map[string]Traffic {
	return map[string]Traffic{
		"CRM/Customer lookup":         {Calls: 18_194, Median: ms(740), Spread: 0.64}, // too short at 3 s, in 1.4 % of calls
		"CRM/Get customer":            {Calls: 9_120, Median: ms(700), Spread: 0.5},
		"CRM/Find customer by email":  {Calls: 3_140, Median: ms(1500), Spread: 0.5},
		"CRM/Update case":             {Calls: 2_610, Median: ms(1600), Spread: 0.45},
		"CRM/Get open cases":          {Calls: 6_430, Median: ms(1200), Spread: 0.5},
		"CRM/Add case comment":        {Calls: 1_930, Median: ms(800), Spread: 0.5},
		"CRM/Get contact preferences": {Calls: 2_960, Median: ms(600), Spread: 0.5},
		"CRM/Set contact preferences": {Calls: 412, Median: ms(700)},
		"CRM/Log interaction":         {Calls: 15_830, Median: ms(900), Spread: 0.38}, // too long at 15 s
		"CRM/Get account manager":     {Calls: 12, Median: ms(400)},
		"CRM/Create case": { // its limit was lowered from 15 s on Thursday night
			Calls: 4_210, Median: ms(1800), Spread: 0.4, Outage: map[time.Weekday]float64{time.Thursday: 0.012},
			EarlierLimit: 15 * time.Second, EarlierDays: []time.Weekday{time.Thursday},
		},
		"CRM/Get loyalty status": { // one bad day
			Calls: 7_820, Median: ms(350), Spread: 0.35, Outage: map[time.Weekday]float64{time.Wednesday: 0.08},
		},

		"Identity/Verify PIN":           {Calls: 8_340, Median: ms(500), Spread: 0.4},
		"Identity/Send one-time code":   {Calls: 2_870, Median: ms(1100), Spread: 0.4},
		"Identity/Check one-time code":  {Calls: 2_790, Median: ms(400), Spread: 0.3},
		"Identity/Verify date of birth": {Calls: 910, Median: ms(350), Spread: 0.3},

		"Orders/Get order": {Calls: 12_480, Median: ms(900), Spread: 0.6},
		// too short at 3 s; its step cuts at 5 s
		"Orders/Find orders by phone": {Calls: 5_630, Median: ms(1300), Spread: 0.38},
		"Orders/Get customer":         {Calls: 25_287, Median: ms(300), Spread: 0.35}, // too long at 20 s: none takes 2 s
		"Orders/Get delivery slot":    {Calls: 3_420, Median: ms(2400), Spread: 0.38},
		"Orders/Book delivery slot":   {Calls: 1_160, Median: ms(3500)},
		"Orders/Cancel order":         {Calls: 2_980, Median: ms(2200), Spread: 0.38},
		"Orders/Get invoice":          {Calls: 21, Median: ms(900)},                                 // too rare to judge
		"Orders/Get refund status":    {Calls: 3_310, Median: ms(900), Spread: 0.45, Refused: 0.03}, // fails at once
		"Orders/Start refund":         {Calls: 310, Median: ms(1400)},
		"Orders/Check stock":          {Calls: 9_940, Median: ms(260), Spread: 0.3, Hang: 0.015}, // fast, or hangs
		"Orders/Get store hours":      {Calls: 3_950, Median: ms(150), Spread: 0.3},

		"Payments/Take card payment":  {Calls: 3_080, Median: ms(1700), Spread: 0.42}, // its secure step cuts at 2 s
		"Payments/Get payment status": {Calls: 3_650, Median: ms(900), Spread: 0.5},

		"Genesys Cloud/Get queue statistics":      {Calls: 7_230, Median: ms(800), Spread: 0.5},
		"Genesys Cloud/Get estimated wait time":   {Calls: 11_860, Median: ms(700), Spread: 0.48},
		"Genesys Cloud/Schedule callback":         {Calls: 640, Median: ms(900)},
		"Genesys Cloud/Update external contact":   {Calls: 2_830, Median: ms(1000), Spread: 0.5},
		"Genesys Cloud/Send text message":         {Calls: 4_420, Median: ms(1200), Failed: 0.012, FailedAs: "E4711.carrier"},
		"Genesys Cloud/Get user routing status":   {Calls: 2_950, Median: ms(90), Spread: 0.3},
		"Genesys Cloud/Get wrap-up codes":         {Calls: 820, Median: ms(110), Spread: 0.3},
		"Function Data Actions/Score call intent": {Calls: 6_920, Median: ms(1900), Spread: 0.5}, // too short at 5 s

		"Function Data Actions/Normalise address":       {Calls: 2_940, Median: ms(1500)},
		"Function Data Actions/Summarise conversation":  {Calls: 830, Median: ms(4000)},
		"Function Data Actions/Detect sentiment":        {Calls: 2_800, Median: ms(1100), Spread: 0.35},
		"CRM Functions/Match duplicates":                {Calls: 3_260, Median: ms(6500), Spread: 0.42}, // too short
		"Function Data Actions (archive)/Archive order": {Calls: 2_720, Median: ms(1200)},
	}
})

// traffic is the action's week in an organisation; the test organisation has a tenth of the calls.
func (row seedAction) traffic(o seedOrg) Traffic {
	t := seedTraffic()[row.category+"/"+row.name]
	t.Limit = time.Duration(o.timeout(row)) * time.Second
	if o == "test" {
		t.Calls /= 10
	}
	return t
}
