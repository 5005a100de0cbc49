package rawjson

import (
	"encoding/binary"
	"fmt"
)

// unfinished is the problem of a string that continues past the end of the document.
const unfinished = "ends inside a string"

// stringEnd is the end of the string whose text goes on at doc[i], or where a problem is. Scanning an unfinished string
// can resume there.
func stringEnd(doc []byte, i int) (end int, problem string) {
	for i = plain(doc, i); i < len(doc); i = plain(doc, i) {
		switch c := doc[i]; {
		case c == '"':
			return i + 1, ""
		case c < 0x20:
			return i, fmt.Sprintf("control character %#02x in a string", c)
		case c != '\\':
			i++
		case i+1 == len(doc):
			return i, unfinished
		case doc[i+1] == 'u':
			switch digits := doc[i+2 : min(i+6, len(doc))]; {
			case !allHex(digits):
				return i, "four hexadecimal digits are expected after \\u"
			case len(digits) < 4:
				return i, unfinished
			}
			i += 6
		case escapes[doc[i+1]] == 0:
			return i + 1, fmt.Sprintf("unknown escape %q", doc[i+1])
		default:
			i += 2
		}
	}
	return len(doc), unfinished
}

// plain passes over the text of a string eight bytes at a time, for as long as none of them is a quote, a backslash or
// a control character; strings are most of a document.
func plain(doc []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(doc) {
		b := binary.LittleEndian.Uint64(doc[i:])
		quote, backslash := b^ones*'"', b^ones*'\\'
		// A byte below n borrows from its top bit in b-ones*n.
		if ((b-ones*' ')&^b|(quote-ones)&^quote|(backslash-ones)&^backslash)&tops != 0 {
			break
		}
		i += 8
	}
	return i
}
