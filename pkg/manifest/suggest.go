package manifest

import (
	"slices"
	"strings"

	"genesys-timeouts/pkg/spelling"
)

// synonyms are keys that people write for ours where no edit distance would tell. Keys are without case, "_" and "-".
var synonyms = map[string]string{
	"timeoutseconds": "timeout", "timeoutms": "timeout", "timeoutsecs": "timeout", "executiontimeout": "timeout", "seconds": "timeout",
	"integrationid": "integration", "integrationname": "integration", "actionid": "id", "actionname": "name", "flowid": "id",
	"flowname": "name", "flowtype": "type", "env": "environment", "region": "environment", "domain": "environment", "surface": "api",
	"dataactions": "actions", "defaulttimeout": "defaults", "apiversion": "version",
}

var joiners = strings.NewReplacer("_", "", "-", "", " ", "")

// absent are the keys of a part that a mapping does not have: what a misspelt key can have been meant to be.
func absent(p *part, list []field) []string {
	var out []string
	for _, key := range p.keys {
		if _, taken := get(list, key); !taken {
			out = append(out, key)
		}
	}
	return out
}

// suggest is the one of the keys that a misspelt one was probably meant to be; empty for none.
func suggest(keys []string, name string) string {
	if len(name) > 40 {
		return ""
	}
	plain := joiners.Replace(strings.ToLower(name))
	if s := synonyms[plain]; s != "" && slices.Contains(keys, s) {
		return s
	}
	return nearest(plain, keys)
}

// meant reports whether a key is there, or an unknown one that was probably meant to be it.
func meant(p *part, list []field, name string) bool {
	keys := absent(p, list)
	if !slices.Contains(keys, name) {
		return true
	}
	return slices.ContainsFunc(list, func(f field) bool { return !slices.Contains(p.keys, f.name) && suggest(keys, f.name) == name })
}

// nearest is the candidate that a word is nearly, by edits; empty where none is near.
func nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	best, bestDistance := "", 0
	for _, c := range candidates {
		limit := max(1, min(len(c)/3, 2))
		if len(word)-len(c) > limit || len(c)-len(word) > limit {
			continue
		}
		if d := spelling.Distance(word, c); d <= limit && (best == "" || d < bestDistance) {
			best, bestDistance = c, d
		}
	}
	return best
}
