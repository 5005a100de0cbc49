package manifest

import (
	"slices"
	"strings"

	"genesys-timeouts/pkg/spelling"

	"gopkg.in/yaml.v3"
)

// synonyms are keys that people write for ours and that no edit distance finds, in lower case without "_" and "-".
var synonyms = map[string]string{
	"seconds": "timeout", "milliseconds": "timeout", "integrationid": "integration", "integrationname": "integration",
	"actionid":   "id",
	"actionname": "name", "flowid": "id", "flowname": "name", "flowtype": "type", "env": "environment",
	"region": "environment",
	"domain": "environment", "surface": "api", "dataactions": "actions",
	"apiversion": "version",
	"orgs":       "organizations", "why": "reason", "team": "owner", "expires": "until", "code": "finding",
	"organizationid": "id", "orgid": "id",
}

// insteadOf is what to write for keys that the format leaves out on purpose.
var insteadOf = map[string]string{
	"except":  "list the organizations that have it under `only`",
	"exclude": "list the organizations that have it under `only`",
}

var joiners = strings.NewReplacer("_", "", "-", "", " ", "")

// absent are the keys of a part that a mapping lacks: what a misspelt key may have been meant to be.
func absent(p *part, list []field) []string {
	var out []string
	for _, key := range p.keys {
		if _, taken := get(list, key); !taken {
			out = append(out, key)
		}
	}
	return out
}

// suggest is the key that a misspelt one probably means, or "".
func suggest(keys []string, name string) string {
	if len(name) > 40 || insteadOf[name] != "" {
		return ""
	}
	if twin := spelling.Twin(name, keys); twin != "" {
		return twin
	}
	plain := joiners.Replace(strings.ToLower(name))
	if strings.Contains(plain, "timeout") {
		for _, key := range []string{"timeout", "defaults"} {
			if slices.Contains(keys, key) {
				return key
			}
		}
	}
	if s := synonyms[plain]; s != "" && slices.Contains(keys, s) {
		return s
	}
	return nearest(plain, keys)
}

// meant reports whether a key is there, or an unknown one that probably means it.
func meant(p *part, list []field, name string) bool {
	keys := absent(p, list)
	if !slices.Contains(keys, name) {
		return true
	}
	return slices.ContainsFunc(list, func(f field) bool {
		return !slices.Contains(p.keys, f.name) &&
			suggest(keys, f.name) == name
	})
}

// corrected gives misspelt keys that hold a list or a mapping the name that they probably mean, so that mistakes below
// them are reported in the same run.
func (r *reader) corrected(p *part, list []field) []field {
	for i, f := range list {
		if p.has(r, f.name) || f.value.Kind == yaml.ScalarNode {
			continue
		}
		if near := suggest(absent(p, list), f.name); near != "" {
			list[i].name = near
		}
	}
	return list
}

// nearest is the candidate that looks the same as a word, or within a few edits of it, or "".
func nearest(word string, candidates []string) string {
	if twin := spelling.Twin(word, candidates); twin != "" {
		return twin
	}
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
