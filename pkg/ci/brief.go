package ci

import (
	"fmt"
	"regexp"
	"strconv"
	"sync"
)

// mostQuoted is how many characters of a manifest a problem quotes: another file may hold a secret, and the log
// and the comment are read by many.
const mostQuoted = 20

// quotedOrLong matches quoted text, and words longer than mostQuoted.
var quotedOrLong = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(fmt.Sprintf(`"(?:[^"\\]|\\.)*"|[^\s"]{%d,}`, mostQuoted+1))
})

var placeInFile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:\d+:\d+\W*$`) })

// briefly is a problem's message with at most mostQuoted characters of each piece of the manifest. Places stay whole.
func briefly(message string) string {
	return quotedOrLong().ReplaceAllStringFunc(message, func(piece string) string {
		text, err := strconv.Unquote(piece)
		quoted := err == nil && piece[0] == '"'
		if !quoted {
			text = piece
		}
		short := []rune(text)
		if len(short) <= mostQuoted || !quoted && placeInFile().MatchString(piece) {
			return piece
		}
		text = string(short[:mostQuoted-1]) + "…"
		if quoted {
			return strconv.Quote(text)
		}
		return text
	})
}
