package github_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/github/githubtest"
)

func hash(label, environment, manifestDigest string, rows []github.Row) string {
	return github.Approved{Label: label, Environment: environment, ManifestDigest: manifestDigest, Rows: rows}.Hash()
}

func TestHashIsOfTheCanonicalList(t *testing.T) {
	rows := approved.Rows
	base := hash("prod", "mypurecloud.ie", "sha256:aa", rows)
	reversed := slices.Clone(rows)
	slices.Reverse(reversed)
	if hash("prod", "mypurecloud.ie", "sha256:aa", reversed) != base {
		t.Error("the order of rows counts")
	}
	if !strings.HasPrefix(base, "sha256:") || len(base) != len("sha256:")+64 {
		t.Errorf("hash %q", base)
	}
	// Hashes stand in comments that later versions read.
	if got, want := hash("", "mypurecloud.com", "sha256:00", nil),
		"sha256:fb68def7e2f6d9737ed03830736a6a7bb8b55dd941f307c4165e75af4b704e6a"; got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	changed := func(change func(r []github.Row)) string {
		r := slices.Clone(rows)
		change(r)
		return hash("prod", "mypurecloud.ie", "sha256:aa", r)
	}
	for name, h := range map[string]string{
		"label":           hash("test", "mypurecloud.ie", "sha256:aa", rows),
		"environment":     hash("prod", "mypurecloud.de", "sha256:aa", rows),
		"manifest":        hash("prod", "mypurecloud.ie", "sha256:bb", rows),
		"shifted":         hash("prodm", "ypurecloud.ie", "sha256:aa", rows),
		"fewer rows":      hash("prod", "mypurecloud.ie", "sha256:aa", rows[:1]),
		"another from":    changed(func(r []github.Row) { r[0].From = new(int64(4000)) }),
		"another to":      changed(func(r []github.Row) { r[0].To = 1 }),
		"another id":      changed(func(r []github.Row) { r[0].ID = "x" }),
		"unset is not 0":  changed(func(r []github.Row) { r[1].From = new(int64(0)) }),
		"swapped targets": changed(func(r []github.Row) { r[0].To, r[1].To = r[1].To, r[0].To }),
	} {
		if h == base {
			t.Errorf("%s does not count", name)
		}
	}
}

// shown puts a comment on the pull request and reads it back as an apply would.
func shown(t *testing.T, m github.Marker, a *github.Approved) github.Comment {
	t.Helper()
	s, _, c := setup(t)
	body, err := github.ComposeShown(m, a, func(int) string {
		return "<!-- genesys-timeouts:approved v2 AAAA -->\n| `<!-- genesys-timeouts:comment` |"
	})
	if err != nil {
		t.Fatal(err)
	}
	s.AddComment(pr, githubtest.JobLogin, body)
	found, err := c.FindComment(t.Context(), pr, m.Key)
	if err != nil || found == nil {
		t.Fatalf("found %v, %v", found, err)
	}
	return *found
}

func TestApprovedListRoundTrip(t *testing.T) {
	got := shown(t, marker(1), &approved)
	if d := cmp.Diff(github.Lists(approved), got.Lists); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestAListThatDoesNotFitIsLeftOutWhole(t *testing.T) {
	big := approved
	for i := range 5000 {
		big.Rows = append(
			big.Rows,
			github.Row{ID: fmt.Sprintf("custom_-_%016x", uint64(i)*0x9e3779b97f4a7c15), To: int64(i)},
		)
	}
	m := marker(1)
	m.Plan = big.Hash()
	got := shown(t, m, &big)
	if len(got.Lists) != 1 || !got.Lists[0].Folded || len(got.Lists[0].Rows) > 0 {
		t.Errorf("a list of 5,000 rows fitted: %+v", got.Lists)
	}
	if got.Lists[0].Plan != big.Hash() {
		t.Errorf("the list is of plan %s, not %s", got.Lists[0].Plan, big.Hash())
	}
}

func TestBlocksThatCannotBeReadAreNone(t *testing.T) {
	pack := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return base64.StdEncoding.EncodeToString(b.Bytes())
	}
	for name, block := range map[string]string{
		"no base64":        "@@@",
		"no gzip":          "AAAA",
		"cut short":        pack(`[{"r":[["a",1,2]]}]`)[:20],
		"no JSON":          pack("rows"),
		"a row too short":  pack(`[{"f":true,"r":[["a",1]]}]`),
		"a row of strings": pack(`[{"f":true,"r":[["a","1","2"]]}]`),
		"an entry short":   pack(`[{"f":true,"u":[["a"]]}]`),
		"another plan's":   pack(`[{"h":"sha256:x","r":[["a",1,2]]}]`),
		"a bomb":           pack(strings.Repeat(" ", 9<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			s, _, c := setup(t)
			s.AddComment(
				pr,
				githubtest.JobLogin,
				marker(1).String()+"\n<!-- genesys-timeouts:approved v2 "+block+" -->\n\ntext",
			)
			found, err := c.FindComment(t.Context(), pr, key)
			if err != nil || found == nil || len(found.Lists) > 0 {
				t.Errorf("found %+v, %v", found, err)
			}
		})
	}
}

func TestABlockBelowTheSecondLineIsText(t *testing.T) {
	s, _, c := setup(t)
	full := compose(t, marker(1), "")
	block := strings.Split(full, "\n")[1]
	s.AddComment(pr, githubtest.JobLogin, marker(1).String()+"\n\n"+block+"\n")
	found, err := c.FindComment(t.Context(), pr, key)
	if err != nil || found == nil || len(found.Lists) > 0 {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestHostileIdsDoNotEndTheBlock(t *testing.T) {
	a := approved
	a.Label = "--> <script>"
	a.Rows = []github.Row{{ID: "--> @everyone\n::set-output\u202e", From: new(int64(1)), To: 2}}
	m := marker(1)
	m.Plan = a.Hash()
	body, err := github.ComposeShown(m, &a, func(int) string { return "" })
	if err != nil || strings.Count(body, "-->") != 2 || strings.Contains(body, "everyone") {
		t.Errorf("body %q, %v", body, err)
	}
	if d := cmp.Diff(github.Lists(a), shown(t, m, &a).Lists); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestFindCommentWithoutAny(t *testing.T) {
	s, _, c := setup(t)
	s.AddComment(pr, "mallory", compose(t, marker(1), "planted"))
	if found, err := c.FindComment(t.Context(), pr, key); found != nil || err != nil {
		t.Errorf("found %+v, %v", found, err)
	}
}
