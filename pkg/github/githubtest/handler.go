package githubtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.Path, Prefix)
	s.mu.Lock()
	s.requests = append(s.requests, Request{r.Method, path, r.Header.Get("Authorization"), string(raw)})
	a, put := s.scripted(r.Method, path)
	s.mu.Unlock()
	if put {
		if a.Before != nil {
			a.Before()
		}
		if !a.Through {
			for k, v := range a.Header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(a.Status)
			io.WriteString(w, a.Body)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+Token {
		refuse(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	if r.URL.Path == GraphQLPath {
		s.graphQL(w, raw)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, Prefix+"/repos/"+Repository+"/")
	if !ok {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	s.route(w, r, strings.Split(rest, "/"), raw)
}

func (s *Server) route(w http.ResponseWriter, r *http.Request, p []string, raw []byte) {
	var in struct {
		Body, Title *string
		State       *string
		StateReason *string `json:"state_reason"`
		Labels      []string
	}
	if len(raw) > 0 && json.Unmarshal(raw, &in) != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	if in.Body != nil && utf8.RuneCountInString(*in.Body) > maxBody {
		writeJSON(w, http.StatusUnprocessableEntity, map[string]any{
			"message": "Validation Failed",
			"errors": []any{map[string]string{
				"resource": "IssueComment", "code": "unprocessable", "field": "data",
				"message": "Body is too long (maximum is 65536 characters)",
			}},
		})
		return
	}
	switch key := r.Method + " " + shape(p); key {
	case "GET issues/N/comments":
		s.list(w, r, s.commentsJSON(number(p[1])))
	case "POST issues/N/comments":
		writeJSON(w, http.StatusCreated, s.commentJSON(s.addComment(number(p[1]), s.Login, *in.Body)))
	case "GET issues/comments/N", "PATCH issues/comments/N", "DELETE issues/comments/N":
		s.oneComment(w, r.Method, int64(number(p[2])), in.Body)
	case "GET issues":
		s.list(w, r, s.issuesJSON(r.URL.Query()))
	case "POST issues":
		is := s.addIssue(Issue{Author: s.Login, Title: *in.Title, Body: *in.Body, Labels: in.Labels})
		writeJSON(w, http.StatusCreated, s.issueJSON(is))
	case "PATCH issues/N":
		i := slices.IndexFunc(s.state.issues, func(is Issue) bool { return is.Number == number(p[1]) })
		if i < 0 {
			refuse(w, http.StatusNotFound, "Not Found")
			return
		}
		is := &s.state.issues[i]
		set(&is.Title, in.Title)
		set(&is.Body, in.Body)
		set(&is.State, in.State)
		set(&is.Reason, in.StateReason)
		writeJSON(w, http.StatusOK, s.issueJSON(*is))
	case "GET commits/SHA/pulls":
		s.list(w, r, s.indexJSON(p[1]))
	case "GET pulls":
		s.list(w, r, s.closedJSON(r.URL.Query()))
	case "GET pulls/N":
		s.onePull(w, number(p[1]))
	case "GET compare/BASEHEAD":
		s.compare(w, r, p[1])
	default:
		refuse(w, http.StatusNotFound, "Not Found: "+key)
	}
}

// shape writes numbers as N and commits as SHA.
func shape(p []string) string {
	out := slices.Clone(p)
	for i, s := range out {
		switch _, err := strconv.Atoi(s); {
		case i > 0 && out[i-1] == "commits":
			out[i] = "SHA"
		case i > 0 && out[i-1] == "compare":
			out[i] = "BASEHEAD"
		case err == nil:
			out[i] = "N"
		}
	}
	return strings.Join(out, "/")
}

func set(to, from *string) {
	if from != nil {
		*to = *from
	}
}

func (s *Server) oneComment(w http.ResponseWriter, method string, id int64, body *string) {
	i := slices.IndexFunc(s.state.comments, func(c Comment) bool { return c.ID == id })
	switch {
	case i < 0:
		refuse(w, http.StatusNotFound, "Not Found")
	case method == http.MethodDelete:
		s.removeComment(id)
		w.WriteHeader(http.StatusNoContent)
	case method == http.MethodGet:
		writeJSON(w, http.StatusOK, s.commentJSON(s.state.comments[i]))
	default:
		c := &s.state.comments[i]
		set(&c.Body, body)
		c.Editor, c.Edited = s.Login, s.tick()
		writeJSON(w, http.StatusOK, s.commentJSON(*c))
	}
}

// list serves a page, with the Link header's absolute addresses as GitHub has them.
func (s *Server) list(w http.ResponseWriter, r *http.Request, all []any) {
	q := r.URL.Query()
	per := min(max(number(q.Get("per_page")), 0), 100)
	if q.Get("per_page") == "" {
		per = 30
	}
	page := max(number(q.Get("page")), 1)
	from := min((page-1)*per, len(all))
	to := min(from+per, len(all))
	if to < len(all) {
		next := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}
		q.Set("page", strconv.Itoa(page+1))
		next.RawQuery = q.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, &next))
	}
	writeJSON(w, http.StatusOK, append([]any{}, all[from:to]...))
}

func (s *Server) commentsJSON(number int) []any {
	var out []any
	for _, c := range s.state.comments {
		if c.Number == number {
			out = append(out, s.commentJSON(c))
		}
	}
	return out
}

func (s *Server) commentJSON(c Comment) map[string]any {
	return map[string]any{
		"id": c.ID, "node_id": nodeID(c.ID), "body": c.Body, "user": s.user(c.Author, c.Type),
		"created_at": stamp(c.Created),
		"html_url":   fmt.Sprintf("%s/%s/pull/%d#issuecomment-%d", s.http.URL, Repository, c.Number, c.ID),
	}
}

func (s *Server) issuesJSON(q url.Values) []any {
	var out []any
	for _, is := range slices.Backward(s.state.issues) {
		if state := q.Get("state"); state != "all" && is.State != cmp.Or(state, "open") {
			continue
		}
		if creator := q.Get("creator"); creator != "" && creator != is.Author {
			continue
		}
		if labels := q.Get("labels"); labels != "" && !hasAll(is.Labels, strings.Split(labels, ",")) {
			continue
		}
		out = append(out, s.issueJSON(is))
	}
	return out
}

func hasAll(have, want []string) bool {
	for _, l := range want {
		if !slices.Contains(have, l) {
			return false
		}
	}
	return true
}

func (s *Server) issueJSON(is Issue) map[string]any {
	var labels []any
	for _, l := range is.Labels {
		labels = append(labels, map[string]string{"name": l})
	}
	m := map[string]any{
		"number": is.Number, "title": is.Title, "body": is.Body, "state": is.State, "labels": labels,
		"user":     s.user(is.Author, ""),
		"html_url": fmt.Sprintf("%s/%s/issues/%d", s.http.URL, Repository, is.Number),
	}
	if is.Pull {
		m["pull_request"] = map[string]string{"url": "x"}
	}
	return m
}
