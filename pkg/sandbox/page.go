package sandbox

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	defaultPageSize = 25
	maxPageSize     = 100
)

// page is one page of the items as the vendor's entity listing. show renders an item.
func page[T any](q url.Values, path string, items []T, show func(T) []byte) ([]byte, error) {
	size, err := intParam(q, "pageSize", defaultPageSize)
	if err != nil || size < 1 || size > maxPageSize {
		return nil, badRequest("pageSize must be between 1 and %d", maxPageSize)
	}
	number, err := intParam(q, "pageNumber", 1)
	if err != nil || number < 1 {
		return nil, badRequest("pageNumber must be 1 or more")
	}
	count := (len(items) + size - 1) / size
	from := min(size*(min(number, count+1)-1), len(items))
	part := items[from:min(from+size, len(items))]

	docs := make([][]byte, len(part))
	for i, item := range part {
		docs[i] = show(item)
	}
	link := func(n int) string {
		v := url.Values{}
		for k := range q {
			v[k] = q[k]
		}
		v.Set("pageSize", strconv.Itoa(size))
		v.Set("pageNumber", strconv.Itoa(n))
		return path + "?" + v.Encode()
	}
	meta := pageMeta{
		PageSize: size, PageNumber: number, Total: len(items), PageCount: count,
		FirstURI: link(1), LastURI: link(max(count, 1)), SelfURI: link(number),
	}
	if number < count {
		meta.NextURI = link(number + 1)
	}
	if number > 1 {
		meta.PreviousURI = link(number - 1)
	}
	return entities(docs, append([]byte(","), mustMarshal(meta)[1:]...)), nil
}

// entities is the vendor's listing of documents, with what follows the list: without paging the end of the object.
func entities(docs [][]byte, rest []byte) []byte {
	size := 0
	for _, doc := range docs {
		size += len(doc) + 1
	}
	out := append(make([]byte, 0, size+len(rest)+20), `{"entities":[`...)
	for i, doc := range docs {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, doc...)
	}
	return append(append(out, ']'), rest...)
}

type pageMeta struct {
	PageSize    int    `json:"pageSize"`
	PageNumber  int    `json:"pageNumber"`
	Total       int    `json:"total"`
	FirstURI    string `json:"firstUri"`
	PreviousURI string `json:"previousUri,omitempty"`
	NextURI     string `json:"nextUri,omitempty"`
	LastURI     string `json:"lastUri"`
	SelfURI     string `json:"selfUri"`
	PageCount   int    `json:"pageCount"`
}

func intParam(q url.Values, key string, def int) (int, error) {
	if !q.Has(key) {
		return def, nil
	}
	return strconv.Atoi(q.Get(key))
}

// listParam reads a parameter with several values, repeated or separated by commas; nil where it is absent.
func listParam(q url.Values, key string) []string {
	var all []string
	for _, v := range q[key] {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	if all == nil && q.Has(key) {
		return []string{}
	}
	return all
}

// sortItems orders items by sortBy and sortOrder; field is the text of an item's member.
func sortItems[T any](q url.Values, items []T, field func(item T, name string) string) {
	by := q.Get("sortBy")
	if by == "" {
		return
	}
	descending := strings.HasPrefix(strings.ToLower(q.Get("sortOrder")), "desc")
	compare := func(a, b T) int {
		if descending {
			a, b = b, a
		}
		return compareFold(field(a, by), field(b, by))
	}
	if !slices.IsSortedFunc(items, compare) { // a large organisation is sorted for each of its pages
		slices.SortStableFunc(items, compare)
	}
}

// compareFold compares without regard to case.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x|y >= utf8.RuneSelf {
			return strings.Compare(strings.ToLower(a), strings.ToLower(b))
		}
		if c := cmp.Compare(lower(x), lower(y)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// containsFold is how the vendor's name filters work: partial and case-insensitive.
func containsFold(s, part string) bool {
	return part == "" || strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
