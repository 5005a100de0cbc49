package github_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/github"
)

func row(id string, from, to int64) github.Row { return github.Row{ID: id, From: &from, To: to} }

func used(r github.Row, use github.Use) github.Row {
	r.Used = use
	return r
}

func prod(rows ...github.Row) github.Approved {
	return github.Approved{Label: "prod", Environment: "mypurecloud.ie", ManifestDigest: "sha256:aa", Rows: rows}
}

// source is a pull request whose comment shows a plan.
func source(number int, a github.Approved) github.Source {
	list := github.Lists(a)[0]
	return github.Source{
		Pull: github.Pull{Number: number}, Comment: github.Comment{ID: int64(number)}, List: &list, InPush: true,
		Trust: github.Trusted,
	}
}

func with(s github.Source, change func(s *github.Source)) github.Source {
	change(&s)
	return s
}

func folded(number int, a github.Approved, use github.Use) github.Source {
	return with(
		source(number, a),
		func(s *github.Source) { s.List.Rows, s.List.Folded, s.List.Used = nil, true, use },
	)
}

func seconds(ms *int64) string {
	if ms == nil {
		return "unset"
	}
	return fmt.Sprintf("%ds", *ms/1000)
}

// decided is a decision as lines: "+A 3s>5s by [1]" and "-A: reason".
func decided(d github.Decision) []string {
	var out []string
	for _, a := range d.Allowed {
		out = append(out, fmt.Sprintf("+%s %s>%s by %v", a.Row.ID, seconds(a.Row.From), seconds(&a.Row.To), a.Pulls))
	}
	for _, f := range d.Refused {
		out = append(out, fmt.Sprintf("-%s %s: %s", f.Row.ID, f.Reason, f.Why(seconds)))
	}
	return out
}

func TestDecide(t *testing.T) {
	a := row("A", 3000, 5000)
	b := row("B", 8000, 9000)
	another := func(change func(a *github.Approved)) github.Approved {
		p := prod(a)
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		wanted  github.Approved
		sources []github.Source
		want    []string
	}{
		"the plan that was shown": {
			prod(a, b), []github.Source{source(1, prod(a, b))}, []string{"+A 3s>5s by [1]", "+B 8s>9s by [1]"},
		},
		"nothing to write": {prod(), nil, nil},
		"what is left after an apply that failed half-way": {
			prod(b), []github.Source{source(1, prod(used(a, github.UsedByWrite), b))}, []string{"+B 8s>9s by [1]"},
		},
		"two pull requests of one push, each with its change": {
			prod(a, b), []github.Source{source(1, prod(a)), source(2, prod(b))},
			[]string{"+A 3s>5s by [1]", "+B 8s>9s by [2]"},
		},
		"two pull requests that showed the same change": {
			prod(a), []github.Source{source(1, prod(a)), source(2, prod(a))}, []string{"+A 3s>5s by [1 2]"},
		},
		"an earlier pull request whose run was cancelled": {
			prod(a, b), []github.Source{
				with(source(1, prod(a)), func(s *github.Source) { s.InPush = false }), source(2, prod(b)),
			}, []string{"+A 3s>5s by [1]", "+B 8s>9s by [2]"},
		},
		"other manifests were merged in between": {
			another(func(p *github.Approved) { p.ManifestDigest = "sha256:bb" }),
			[]github.Source{source(1, prod(a, b))},
			[]string{"+A 3s>5s by [1]"},
		},
		"a re-run after the change was applied and reverted live": {
			prod(a), []github.Source{source(1, prod(used(a, github.UsedByWrite)))},
			[]string{"-A used-up: the approval by pull request #1 is used up: it was applied already"},
		},
		"a re-run after the change was found in step": {
			prod(a), []github.Source{source(1, prod(used(a, github.UsedInStep)))},
			[]string{"-A used-up: the approval by pull request #1 is used up: a run found it in step"},
		},
		"used by one pull request, not used by another": {
			prod(a), []github.Source{source(1, prod(used(a, github.UsedByWrite))), source(2, prod(a))},
			[]string{"+A 3s>5s by [2]"},
		},
		"a later push wanted another value": {
			prod(a), []github.Source{source(1, prod(used(a, github.UsedEnded)))},
			[]string{"-A ended: the approval by pull request #1 has ended: a later push wanted another value"},
		},
		"a later pull request wants another value, and its run has not run": {
			prod(a), []github.Source{
				source(1, prod(a)), with(source(2, prod(row("A", 3000, 7000))),
					func(s *github.Source) { s.InPush, s.Later = false, true }),
			}, []string{"-A ended: pull request #2, merged later, wants 7s"},
		},
		"a later pull request takes the change back": {
			prod(a), []github.Source{source(1, prod(a)), with(source(2, prod()), func(s *github.Source) {
				s.Later, s.List.Unchanged = true, []github.Row{{ID: "A", To: 3000}}
			})}, []string{"-A ended: pull request #2, merged later, wants 3s"},
		},
		"a later pull request wants the same value": {
			prod(a), []github.Source{source(1, prod(a)),
				with(source(2, prod(a)), func(s *github.Source) { s.Later = true })},
			[]string{"+A 3s>5s by [1]"},
		},
		"only a later pull request showed it": {
			prod(a), []github.Source{with(source(2, prod(a)), func(s *github.Source) { s.Later = true })},
			[]string{"-A not-shown: no merged pull request showed it"},
		},
		"another user changed the live timeout": {
			prod(row("A", 9000, 5000)), []github.Source{source(1, prod(a))},
			[]string{"-A live-changed: pull request #1 showed it from 3s, and live is 9s now"},
		},
		"unset is not zero": {
			prod(github.Row{ID: "A", To: 5000}), []github.Source{source(1, prod(row("A", 0, 5000)))},
			[]string{"-A live-changed: pull request #1 showed it from 0s, and live is unset now"},
		},
		"another value than shown": {
			prod(row("A", 3000, 4000)), []github.Source{source(1, prod(a))},
			[]string{"-A other-value: pull request #1 showed it to 5s, not 4s"},
		},
		"an action was added": {
			prod(a, b), []github.Source{source(1, prod(a))},
			[]string{"+A 3s>5s by [1]", "-B not-shown: no merged pull request showed it"},
		},
		"another label": {
			another(func(p *github.Approved) { p.Label = "test" }),
			[]github.Source{with(source(1, prod(a)), func(s *github.Source) { s.List = nil })},
			[]string{"-A not-shown: no merged pull request showed it"},
		},
		"an edited comment": {
			prod(a), []github.Source{with(source(1, prod(a)), func(s *github.Source) { s.Invalid = "edited" })},
			[]string{"-A invalid: edited"},
		},
		"an edited comment beside one that counts": {
			prod(a), []github.Source{with(source(1, prod(a)), func(s *github.Source) { s.Invalid = "edited" }),
				source(2, prod(a))},
			[]string{"+A 3s>5s by [2]"},
		},
		"a list that did not fit, and the very same plan": {
			prod(a, b), []github.Source{folded(1, prod(a, b), github.Unused)},
			[]string{"+A 3s>5s by [1]", "+B 8s>9s by [1]"},
		},
		"a list that did not fit, and part of the plan": {
			prod(a), []github.Source{folded(1, prod(a, b), github.Unused)},
			[]string{"-A not-listed: the comment on pull request #1 was too long to list its changes, " +
				"and the plan is not the very same one"},
		},
		"a list that did not fit, used up": {
			prod(a), []github.Source{folded(1, prod(a), github.UsedByWrite)},
			[]string{"-A used-up: the approval by pull request #1 is used up: it was applied already"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := github.Decide(c.wanted, c.sources)
			if diff := cmp.Diff(c.want, decided(d)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			refused := slices.ContainsFunc(c.want, func(s string) bool { return strings.HasPrefix(s, "-") })
			if d.OK() == refused {
				t.Errorf("OK is %v", d.OK())
			}
		})
	}
}

func TestADecisionWithoutAPlanSaysWhatIsWrongWithThoseFound(t *testing.T) {
	edited := with(source(1, prod(row("A", 1, 2))), func(s *github.Source) { s.Invalid = "it was edited" })
	d := github.Decide(prod(row("A", 1, 2)), []github.Source{edited})
	if diff := cmp.Diff([]string{"it was edited"}, d.NoPlanWhy); diff != "" || !d.NoPlan {
		t.Errorf("no plan %v (-want +got):\n%s", d.NoPlan, diff)
	}
	if d := github.Decide(prod(row("A", 1, 2)), []github.Source{source(1, prod())}); d.NoPlan || d.OK() {
		t.Errorf("decision %+v", d)
	}
	if d := github.Decide(prod(row("A", 1, 2)), nil); !d.NoPlan || d.OK() {
		t.Errorf("decision %+v", d)
	}
}

func TestARunUsesUpWhatItWroteFoundOrOverruled(t *testing.T) {
	a, b, c, d := row("A", 3000, 5000), row("B", 8000, 9000), row("C", 1000, 2000), row("D", 1000, 2000)
	wanted := prod(a, row("C", 1000, 4000))
	wanted.Unchanged = []github.Row{{ID: "B", To: 9000}, {ID: "E", To: 1000}}
	e := row("E", 2000, 3000)
	s := source(1, prod(a, b, c, d, e))
	list, changed := s.Mark(wanted, []github.Row{a})
	var got []string
	for _, r := range list.Rows {
		got = append(got, r.ID+" "+string(r.Used))
	}
	want := []string{"A applied", "B in-step", "C ended", "D ", "E ended"}
	if diff := cmp.Diff(want, got); diff != "" || !changed {
		t.Errorf("changed %v (-want +got):\n%s", changed, diff)
	}
	if s.List.Rows[0].Used != github.Unused {
		t.Error("the source itself was changed")
	}
	if _, changed := source(1, prod(a)).Mark(prod(a), nil); changed {
		t.Error("a run that wrote nothing used an approval up")
	}
	s.List = &list
	if _, changed := s.Mark(wanted, []github.Row{a}); changed {
		t.Error("what is used up was used up again")
	}
}

func TestAListThatDidNotFitIsUsedAsAWhole(t *testing.T) {
	a, b := row("A", 3000, 5000), row("B", 8000, 9000)
	for name, c := range map[string]struct {
		wanted  github.Approved
		written []github.Row
		want    github.Use
	}{
		"one change was written":   {prod(a, b), []github.Row{a}, github.UsedByWrite},
		"nothing was left":         {prod(), nil, github.UsedInStep},
		"nothing could be written": {prod(a, b), nil, github.Unused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, changed := folded(1, prod(a, b), github.Unused).Mark(c.wanted, c.written)
			if list.Used != c.want || changed != (c.want != github.Unused) {
				t.Errorf("used %q, changed %v", list.Used, changed)
			}
		})
	}
}

func TestSourcesThatARunWritesInto(t *testing.T) {
	a, b := row("A", 3000, 5000), row("B", 8000, 9000)
	earlier := func(number int, rows ...github.Row) github.Source {
		return with(source(number, prod(rows...)), func(s *github.Source) { s.InPush = false })
	}
	wanted := prod(a)
	wanted.Unchanged = []github.Row{{ID: "C", To: 1000}}
	sources := []github.Source{
		source(1, prod()), earlier(2, a), earlier(3, row("C", 500, 1000)), earlier(4, b),
		with(source(5, prod(a)), func(s *github.Source) { s.InPush, s.Later = false, true }),
		{Pull: github.Pull{Number: 6}, InPush: true, Invalid: "no comment"},
	}
	var got []int
	for _, s := range github.Concerned(sources, wanted, github.Decide(wanted, sources), nil) {
		got = append(got, s.Pull.Number)
	}
	if d := cmp.Diff([]int{1, 2, 3}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
