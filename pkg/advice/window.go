package advice

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"genesys-timeouts/pkg/dataaction"
)

const wholeDay = 24 * time.Hour

// MostDays is how many days can be asked for.
const MostDays = 366

// The smallest and the largest share that can be accepted, in per cent.
const (
	acceptLeast = 0.01
	acceptMost  = 5
)

// LastDays are the last whole days in UTC before now.
func LastDays(now time.Time, days int) (dataaction.Interval, error) {
	if days < 1 || days > MostDays {
		return dataaction.Interval{}, fmt.Errorf("%d days: use 1 to %d", days, MostDays)
	}
	to := now.UTC().Truncate(wholeDay)
	return dataaction.Interval{From: to.AddDate(0, 0, -days), To: to}, nil
}

// ParseInterval reads "FROM/TO": RFC 3339 instants or dates, which stand for midnight in UTC.
func ParseInterval(s string) (dataaction.Interval, error) {
	from, to, found := strings.Cut(s, "/")
	if !found {
		return dataaction.Interval{}, fmt.Errorf("interval %q: use FROM/TO, such as 2026-11-18/2026-11-25", s)
	}
	var out dataaction.Interval
	var err error
	if out.From, err = ParseInstant(from); err != nil {
		return dataaction.Interval{}, fmt.Errorf("interval %q: %w", s, err)
	}
	if out.To, err = ParseInstant(to); err != nil {
		return dataaction.Interval{}, fmt.Errorf("interval %q: %w", s, err)
	}
	if !out.From.Before(out.To) {
		return dataaction.Interval{}, fmt.Errorf("interval %q: ends before it begins", s)
	}
	return out, nil
}

// ParseInstant reads an RFC 3339 instant or a date, which stands for midnight in UTC.
func ParseInstant(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a date (2026-11-18) nor an instant (2026-11-18T08:00:00Z)", s)
}

// Since cuts an interval off before an instant.
func Since(i dataaction.Interval, since time.Time) (dataaction.Interval, error) {
	if !since.Before(i.To) {
		return i, fmt.Errorf("since %s: the interval %s ends before that", since.UTC().Format(time.RFC3339), i)
	}
	if since.After(i.From) {
		i.From = since
	}
	return i, nil
}

// ParseDays reads a number of days, such as "7d".
func ParseDays(s string) (int, error) {
	number, found := strings.CutSuffix(strings.TrimSpace(s), "d")
	days, err := strconv.Atoi(number)
	if !found || err != nil || days < 1 || days > MostDays {
		return 0, fmt.Errorf("%q: use 1d to %dd", s, MostDays)
	}
	return days, nil
}

// ParseAccept reads a share in per cent, such as "0.1%", as a number from 0 to 1.
func ParseAccept(s string) (float64, error) {
	number, found := strings.CutSuffix(strings.TrimSpace(s), "%")
	percent, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !found || err != nil || !(percent >= acceptLeast && percent <= acceptMost) {
		return 0, fmt.Errorf("share %q: use %v%% to %v%%", s, acceptLeast, acceptMost)
	}
	return percent / 100, nil
}
