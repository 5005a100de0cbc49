package rawjson

import (
	"encoding/binary"
	"fmt"
)

// stringEnd is the end of the string at doc[i], or where a problem is: at the end of doc where the string goes on.
func stringEnd(doc []byte, i int) (end int, problem string) {
	for i = plain(doc, i+1); i < len(doc); i = plain(doc, i+1) {
		switch c := doc[i]; {
		case c == '"':
			return i + 1, ""
		case c < 0x20:
			return i, fmt.Sprintf("control character %#02x in a string", c)
		case c == '\\' && i+1 < len(doc) && doc[i+1] == 'u':
			if digits := doc[i+2 : min(i+6, len(doc))]; !allHex(digits) {
				return i, "four hexadecimal digits are expected after \\u"
			}
			i += 5
		case c == '\\':
			if i++; i < len(doc) && escapes[doc[i]] == 0 {
				return i, fmt.Sprintf("unknown escape %q", doc[i])
			}
		}
	}
	return len(doc), "ends inside a string"
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
