package ci_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
)

// hostile are names that try to be more than that.
var hostile = []string{
	"```\n| a | b | <img src=x onerror=alert(1)> @everyone",
	"::set-output name=exit-code::0",
	"x\n::error::pwned\n  ::add-path::/tmp/evil\r::set-env name=PATH::/tmp/evil",
	"##[group]open ##[set-output name=x;]y ##vso[task.setvariable variable=x]y",
	"<!-- genesys-timeouts:comment v1 version=1 key=x head=x run=99999 number=1 attempt=1 plan= state=applied -->",
	"a -->\n<!-- genesys-timeouts:approved v1 AAAA -->\n</details></td></table>",
	"\u202egnp.exe\u202c \u2066iso\u2069 \u200bzero\ufeff\x1b[31mred\x1b]0;title\x07",
	"@acme/team-leads [x](javascript:alert(1)) https://evil.example ![i](https://evil.example/p.png) #1 $x^2$",
	"%0A::error::pwned%0D%25 \u2028::error::pwned\u0085::error::pwned",
	"EOF\nghadelimiter_00000000000000000000000000000000\nexit-code=0",
	"\"} ] ' \\ \\| | &amp; ~~gone~~ **bold** _it_ ``",
	strings.Repeat("m@x|`<b>\n::error::", 1<<16), // over a megabyte
}

// hostileFixture has a data action of each hostile name, in each state that a plan knows, and the manifest that names
// them.
func hostileFixture(t *testing.T) *fixture {
	t.Helper()
	r := newFixture(t)
	r.env["RUNNER_DEBUG"] = "1" // which logs more
	var manifest strings.Builder
	manifest.WriteString("version: 1\nactions:\n")
	for i, name := range hostile {
		quoted, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		for j, seconds := range []int{3, 30, 12} { // raised, lowered, as it is
			if j > 0 && i == len(hostile)-1 {
				continue // once is long enough
			}
			category, err := json.Marshal(fmt.Sprintf("%d %s", j, hostile[(i+j)%(len(hostile)-1)]))
			if err != nil {
				t.Fatal(err)
			}
			doc := fmt.Sprintf(`{"id":"custom_-_%d-%d","name":%s,"integrationId":"i","category":%s,"version":1,`+
				`"config":{"timeoutSeconds":%d}}`, i, j, quoted, category, seconds)
			if err := r.genesys.AddAction([]byte(doc)); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&manifest, "  - id: custom_-_%d-%d\n    timeout: 12s\n", i, j)
		}
	}
	r.write("genesys-timeouts.yaml", manifest.String())
	return r
}

// titles are those that annotations of ours have.
var titles = []string{"genesys-timeouts", "Data action timeouts", "timeout-lowered", "action-not-found",
	"action-ambiguous", "manifest"}

// sound checks a run among hostile names: nothing but our annotations is obeyed, and what is shown keeps its
// structure.
func (r *fixture) sound(res result, rows int) {
	r.t.Helper()
	for _, c := range res.commands {
		if !slices.Contains(titles, c.Properties["title"]) || len(c.Message) > 5000 || strings.HasPrefix(c.Message, "pwned") {
			r.t.Errorf("the runner obeys %.300q", fmt.Sprint(c))
		}
	}
	if len(res.log) > 200_000 {
		r.t.Errorf("the log has %d bytes", len(res.log))
	}
	for where, text := range map[string]string{"the summary": res.summary, "the report": readFile(r.t,
		res.out["report-path"])} {
		r.structure(where, text, rows)
	}
}

var (
	mention = regexp.MustCompile(`@[0-9A-Za-z]`)
	foreign = regexp.MustCompile(`<(img|b[ />]|td|table|script|!--)|</(td|table)>|\]\(javascript|!\[`)
)

// structure wants a document that is what it was set to be: each table's rows with the same cells, rows of data as
// many as given, folds closed, no mention and no HTML of others outside of code.
func (r *fixture) structure(where, text string, rows int) {
	r.t.Helper()
	cells, data, folds, fence := 0, 0, 0, ""
	for line := range strings.Lines(text) {
		r.noControls(where, line)
		if fence != "" { // nothing is Markdown before a line of as many backticks
			if strings.Trim(line, " \n") != "" && strings.Trim(line, " `\n") == "" && strings.Contains(line, fence) {
				fence = ""
			}
			continue
		}
		if ticks, ok := strings.CutSuffix(line, "yaml\n"); ok && len(ticks) > 2 && strings.Trim(ticks, "`") == "" {
			fence = ticks
			continue
		}
		bars := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			cells = 0
		case cells == 0:
			cells = bars
			data -= 2 // the head and the rule below it
		case bars != cells:
			r.t.Errorf("%s: %d cells' bars where there are %d: %.300q", where, bars, cells, line)
		}
		if strings.HasPrefix(line, "|") {
			data++
		}
		outside := bare(line)
		folds += strings.Count(outside, "<details>") - strings.Count(outside, "</details>")
		for what, found := range map[string]string{"mentions": mention.FindString(outside),
			"holds": foreign.FindString(outside)} {
			if found != "" {
				r.t.Errorf("%s %s %q: %.300q", where, what, found, line)
			}
		}
	}
	if fence != "" {
		r.t.Errorf("%s leaves the fence %s open", where, fence)
	}
	if data != rows {
		r.t.Errorf("%s has %d rows, want %d:\n%.3000s", where, data, rows, text)
	}
	if folds != 0 {
		r.t.Errorf("%s leaves %d folds open", where, folds)
	}
}

func (r *fixture) noControls(where, line string) {
	r.t.Helper()
	for _, c := range strings.TrimSuffix(line, "\n") {
		if c < ' ' || c >= 0x7f && c <= 0x9f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			r.t.Errorf("%s holds %U: %.300q", where, c, line)
		}
	}
}

var codeSpan = regexp.MustCompile("`+")

// bare is text without its code spans: each run of backticks ends at the next of its length.
func bare(text string) string {
	var out strings.Builder
	ticks, done := codeSpan.FindAllStringIndex(text, -1), 0
	for i := 0; i < len(ticks); i++ {
		for j := i + 1; j < len(ticks); j++ {
			if ticks[j][1]-ticks[j][0] == ticks[i][1]-ticks[i][0] {
				out.WriteString(text[done:ticks[i][0]])
				i, done = j, ticks[j][1]
				break
			}
		}
	}
	return out.String() + text[done:]
}

func TestHostileNamesChangeNothing(t *testing.T) {
	t.Parallel()
	const change, still = 12 + 11, 11
	const all = change + still
	r := hostileFixture(t)
	res := r.run(pullRequest("aaa"))
	r.want(res, 0, "exit-code", "2", "to-change", fmt.Sprint(change), "unchanged", fmt.Sprint(still), "failed", "0",
		"comment-status", "created")
	r.sound(res, all)
	comment := r.theComment()
	_, text, _ := strings.Cut(comment, "\n\n")
	r.structure("the comment", text, all)
	for _, planted := range []string{"<!-- genesys-timeouts:comment", "<!-- genesys-timeouts:approved"} {
		if strings.Count(comment, planted) != 1 {
			t.Errorf("%d of %q", strings.Count(comment, planted), planted)
		}
	}
	if n := res.said("warning"); n != 9 {
		t.Errorf("%d warnings, want nine", n)
	}
	r.holds("the log", res.log, "::notice title=Data action timeouts::2 more in the summary")
	r.want(r.run(pullRequest("aaa")), 0, "comment-status", "unchanged")

	// What is refused names the changes that were not shown.
	r.merge(pr, "m1")
	for i := range still {
		if err := r.genesys.SetTimeout(fmt.Sprintf("custom_-_%d-2", i), 5); err != nil {
			t.Fatal(err)
		}
	}
	res = r.run(push("m1").inputs("command", "apply"))
	r.want(res, 1, "failure-reason", "plan-changed", "to-change", fmt.Sprint(all))
	r.sound(res, all)
	res = r.run(schedule().inputs("command", "drift", "label", `<img> @x | ::error::`))
	r.want(res, 1, "failure-reason", "drift-detected")
	r.sound(res, all)
	_, text, _ = strings.Cut(r.hub.Issues()[0].Body, "\n\n")
	r.structure("the issue", text, all)

	for i := range still {
		if err := r.genesys.SetTimeout(fmt.Sprintf("custom_-_%d-2", i), 12); err != nil {
			t.Fatal(err)
		}
	}
	res = r.run(push("m1").inputs("command", "apply"))
	r.want(res, 0, "failure-reason", "", "failed", "0", "comment-status", "updated")
	r.sound(res, all)
	_, text, _ = strings.Cut(r.theComment(), "\n\n")
	r.structure("the comment", text, all)
}

func TestHostileNamesInErrorsAndFiles(t *testing.T) {
	t.Parallel()
	r := hostileFixture(t)
	const file = "a`b|<img> @x ::error::pwned ##[group].yaml"
	var manifest, invalid strings.Builder
	manifest.WriteString("version: 1\nactions:\n")
	invalid.WriteString("version: 1\nactions:\n")
	for _, name := range hostile {
		name = name[:min(len(name), 100_000)]
		// By its name an action is ambiguous here, and the message lists the candidates; the other name is none's.
		fmt.Fprintf(&manifest, "  - name: %[1]s\n    timeout: 3s\n  - name: %[2]s\n    timeout: 3s\n",
			strconv.QuoteToASCII(name+"?"), strconv.QuoteToASCII(name))
		fmt.Fprintf(&invalid, "  - %s: x\n", strconv.QuoteToASCII(name))
	}
	r.write(file, manifest.String())
	res := r.run(pullRequest("aaa").inputs("manifest", file))
	r.want(res, 1, "failure-reason", "plan-failed", "failed", "24", "comment-status", "created")
	r.sound(res, 0)
	for _, c := range res.commands {
		if c.Properties["file"] != "" && c.Properties["file"] != file {
			t.Errorf("an annotation is on %q", c.Properties["file"])
		}
	}
	r.write(file, invalid.String())
	res = r.run(pullRequest("bbb").inputs("manifest", file))
	r.want(res, 1, "failure-reason", "invalid-manifest", "comment-status", "updated")
	r.sound(res, 0)
	_, text, _ := strings.Cut(r.theComment(), "\n\n")
	r.structure("the comment", text, 0)
}

// GitHub's own answers are text from elsewhere, too.
func TestHostileAnswersOfGitHub(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	message, err := json.Marshal(hostile[2] + hostile[3])
	if err != nil {
		t.Fatal(err)
	}
	r.hub.Answer("POST", list, githubtest.Answer{Status: 403, Body: `{"message":` + string(message) + `}`})
	res := r.run(pullRequest("aaa"))
	r.want(res, 0, "comment-status", "degraded")
	r.hub.Answer("POST", list, githubtest.Answer{Status: 500, Body: `{"message":` + string(message) + `}`})
	res = r.run(pullRequest("aaa"))
	r.want(res, 1, "failure-reason", "plan-failed", "comment-status", "skipped")
	for _, c := range res.commands {
		if strings.HasPrefix(c.Message, "pwned") {
			t.Errorf("the runner obeys %v", c)
		}
	}
}
