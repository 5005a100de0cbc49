package genesys

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
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
	forms []form
}

// form is a secret, or what is made of one.
type form struct {
	text string
	ways [][]string // for each character, how it can be spelt, itself first
}

// add makes secret, and the ways it is written in URLs, JSON, HTML and headers, unprintable from now on.
func (s *scrubber) add(secret string) {
	raw := []byte(secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range []string{
		secret, printable(secret, len(secret)),
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
	} {
		known := slices.ContainsFunc(s.forms, func(f form) bool { return f.text == text })
		if len(secret) >= shortestSecret && !known {
			s.forms = append(s.forms, formOf(text))
		}
	}
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

func formOf(secret string) form {
	f := form{text: secret}
	for _, r := range secret {
		f.ways = append(f.ways, spellings(r))
	}
	return f
}

// spellings are the ways in which a character of a secret can turn up. What needs no escape anywhere turns up as
// itself.
func spellings(r rune) []string {
	c := string(r)
	if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-._~", r)) {
		return []string{c}
	}
	var percent, units string
	for _, b := range []byte(c) {
		percent += fmt.Sprintf("%%%02x", b)
	}
	for _, u := range utf16.Encode([]rune{r}) {
		units += fmt.Sprintf(`\u%04x`, u)
	}
	all := []string{c, percent, units, fmt.Sprintf("&#%d;", r), fmt.Sprintf("&#x%x;", r), html.EscapeString(c)}
	if r < 256 {
		all = append(all, fmt.Sprintf(`\x%02x`, r))
	}
	switch r {
	case ' ':
		all = append(all, "+")
	case '"':
		all = append(all, "&quot;", `\"`)
	case '\'':
		all = append(all, "&apos;", `\'`)
	case '\\', '/':
		all = append(all, `\`+c)
	}
	return all
}

// begins is how many bytes of text spell the secret out; at the text's end, which may be cut off, a part of it will do.
func (f form) begins(text string) int {
	if strings.HasPrefix(text, f.text) {
		return len(f.text)
	}
	at := 0
	for done, ways := range f.ways {
		n := 0
		for i, way := range ways {
			if end := at + len(way); end <= len(text) && (text[at:end] == way || i > 0 && strings.EqualFold(text[at:end], way)) {
				n = max(n, len(way))
			} else if done >= shortestPart && end > len(text) && strings.EqualFold(text[at:], way[:len(text)-at]) {
				return len(text)
			}
		}
		if n == 0 {
			return 0
		}
		at += n
	}
	return at
}

// text is raw fit to be shown. Secrets go before the cut, so that none stays in part; raw itself may be the beginning
// of something longer, so the beginning of a secret at its end goes too.
func (s *scrubber) text(raw string, most int) string {
	plain := printable(raw, len(raw))
	s.mu.RLock()
	defer s.mu.RUnlock()
	var b strings.Builder
	for at := 0; at < len(plain); {
		hidden := 0 // the longest: a secret that begins with another goes whole
		for _, f := range s.forms {
			hidden = max(hidden, f.begins(plain[at:]))
		}
		if hidden > 0 {
			b.WriteString(redacted)
			at += hidden
			continue
		}
		b.WriteByte(plain[at])
		at++
	}
	return cut(b.String(), most)
}
