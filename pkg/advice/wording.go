package advice

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
)

// Duration is milliseconds as a timeout: "3s", "2.85s", "250ms".
func Duration(ms int64) string {
	if ms >= 1000 {
		return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64) + "s"
	}
	return dataaction.Text(time.Duration(ms) * time.Millisecond)
}

// Number groups digits: "18,194".
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := len(s) % 3
	if start == 0 {
		start = 3
	}
	var b strings.Builder
	b.WriteString(s[:min(start, len(s))])
	for i := start; i < len(s); i += 3 {
		b.WriteString("," + s[i:i+3])
	}
	return b.String()
}

// Decimal has two significant digits below 10 and none behind the point from there: "0.31", "4.2", "17".
func Decimal(f float64) string {
	switch {
	case f == 0:
		return "0"
	case math.Abs(f) < 0.01:
		return "under 0.01"
	case math.Abs(f) < 1:
		return strconv.FormatFloat(round(f, 2), 'f', -1, 64)
	case math.Abs(f) < 10:
		return strconv.FormatFloat(round(f, 1), 'f', -1, 64)
	}
	return strconv.FormatFloat(math.Round(f), 'f', 0, 64)
}

// Percent is a share in per cent with two significant digits: "1.3 %", "0.082 %", "12 %".
func Percent(share float64) string { return percentage(share) + " %" }

func percentage(share float64) string {
	p := share * 100
	if p <= 0 {
		return "0"
	}
	digits := max(0, 1-int(math.Floor(math.Log10(p))))
	return strconv.FormatFloat(round(p, digits), 'f', -1, 64)
}

// Range is the range of a share: "1.3–1.6 %".
func Range(s plan.Share) string {
	low, high := percentage(s.Low), percentage(s.High)
	if low == high {
		return low + " %"
	}
	return low + "–" + high + " %"
}

func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%s %ss", Number(n), one)
}
