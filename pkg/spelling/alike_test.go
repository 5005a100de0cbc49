package spelling_test

import (
	"strings"
	"testing"

	"genesys-timeouts/pkg/spelling"
)

func TestDifference(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"same", "same", ""}, {"Get order", "get order", ""}, {"a", "b", ""}, {"", "", ""}, {"e", "é", ""},
		{"\u00e9t\u00e9", "e\u0301te\u0301", "Unicode form"}, {"\u1ebf", "e\u0302\u0301", "Unicode form"}, {"\u0439",
			"\u0438\u0306", "Unicode form"},
		{"\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af", "Unicode form"},
		{"a b", "a  b", "blanks"}, {"a b", "a\u00a0b", "blanks"}, {" a", "a", "blanks"}, {"a", "a\t", "blanks"},
		{"ab", "a\u200bb", "invisible"}, {"ab", "\ufeffab", "invisible"}, {"x\u2764", "x\u2764\ufe0f", "invisible"},
		{"\u00e9 x", "e\u0301  x", "blanks"}, {"ab", "a b", ""},
	} {
		for _, got := range []string{spelling.Difference(c.a, c.b), spelling.Difference(c.b, c.a)} {
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("%q and %q: %q, want %q", c.a, c.b, got, c.want)
			}
		}
	}
}
