package spelling_test

import (
	"testing"

	"genesys-timeouts/pkg/spelling"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"timeout", "timeout", 0}, {"", "abc", 3}, {"timeout", "timout", 1}, {"nmae", "name",
			1}, {"kitten", "sitting", 3},
		{"eu-wets-1", "eu-west-1", 1}, {"日本", "日", 1}, {"ab", "ba", 1},
		{"abcd", "badc", 2}, {"flows", "actions", 5},
	} {
		if got, back := spelling.Distance(c.a, c.b), spelling.Distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q and %q: %d and back %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
