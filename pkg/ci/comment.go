package ci

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"path/filepath"
	"strings"
	"time"

	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// hub connects to GitHub's API once.
func (r *run) hub() (*github.Client, error) {
	if r.client != nil {
		return r.client, nil
	}
	client, err := github.New(github.Config{
		APIURL: r.event.APIURL, GraphQLURL: r.event.GraphQLURL, Repository: r.event.Repository, Token: r.in.token,
		UserAgent: "genesys-timeouts/" + r.env.Version,
		Transport: &http.Transport{Proxy: r.env.Proxy, IdleConnTimeout: time.Minute},
		Clock:     github.Clock{Now: r.env.Now, Sleep: r.env.SleepFunc()},
	})
	r.client = client
	return client, err
}

// key tells the comments and issues of different plans apart: by label, manifests and what the run is about.
func (r *run) key() string { return r.keyAbout(r.about) }

func (r *run) keyAbout(about string) string {
	folder := filepath.ToSlash(r.folder)
	manifests := []string{path.Join(folder, "(default)")}
	if len(r.in.manifests) > 0 {
		manifests = nil
		for _, m := range r.in.manifests {
			manifests = append(manifests, path.Join(folder, filepath.ToSlash(m)))
		}
	}
	return github.Key(r.in.label, manifests, about)
}

func (r *run) marker(kind github.Kind, planHash string, state github.State) github.Marker {
	return github.Marker{
		Kind: kind, Version: r.env.Version, Key: r.key(), Head: r.event.Head, Run: r.event.Run, Plan: planHash, State: state,
	}
}

// pull is the pull request to comment on; 0 means none.
func (r *run) pull() int {
	if r.in.pull > 0 {
		return r.in.pull
	}
	return r.event.PullNumber
}

// planPull is the pull request that a plan is shown on. A merge queue has no pull request: its plan is of several
// pull requests together.
func (r *run) planPull() int {
	if r.event.EventName == "merge_group" {
		return 0
	}
	return r.pull()
}

// comment makes the plan's comment say what the page says. stable is the page without links and times, by which a
// comment that says the same is left alone; lists are what a merge approves.
func (r *run) comment(ctx context.Context, m github.Marker, lists []github.List, stable string,
	onlyUpdate bool) *failure {
	number := r.planPull()
	if r.in.comment == "never" || number == 0 {
		return nil
	}
	ctx, cancel := lastWord(ctx)
	defer cancel()
	client, err := r.hub()
	var res github.CommentResult
	if err == nil {
		res, err = client.ShowPlan(ctx, number, github.Draft{
			Marker: m, Lists: lists, Stable: stable,
			Text: func(limit int) string { return r.page(r.heading(limit)) },
		}, onlyUpdate)
	}
	if err != nil {
		return &failure{reasonPlanFailed, fmt.Errorf("commenting on pull request #%d: %w", number, err)}
	}
	r.out.commentStatus, r.out.commentURL = string(res.Status), res.URL
	r.left(res.Left)
	return r.degraded(res.Status, fmt.Sprintf("the comment on pull request #%d was not written: %s", number, res.Why))
}

// uncommented ends an apply that GitHub did not let look for its pull request.
func (r *run) uncommented(err error) *failure {
	if !github.Degradable(err) {
		return &failure{reasonPlanFailed, fmt.Errorf("looking for the pull request to report to: %w", err)}
	}
	r.out.commentStatus = string(github.Degraded)
	return r.degraded(github.Degraded, "the pull request to report to was not found: "+explained(err))
}

// lastWord is the context for reporting how a run went. An interrupted apply still reports what it wrote: a runner
// that cancels a job waits 7.5 seconds before it kills the process.
func lastWord(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// degraded notes once that something could not be written to GitHub. It fails the job only with strict-comment.
func (r *run) degraded(s github.Status, why string) *failure {
	if s != github.Degraded {
		return nil
	}
	if r.in.strictComment {
		return &failure{reasonPlanFailed, errors.New(why)}
	}
	if r.in.summary {
		why += "; the job summary has it"
	}
	if r.noticed != why {
		r.noticed = why
		r.command(github.LevelNotice, report.Inline(why))
	}
	return nil
}

// left notes why a duplicate of a comment or an issue may be left. What counts is written, so nothing fails.
func (r *run) left(why string) {
	if why != "" {
		r.command(github.LevelNotice, report.Inline("a duplicate may be left: "+why))
	}
}

// driftNotice tells readers of the issue what it is and what to do.
const driftNotice = "Each run updates this issue and closes it once live matches the manifest. " +
	"Apply the manifest, or change it to what is live."

// issue keeps the drift issue. Where entries could not be compared, it shows what drifted and is not closed. Drift is
// identified by actions and timeouts: a manifest that is only worded differently changes nothing.
func (r *run) issue(ctx context.Context, doc plan.Document) *failure {
	if !r.in.driftIssue {
		return nil
	}
	set := r.approved(doc)
	set.ManifestDigest = ""
	m := r.marker(github.KindIssue, set.Hash(), github.StateDrifted)
	title := []string{"Data action timeouts have drifted"}
	if r.in.label != "" {
		title = append(title, report.Inline(r.in.label))
	}
	if doc.Org != "" {
		m.Key = r.keyAbout(aboutOne(doc.Org))
		title = append(title, doc.Org)
	}
	differ := plan.Count(doc.Summary.Update, "timeout does", "timeouts do")
	comment := fmt.Sprintf("What differs has changed: now %s.", differ)
	notice := driftNotice
	if doc.Summary.Update == 0 {
		m.State, comment, notice = github.StateInStep, "Live matches the manifest again.", ""
	}
	if run := r.event.RunURL(); run != "" {
		comment += " ([run](" + run + "))"
	}
	client, err := r.hub()
	var body string
	if err == nil {
		body, err = github.Compose(m, func(limit int) string {
			h := r.heading(limit)
			h.Notice = notice
			return report.DriftMarkdown(doc, h)
		})
	}
	var res github.IssueResult
	if err == nil {
		res, err = client.SyncIssue(ctx, github.IssueRequest{
			Marker: m, Incomplete: doc.Summary.Errors > 0,
			Labels: r.in.driftLabels, Title: strings.Join(title, ": "), Body: body, Comment: comment,
		})
	}
	if err != nil {
		return &failure{reasonPlanFailed, fmt.Errorf("keeping the drift issue: %w", err)}
	}
	r.out.issue(res)
	r.left(res.Left)
	return r.degraded(res.Status, "the drift issue was not written: "+res.Why)
}
