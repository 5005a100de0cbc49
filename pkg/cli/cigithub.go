package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"path/filepath"
	"time"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/github"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// hub is the client of GitHub's API.
func (r *ciRun) hub() (*github.Client, error) {
	if r.client != nil {
		return r.client, nil
	}
	client, err := github.New(github.Config{
		APIURL: r.event.APIURL, GraphQLURL: r.event.GraphQLURL, Repository: r.event.Repository, Token: r.in.token,
		UserAgent: "genesys-timeouts/" + buildVersion(),
		Transport: &http.Transport{Proxy: r.app.Proxy, IdleConnTimeout: time.Minute},
		Clock:     github.Clock{Now: r.app.Now, Sleep: sleep},
	})
	r.client = client
	return client, err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// key tells this plan's comment and issue from others: by label, manifests and environment.
func (r *ciRun) key() string {
	folder := filepath.ToSlash(r.folder)
	manifests := []string{path.Join(folder, "(default)")}
	if len(r.in.manifests) > 0 {
		manifests = nil
		for _, m := range r.in.manifests {
			manifests = append(manifests, path.Join(folder, filepath.ToSlash(m)))
		}
	}
	return github.Key(r.in.label, manifests, r.environment)
}

// environmentOf is the domain that a run with this manifest works on, however it is named, or "" where it is not known: a
// manifest that cannot be read as a whole may still name one, and keeps its comment.
func (r *ciRun) environmentOf(desired dataaction.Desired, wrong error) string {
	name := cmp.Or(r.app.credentials().environment, desired.Environment)
	if name == "" && wrong != nil {
		return ""
	}
	if domain, err := genesys.ResolveEnvironment(name); err == nil {
		return domain
	}
	return name
}

func (r *ciRun) marker(kind github.Kind, planHash string, state github.State) github.Marker {
	return github.Marker{Kind: kind, Version: buildVersion(), Key: r.key(), Head: r.event.Head, Run: r.event.Run, Plan: planHash, State: state}
}

// pull is the pull request to comment on, 0 for none.
func (r *ciRun) pull() int {
	if r.in.pull > 0 {
		return r.in.pull
	}
	return r.event.PullNumber
}

// shortComment is the size of what is written where GitHub refuses the whole, as installations with other limits do.
const shortComment = 8000

// comment makes the one comment of this plan's say what the page does. Without a pull request there is none.
func (r *ciRun) comment(number int, m github.Marker, approved *github.Approved, page func(report.Heading) string, onlyUpdate bool) *ciFailure {
	if r.in.comment == "never" || number == 0 {
		return nil
	}
	ctx, cancel := r.lastWord()
	defer cancel()
	res, err := r.upsert(ctx, number, m, approved, page, onlyUpdate)
	if err != nil {
		return &ciFailure{reasonPlanFailed, fmt.Errorf("commenting on pull request #%d: %w", number, err)}
	}
	r.out.commentStatus, r.out.commentURL = string(res.Status), res.URL
	r.left(res.Left)
	return r.degraded(res.Status, fmt.Sprintf("the comment on pull request #%d was not written: %s", number, res.Why))
}

func (r *ciRun) upsert(ctx context.Context, number int, m github.Marker, approved *github.Approved, page func(report.Heading) string, onlyUpdate bool) (github.CommentResult, error) {
	client, err := r.hub()
	if err != nil {
		return github.CommentResult{}, err
	}
	body, err := github.Compose(m, approved, func(limit int) string { return page(r.heading(limit)) })
	if err != nil {
		return github.CommentResult{}, err
	}
	short, err := github.Compose(m, nil, func(limit int) string { return page(r.heading(min(limit, shortComment))) })
	if err != nil {
		return github.CommentResult{}, err
	}
	return client.UpsertComment(ctx, github.CommentRequest{Number: number, Marker: m, Body: body, Short: short, OnlyUpdate: onlyUpdate})
}

// uncommented is the end of an apply that found no pull request to report to, since GitHub did not let it look.
func (r *ciRun) uncommented(err error) *ciFailure {
	if !github.Degradable(err) {
		return &ciFailure{reasonPlanFailed, fmt.Errorf("looking for the pull request to report to: %w", err)}
	}
	r.out.commentStatus = string(github.Degraded)
	return r.degraded(github.Degraded, "the pull request to report to was not found: "+explained(err))
}

// lastWord is the context for saying how a run went. An interrupted apply still says what it wrote; a runner that cancels a
// job waits seven seconds before it insists.
func (r *ciRun) lastWord() (context.Context, context.CancelFunc) {
	if r.ctx.Err() == nil {
		return context.WithCancel(r.ctx)
	}
	return context.WithTimeout(context.WithoutCancel(r.ctx), 5*time.Second)
}

// degraded says once that something could not be written to GitHub; the job's result stays the plan's, unless strict-comment
// says otherwise.
func (r *ciRun) degraded(s github.Status, why string) *ciFailure {
	if s != github.Degraded {
		return nil
	}
	if r.in.strictComment {
		return &ciFailure{reasonPlanFailed, errors.New(why)}
	}
	if r.in.summary {
		why += "; the job summary has it"
	}
	r.command(github.LevelNotice, report.Inline(why))
	return nil
}

// left says, where a duplicate of a comment or an issue may be left, why. What counts is written, so that nothing fails.
func (r *ciRun) left(why string) {
	if why != "" {
		r.command(github.LevelNotice, report.Inline("a duplicate may be left: "+why))
	}
}

// driftNotice tells whoever meets the issue what it is and what to do.
const driftNotice = "Each run updates this issue, and closes it once live is as the manifest says. Apply the manifest, or change it to what is live."

// issue keeps the drift issue. What drifted is told by its actions with their timeouts: a manifest that is only written
// differently is no news.
func (r *ciRun) issue(doc plan.Document) *ciFailure {
	if !r.in.driftIssue {
		return nil
	}
	set := r.approved(doc)
	set.ManifestDigest = ""
	m := r.marker(github.KindIssue, set.Hash(), github.StateDrifted)
	comment := fmt.Sprintf("What differs has changed: now %s.", count(doc.Summary.Update, "timeout does", "timeouts do"))
	notice := driftNotice
	if doc.Summary.Update == 0 {
		m.State, comment, notice = github.StateInStep, "Live is as the manifest says again.", ""
	}
	if run := r.event.RunURL(); run != "" {
		comment += " ([run](" + run + "))"
	}
	title := "Data action timeouts have drifted"
	if r.in.label != "" {
		title += ": " + report.Inline(r.in.label)
	}
	client, err := r.hub()
	var body string
	if err == nil {
		body, err = github.Compose(m, nil, func(limit int) string {
			h := r.heading(limit)
			h.Notice = notice
			return report.DriftMarkdown(doc, h)
		})
	}
	var res github.IssueResult
	if err == nil {
		res, err = client.SyncIssue(r.ctx, github.IssueRequest{Marker: m, Labels: r.in.driftLabels, Title: title, Body: body, Comment: comment})
	}
	if err != nil {
		return &ciFailure{reasonPlanFailed, fmt.Errorf("keeping the drift issue: %w", err)}
	}
	r.out.issueNumber, r.out.issueURL, r.out.issueStatus = res.Number, res.URL, string(res.Status)
	r.left(res.Left)
	return r.degraded(res.Status, "the drift issue was not written: "+res.Why)
}
