package genesys

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// redacted stands where a secret stood.
const redacted = "[redacted]"

// shortestSecret keeps a secret of one letter from blanking out every word.
const shortestSecret = 4

// shortestPart is how much of a secret's beginning, at the end of a text that may be cut off, counts as the secret.
const shortestPart = 6

// scrubber makes text from outside fit to be shown: no control characters, none of the secrets it was told in any
// spelling that a server or a library could echo, and no more than so many letters.
type scrubber struct {
	mu    sync.RWMutex
	forms []string
	clean *strings.Replacer
}

// add makes secret, and the ways it is written in URLs, JSON, HTML and headers, unprintable from now on.
func (s *scrubber) add(secret string) {
	if len(secret) < shortestSecret {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, form := range spellings(secret) {
		if !slices.Contains(s.forms, form) {
			s.forms = append(s.forms, form)
		}
	}
	// The longest first: a secret that begins with another is replaced whole.
	sort.SliceStable(s.forms, func(i, j int) bool { return len(s.forms[i]) > len(s.forms[j]) })
	var pairs []string
	for _, form := range s.forms {
		pairs = append(pairs, form, redacted)
	}
	s.clean = strings.NewReplacer(pairs...)
}

// addPair adds what HTTP Basic makes of a client id and its secret, and the secret itself.
func (s *scrubber) addPair(id, secret string) {
	s.add(secret)
	if secret == "" {
		return
	}
	for _, pair := range []string{id + ":" + secret, url.QueryEscape(id) + ":" + url.QueryEscape(secret)} {
		s.add(base64.StdEncoding.EncodeToString([]byte(pair)))
	}
}

// spellings are the ways in which one secret can turn up.
func spellings(secret string) []string {
	quoted, err := json.Marshal(secret)
	if err != nil {
		quoted = []byte(`""`)
	}
	raw := []byte(secret)
	all := []string{
		secret, printable(secret, len(secret)),
		url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), strings.Trim(string(quoted), `"`),
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
	}
	for _, form := range all {
		all = append(all, lowerEscapes(form))
	}
	return slices.DeleteFunc(all, func(form string) bool { return len(form) < shortestSecret })
}

// lowerEscapes writes %2B as %2b, which is the same to a server.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

// text is raw fit to be shown. Secrets go before the cut, so that none stays in part; raw itself may be the beginning of
// something longer, so the beginning of a secret at its end goes too.
func (s *scrubber) text(raw string, most int) string {
	plain := printable(raw, len(raw))
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.clean == nil {
		return cut(plain, most)
	}
	plain = s.clean.Replace(plain)
	for _, form := range s.forms {
		for n := min(len(form)-1, len(plain)); n >= shortestPart; n-- {
			if strings.HasSuffix(plain, form[:n]) {
				plain = plain[:len(plain)-n] + redacted
				break
			}
		}
	}
	return cut(plain, most)
}

// printable puts raw on one line of at most so many bytes: blanks become one space; control characters, invisible ones
// that change how a line reads, and broken UTF-8 are dropped.
func printable(raw string, most int) string {
	var b strings.Builder
	blank := false
	for _, r := range raw {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
		case r == utf8.RuneError, !unicode.IsGraphic(r):
		default:
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			b.WriteRune(r)
		}
	}
	return cut(b.String(), most)
}

// cut shortens s to at most so many bytes, at a letter's end, and says that it did.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
