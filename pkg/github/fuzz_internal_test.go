package github

import (
	"slices"
	"strings"
	"testing"
)

// An answer of GraphQL makes a comment ours only where it names the token's account as author, and as editor if there
// is one.
func FuzzGraphQLAnswer(f *testing.F) {
	for _, s := range []string{
		`{"data":{"node":{"body":"b","author":{"__typename":"Bot","login":"github-actions","databaseId":41898282},` +
			`"editor":null,"lastEditedAt":null}}}`,
		`{"data":{"node":{"author":{"__typename":"Bot","login":"x"},` +
			`"editor":{"__typename":"User","login":"anna"},"lastEditedAt":"2026"}}}`,
		`{"data":{"node":null},"errors":[{"type":"NOT_FOUND"}]}`, `{"data":{"node":{"lastEditedAt":"x"}}}`, `[]`, ``,
	} {
		f.Add([]byte(s))
	}
	me := identity{login: jobLogin, id: 41898282, kind: kindBot}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var got graphComment
		if parseAnswer(answer, &got) != nil {
			return
		}
		if got.trust(me, "b") != Trusted {
			return
		}
		n := got.Node
		if n == nil || n.Author == nil || !me.is(n.Author.actor()) {
			t.Fatalf("trusted without our being the author: %s", answer)
		}
		if n.LastEditedAt != nil && (n.Editor == nil || !me.is(n.Editor.actor())) {
			t.Fatalf("trusted though another account edited it: %s", answer)
		}
	})
}

func FuzzParseBlock(f *testing.F) {
	from := int64(3000)
	lists := Lists(Approved{
		Label: "prod", Organization: "emea", Environment: "mypurecloud.ie",
		Rows:      []Row{{ID: "A", From: &from, To: 5000, Used: UsedInStep}, {ID: "-->", To: 1}},
		Unchanged: []Row{{ID: "B", To: 2}},
	})
	block, err := encodeBlock(lists)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("marker\n" + block + "\n\ntext")
	f.Add("marker\r\n" + block + "\r\n")
	f.Add("marker\n" + approvedOpen + "AAAA" + approvedClose)
	f.Fuzz(func(t *testing.T, body string) {
		lists := parseBlock(body)
		for _, l := range lists {
			if !l.Folded && l.Hash() != l.Plan {
				t.Fatalf("rows of another plan: %+v", l)
			}
		}
		if len(lists) == 0 {
			return
		}
		block, err := encodeBlock(lists)
		if err != nil {
			t.Fatal(err)
		}
		if block == "" {
			return // over the limit once unpacked and packed anew
		}
		if strings.Count(block, "-->") != 1 || strings.ContainsAny(block, "\r\n") || len(block) > MaxApproved {
			t.Fatalf("block %q", block)
		}
		again := parseBlock("\n" + block)
		same := slices.EqualFunc(lists, again, func(a, b List) bool {
			return a.Plan == b.Plan && a.sameTarget(b.Approved) &&
				(b.Folded || slices.EqualFunc(sortedRows(a.Rows), b.Rows, func(x, y Row) bool {
					return x.equal(y) && x.Used == y.Used
				}))
		})
		if !same {
			t.Fatalf("%+v became %+v", lists, again)
		}
	})
}
