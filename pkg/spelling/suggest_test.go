package spelling_test

import (
	"slices"
	"testing"

	"genesys-timeouts/pkg/spelling"
)

func TestSuggest(t *testing.T) {
	known := []string{"Get order", "Get orders", "Customer lookup", "Caf\u00e9", "CRM", "Get  order"}
	for text, want := range map[string]string{
		"Get ordr":             `; did you mean "Get order" or "Get orders"?`,
		"LOOKUP":               `; did you mean "Customer lookup"?`,
		"something else":       "",
		"":                     "",
		"Customer\u00a0lookup": "; did you mean the one that looks the same and differs only in blanks? Copy it",
		"Customer l\u200bookup": "; did you mean the one that looks the same and differs only in invisible " +
			"characters? Copy it",
		"Cafe\u0301": "; did you mean the one that looks the same and differs only in Unicode form " +
			"(composed and decomposed letters)? Copy it",
		"customer lookup in spain": "",
	} {
		if got := spelling.Suggest(text, known, "Copy it"); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestAlike(t *testing.T) {
	for want, texts := range map[string][]string{"": {"CRM", "ERP", "CRM"}, "blanks": {"CRM", "ERP", "CRM "}} {
		if got := spelling.Alike(slices.Clone(texts)); got != want {
			t.Errorf("%q: %q, want %q", texts, got, want)
		}
	}
}
