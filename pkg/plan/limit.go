package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// ChangeLimit is the value of --max-changes: a number of changes, or a share of the manifest's actions from 0% to
// 100%. Nil means no limit.
type ChangeLimit struct {
	N       int
	Percent bool
}

// ParseChangeLimit reads "12" or "10%".
func ParseChangeLimit(s string) (*ChangeLimit, error) {
	digits, percent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || strings.HasPrefix(digits, "+") || percent && n > 100 {
		return nil, fmt.Errorf("%q is neither a number of changes such as 12 nor a share from 0%% to 100%%", s)
	}
	return &ChangeLimit{N: n, Percent: percent}, nil
}

// Allowed is how many changes the limit allows for that many actions; a share is rounded down.
func (l ChangeLimit) Allowed(actions int) int {
	if l.Percent {
		return actions * l.N / 100
	}
	return l.N
}

func (l ChangeLimit) String() string {
	if l.Percent {
		return strconv.Itoa(l.N) + "%"
	}
	return strconv.Itoa(l.N)
}

// TooMany says that there are more changes than a limit allows, or nothing.
func TooMany(limit ChangeLimit, changes []Change) string {
	updates := 0
	for _, c := range changes {
		if c.Change == Update {
			updates++
		}
	}
	allowed := limit.Allowed(len(changes))
	if updates <= allowed {
		return ""
	}
	return fmt.Sprintf("%d changes are more than --max-changes %s allows (%d of %d actions): nothing is written",
		updates, limit, allowed, len(changes))
}
