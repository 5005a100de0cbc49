package flowconfig

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// duration is Architect's literal "P0D0H1M0S0F" and what is like it: parts may be missing, a T may stand before the
// hours as in ISO 8601, and the parts may be fractions. Real exports show D, H, M (always minutes), S and F
// (milliseconds).
var duration = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(`^P(?:(N)D)?T?(?:(N)H)?(?:(N)M)?(?:(N)S)?(?:(N)F)?$`, "N",
		`\d+(?:[.,]\d+)?`))
})

var units = []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second, time.Millisecond}

// ParseDuration reads the literal of a duration in a flow: days, hours, minutes, seconds and milliseconds, such as
// "P0D0H1M0S0F" or "PT5S". Signs, years and weeks, and what does not fit a time.Duration are errors.
func ParseDuration(text string) (time.Duration, error) {
	parts := duration().FindStringSubmatch(strings.ToUpper(strings.TrimSpace(text)))
	if parts == nil {
		return 0, fmt.Errorf("duration %.60q is not of the form P0D0H0M0S0F", text)
	}
	var sum float64
	found := false
	for i, unit := range units {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.ParseFloat(strings.Replace(parts[i+1], ",", ".", 1), 64)
		if err != nil {
			return 0, fmt.Errorf("duration %.60q: %w", text, err)
		}
		found = true
		sum += n * float64(unit)
	}
	if !found {
		return 0, fmt.Errorf("duration %.60q has no part", text)
	}
	if sum >= math.MaxInt64 {
		return 0, fmt.Errorf("duration %.60q is longer than can be counted", text)
	}
	return time.Duration(math.Round(sum)), nil
}
