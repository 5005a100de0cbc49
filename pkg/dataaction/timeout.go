package dataaction

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// Limits are the least and greatest timeout of a kind of data action, both included, and the unit it is kept in.
type Limits struct {
	Min, Max, Unit time.Duration
}

// LimitsOf gives the limits of a type of action on a surface. Sources: ActionConfig.timeoutSeconds ("Optional 1-60
// second timeout") and Function.timeoutSeconds (1 to 15) of the vendor's SDKs; surface flows 1 s to 30 s, whole
// milliseconds for type rest. An empty type means "not known yet" and gives the widest limits of the surface.
func LimitsOf(api API, actionType string) Limits {
	switch {
	case api == Flows && (actionType == TypeREST || actionType == ""):
		return Limits{time.Second, 30 * time.Second, time.Millisecond}
	case api == Flows:
		return Limits{time.Second, 30 * time.Second, time.Second}
	case actionType == TypeFunction:
		return Limits{time.Second, 15 * time.Second, time.Second}
	default:
		return Limits{time.Second, 60 * time.Second, time.Second}
	}
}

// Limits are those of the action's type, in the unit that this action's timeout is counted in: on surface flows some
// types have it in seconds or in milliseconds.
func (l Live) Limits(api API) Limits {
	limits := LimitsOf(api, l.Type)
	limits.Unit = cmp.Or(l.Unit, limits.Unit)
	return limits
}

// ByWebhook is the advice for calls that need longer than the limit.
const ByWebhook = "A synchronous call that needs longer is better answered by webhook: start the work, and let the " +
	"answer come in through an inbound webhook flow"

// Check says what is wrong with a timeout, or nothing.
func (l Limits) Check(d time.Duration) string {
	switch {
	case d > l.Max:
		return fmt.Sprintf("timeout %s is over the limit of %s (allowed: %s). %s", Text(d), Text(l.Max), l, ByWebhook)
	case d < l.Min:
		return fmt.Sprintf("timeout %s is below the minimum of %s (allowed: %s)", Text(d), Text(l.Min), l)
	case d%l.Unit != 0:
		return fmt.Sprintf("timeout %s is not in whole %s (allowed: %s)", Text(d), unitName(l.Unit), l)
	}
	return ""
}

func (l Limits) String() string {
	return fmt.Sprintf("%s to %s in whole %s", Text(l.Min), Text(l.Max), unitName(l.Unit))
}

func unitName(d time.Duration) string {
	if d == time.Second {
		return "seconds"
	}
	return "milliseconds"
}

// Text writes a timeout as a manifest would: whole seconds as "12s", anything finer in milliseconds, "1500ms".
func Text(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64) + "ms"
}

// TextOrUnset is Text, and "unset" for nil.
func TextOrUnset(d *time.Duration) string {
	if d == nil {
		return "unset"
	}
	return Text(*d)
}
