package genesys

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

// Reasons why a timeout cannot be managed.
const (
	customAuthReason = "custom authentication action: timeoutSeconds is invalid for these"
	noConfigReason   = "the API shows no configuration for it"
)

// decodeAction keeps what is needed of the vendor's Action. An action that may be a function data action has type
// function, and its configuration does not count: only its function tells (FunctionTimeout). Without one it is a
// plain action (PlainAction). A listing can leave out the configuration.
func decodeAction(doc rawjson.Value) dataaction.Live { return walkAction(rawjson.NewWalk(doc)) }

// walkAction is decodeAction for the next value of a walk.
func walkAction(w *rawjson.Walk) dataaction.Live {
	l, c := decode(w)
	if !l.CustomAuth() && (dataaction.IsFunctionCategory(l.Category) || IsFunctionURL(c.requestURL)) {
		l.Type, l.Complete, l.Timeout, l.Unsupported = dataaction.TypeFunction, false, nil, ""
	}
	return l
}

// decodePlain is decodeAction for an action that is known to have no function.
func decodePlain(doc rawjson.Value) dataaction.Live {
	l, _ := decode(rawjson.NewWalk(doc))
	return l
}

func decode(w *rawjson.Walk) (l dataaction.Live, c config) {
	var id, name, category, integration, version, secure rawjson.Value
	for member := range w.Members() { // the last of duplicates counts
		switch member {
		case "id":
			id = w.Value()
		case "name":
			name = w.Value()
		case "category":
			category = w.Value()
		case "integrationId":
			integration = w.Value()
		case "version":
			version = w.Value()
		case "secure":
			secure = w.Value()
		case "config":
			c = readConfig(w)
		}
	}
	l.Action = dataaction.Action{ID: words(id), Name: words(name), Category: words(category),
		IntegrationID: words(integration), Type: dataaction.TypeAction}
	l.Version, _ = whole(version)
	l.Secure = string(secure) == "true"
	switch {
	case l.CustomAuth():
		l.Complete, l.Unsupported = true, customAuthReason
	case c.given:
		l.Complete = true
		l.Timeout, l.Unsupported = timeoutOf(c.seconds, "timeoutSeconds", time.Second)
	}
	return l, c
}

// config is what is needed of an action's configuration; given is false for an action without.
type config struct {
	given               bool
	seconds, requestURL rawjson.Value
}

// readConfig takes a configuration. It reads on the way: a listing has tens of thousands.
func readConfig(w *rawjson.Walk) (c config) {
	c.given = w.Next() == '{'
	for member := range w.Members() {
		switch member {
		case "timeoutSeconds":
			c.seconds = w.Value()
		case "request":
			c.requestURL = nil
			for member := range w.Members() {
				if member == "requestUrlTemplate" {
					c.requestURL = w.Value()
				}
			}
		}
	}
	return c
}

// IsFunctionURL reports whether a request's URL template is a bare GUID, as a function's read-only requestUrlTemplate
// is. Source: the vendor's Terraform provider.
func IsFunctionURL(template rawjson.Value) bool { return isGUID(words(template)) }

// isGUID reports whether a text is a bare GUID, with or without braces.
func isGUID(text string) bool {
	if inner, ok := strings.CutPrefix(text, "{"); ok {
		if text, ok = strings.CutSuffix(inner, "}"); !ok {
			return false
		}
	}
	if len(text) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	parts := strings.Split(text, "-")
	if len(parts) != 5 {
		return false
	}
	for i, length := range []int{8, 4, 4, 4, 12} {
		if len(parts[i]) != length || strings.Trim(parts[i], "0123456789abcdefABCDEF") != "" {
			return false
		}
	}
	return true
}

// timeoutMember is timeoutOf for the member of that name in an object.
func timeoutMember(in rawjson.Value, name string, unit time.Duration) (*time.Duration, string) {
	v, _ := in.Get(name)
	return timeoutOf(v, name, unit)
}

// timeoutOf reads a timeout kept as a number of units, in any spelling (10, 10.0, 1e1), from the member of that name.
// It is nil if absent or null; anything else gives a reason.
func timeoutOf(v rawjson.Value, name string, unit time.Duration) (*time.Duration, string) {
	if len(v) == 0 || v.IsNull() {
		return nil, ""
	}
	shown := printable(string(v[:min(len(v), 60)]), 60)
	if !v.IsNumber() {
		return nil, fmt.Sprintf("%s is %s, not a number", name, shown)
	}
	n, err := strconv.ParseFloat(string(v), 64)
	if n *= float64(unit); err != nil || n < 0 || n > math.MaxInt64/2 {
		return nil, fmt.Sprintf("%s is %s, not a timeout", name, shown)
	}
	d := time.Duration(math.Round(n))
	return &d, ""
}
