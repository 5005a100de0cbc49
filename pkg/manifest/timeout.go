package manifest

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"genesys-timeouts/pkg/dataaction"

	"gopkg.in/yaml.v3"
)

// units are those in the schema's pattern.
var units = map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute}

// parseTimeout reads digits and a unit; on overflow it returns the greatest duration in that unit.
func parseTimeout(text string) (time.Duration, bool) {
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	unit := units[text[digits:]]
	if digits == 0 || unit == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(text[:digits], 10, 64)
	if most := math.MaxInt64 / int64(unit); err != nil || n > most {
		return time.Duration(most) * unit, true
	}
	return time.Duration(n) * unit, true
}

// tooLarge reports whether a timeout may have overflowed, so that messages show its digits rather than its value.
func tooLarge(d time.Duration) bool { return d > 100*365*24*time.Hour }

// explainTimeout says what is wrong with an invalid timeout, and how to write it.
func explainTimeout(n *yaml.Node) string {
	switch {
	case isNull(n) || isText(n) && n.Value == "":
		return "\"timeout\" is empty; write a number and its unit, such as 10s"
	case n.Kind != yaml.ScalarNode:
		return fmt.Sprintf("a timeout is a number and its unit, such as 10s, 1500ms or 1m; here it is %s", describe(n))
	}
	text := strings.TrimSpace(strings.ReplaceAll(n.Value, "_", ""))
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return explainBare(text)
	}
	if d, ok := looseTimeout(n.Value); ok {
		return fmt.Sprintf("invalid timeout %s; write %s", quote(n.Value), dataaction.Text(d))
	}
	return fmt.Sprintf("invalid timeout %s; write a whole number and its unit, such as 10s, 1500ms or 1m",
		quote(n.Value))
}

// explainBare shows both readings of a number without a unit: 3000 has meant three seconds and fifty minutes.
func explainBare(text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if f, notFloat := strconv.ParseFloat(text, 64); err != nil && notFloat == nil && f == math.Trunc(f) &&
		math.Abs(f) < 1<<53 {
		n, err = int64(f), nil // 3000.0, 3e3, 0x10p0
	}
	switch {
	case err == nil && n > 0 && n <= math.MaxInt64/int64(time.Second):
		return fmt.Sprintf("%d has no unit: write %dms (%s) or %ds (%s)", n, n,
			spell(time.Duration(n)*time.Millisecond), n, spell(time.Duration(n)*time.Second))
	case strings.HasPrefix(text, "-"):
		return fmt.Sprintf("invalid timeout %s: it is negative and has no unit; write one such as 10s", shorten(text))
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f > 0 && f < 1000 && f*1000 == math.Trunc(f*1000) {
		return fmt.Sprintf("%s has no unit and is not a whole number: write %dms if it means seconds", shorten(text),
			int64(f*1000))
	}
	return fmt.Sprintf("invalid timeout %s: it has no unit; write a whole number and its unit, "+
		"such as 10s, 1500ms or 1m", shorten(text))
}

var unitWords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(milliseconds?|millis|msecs?|seconds?|secs?|minutes?|mins?|hours?|hrs?)`)
})

// looseTimeout reads other notations: "10 s", "10S", "1.5s", "1m30s", "2 minutes", "PT10S". It only serves to suggest
// ours.
func looseTimeout(text string) (time.Duration, bool) {
	text = strings.ToLower(strings.Join(strings.Fields(text), ""))
	text = strings.TrimPrefix(strings.NewReplacer(",", ".", "_", "").Replace(text), "pt")
	text = unitWords().ReplaceAllStringFunc(text, func(unit string) string {
		switch {
		case unit[0] != 'm':
			return unit[:1]
		case strings.HasPrefix(unit, "min"):
			return "m"
		}
		return "ms"
	})
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d%time.Millisecond != 0 {
		return 0, false
	}
	return d, true
}

// spell is a duration in words: 3 seconds, 50 minutes, 1 hour 6 minutes.
func spell(d time.Duration) string {
	var words []string
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}, {"millisecond",
		time.Millisecond}} {
		n := d / unit.size
		if n == 0 {
			continue
		}
		d %= unit.size
		word := fmt.Sprintf("%d %s", n, unit.name)
		if n != 1 {
			word += "s"
		}
		words = append(words, word)
	}
	return strings.Join(words[:min(2, len(words))], " ")
}
