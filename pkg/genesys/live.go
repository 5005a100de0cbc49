package genesys

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// Reasons why a timeout cannot be managed.
const (
	customAuthReason = "custom authentication action: timeoutSeconds is invalid for these"
	noConfigReason   = "the API shows no configuration for it"
)

// decodeAction keeps what is needed of an Action of the vendor's SDKs. A listing leaves out a function's timeout, and may leave
// out the configuration.
func decodeAction(doc rawjson.Value) dataaction.Live {
	fields := doc.Fields()
	l := dataaction.Live{Action: dataaction.Action{
		ID: words(fields["id"]), Name: words(fields["name"]), Category: words(fields["category"]),
		IntegrationID: words(fields["integrationId"]), Type: dataaction.TypeAction,
	}}
	l.Version, _ = whole(fields["version"])
	config := fields["config"]
	switch {
	case l.CustomAuth():
		l.Complete, l.Unsupported = true, customAuthReason
	case dataaction.IsFunctionCategory(l.Category):
		l.Type = dataaction.TypeFunction
	case config.IsObject():
		l.Complete = true
		l.Timeout, l.Unsupported = timeoutMember(config, "timeoutSeconds", time.Second)
	}
	return l
}

// timeoutMember reads a timeout kept as a number of units, however it is written (10, 10.0, 1e1): nil where it is absent or null,
// and a reason where it is something else.
func timeoutMember(in rawjson.Value, name string, unit time.Duration) (*time.Duration, string) {
	v, ok := in.Get(name)
	if !ok || v.IsNull() {
		return nil, ""
	}
	shown := printable(string(v[:min(len(v), 60)]), 60)
	if !v.IsNumber() {
		return nil, fmt.Sprintf("%s is %s, which is no number", name, shown)
	}
	n, err := strconv.ParseFloat(string(v), 64)
	if n *= float64(unit); err != nil || n < 0 || n > math.MaxInt64/2 {
		return nil, fmt.Sprintf("%s is %s, which is no timeout", name, shown)
	}
	d := time.Duration(math.Round(n))
	return &d, ""
}
