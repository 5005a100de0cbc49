package github_test

import (
	"testing"

	"genesys-timeouts/pkg/github/githubtest"
)

// Whose comment is ours, with and without the ids of accounts.
func TestWhoseCommentIsOurs(t *testing.T) {
	for name, c := range map[string]struct {
		login, viewer string // the token's
		author, kind  string // the comment's
		ours          bool
		withoutIDs    bool
	}{
		"the app's, by id":                           {"planner[bot]", "planner", "planner[bot]", "", true, false},
		"the app's, by login":                        {"planner[bot]", "planner", "planner[bot]", "", true, true},
		"the app's, by the login that REST has":      {"planner[bot]", "", "planner[bot]", "", true, true},
		"a user named like the app, by id":           {"planner[bot]", "planner", "planner", "", false, false},
		"a user named like the app, by login":        {"planner[bot]", "", "planner", "", false, true},
		"a user with the app's suffix, by id":        {"planner[bot]", "", "planner[bot]", "User", false, false},
		"a user with the app's suffix, by login":     {"planner[bot]", "", "planner[bot]", "User", false, true},
		"a person's, written in another case":        {"Deploy-User", "", "deploy-user", "", true, true},
		"a person's, written in another case, by id": {"Deploy-User", "", "deploy-user", "", true, false},
		"an app named like the person, by id":        {"planner", "", "planner[bot]", "", false, false},
		"another app's":                              {"planner[bot]", "", "renovate[bot]", "", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, client := setup(t)
			s.Login, s.ViewerLogin, s.WithoutIDs = c.login, c.viewer, c.withoutIDs
			id := s.AddComment(pr, c.author, compose(t, marker(1), "text"))
			s.SetCommentType(id, c.kind)
			found, err := client.FindComment(t.Context(), pr, key)
			if err != nil || (found != nil) != c.ours {
				t.Errorf("found %+v, %v", found, err)
			}
		})
	}
}

// A comment that the token's account created settles who that is, also where the viewer says less.
func TestCreatingTellsWhoWeAre(t *testing.T) {
	s, _, client := setup(t)
	s.Login, s.ViewerLogin, s.WithoutIDs = "planner[bot]", "planner", true
	upsert(t, client, request(t, marker(1), "ours"))
	planted := s.AddComment(pr+1, "planner", compose(t, marker(1), "planted"))
	if found, err := client.FindComment(t.Context(), pr+1, key); found != nil || err != nil {
		t.Errorf("found %+v, %v, and %d is not ours", found, err, planted)
	}
}

// REST names the app x[bot], GraphQL names the same account x, of type Bot.
func TestAnAppsOwnEditDoesNotEndItsApproval(t *testing.T) {
	for _, withoutIDs := range []bool{false, true} {
		r := newRepository(t)
		r.hub.Login, r.hub.WithoutIDs = "planner[bot]", withoutIDs
		r.open(1)
		r.plan(1, prod(a35))
		r.plan(1, prod(a35, b89))
		if c := r.hub.Comments(1)[0]; c.Editor != "planner[bot]" {
			t.Fatalf("edited by %q", c.Editor)
		}
		r.merge(1, "c0", "c1")
		_, d := r.decide(push("c0", "c1"), prod(a35))
		r.want(d, "+A 3s>5s by [1]")
		r.hub.EditComment(r.hub.Comments(1)[0].ID, "planner", r.comment(1))
		if _, d := r.decide(push("c0", "c1"), prod(a35)); d.OK() {
			t.Error("an edit by a user named like the app counts as our own")
		}
	}
}

func TestACommentOfNobodyApprovesNothing(t *testing.T) {
	r := newRepository(t)
	r.open(1)
	r.plan(1, prod(a35))
	r.merge(1, "c0", "c1")
	for _, body := range []string{
		`{"data":{"node":{"body":"other","author":{"__typename":"Bot","login":"github-actions"},` +
			`"editor":null,"lastEditedAt":null}}}`,
		`{"data":{"node":{"author":{"__typename":"User","login":"github-actions"},` +
			`"editor":null,"lastEditedAt":null}}}`,
		`{"data":{"node":{"author":null,"editor":null,"lastEditedAt":null}}}`,
		`{"data":{"node":{}}}`, `{"data":{"node":null}}`, `{"data":null}`, `{}`, `[]`, `<html>`, ``,
	} {
		r.hub.Answer("POST", githubtest.GraphQLPath, githubtest.Answer{Status: 200, Body: body})
		if _, d := r.decide(push("c0", "c1"), prod(a35)); d.OK() || !d.NoPlan {
			t.Errorf("approved with the answer %s", body)
		}
	}
}
