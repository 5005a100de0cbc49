package githubtest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// indexJSON are the pull requests that the index from commits knows.
func (s *Server) indexJSON(sha string) []any {
	if s.IndexLag > 0 {
		s.IndexLag--
		return nil
	}
	var out []any
	for _, p := range s.state.pulls {
		if p.MergeCommit == sha || p.Head == sha {
			out = append(out, s.pullJSON(p))
		}
	}
	return out
}

// closedJSON are the closed pull requests of a branch, the one that was merged last first.
func (s *Server) closedJSON(q url.Values) []any {
	var closed []Pull
	for _, p := range s.state.pulls {
		base := q.Get("base")
		if q.Get("state") == "closed" && (p.Merged || p.Closed) && (base == "" || base == cmp.Or(p.Base, "main")) {
			closed = append(closed, p)
		}
	}
	slices.SortStableFunc(closed, func(a, b Pull) int { return b.MergedAt.Compare(a.MergedAt) })
	if s.ListLag > 0 && len(closed) > 0 {
		s.ListLag--
		closed = closed[1:]
	}
	var out []any
	for _, p := range closed {
		out = append(out, s.pullJSON(p))
	}
	return out
}

func (s *Server) onePull(w http.ResponseWriter, number int) {
	i := slices.IndexFunc(s.state.pulls, func(p Pull) bool { return p.Number == number })
	if i < 0 {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	writeJSON(w, http.StatusOK, s.pullJSON(s.state.pulls[i]))
}

func (s *Server) pullJSON(p Pull) map[string]any {
	m := map[string]any{
		"number": p.Number, "merge_commit_sha": p.MergeCommit, "head": map[string]string{"sha": p.Head},
		"merged_at": nil, "state": "open", "merged": p.Merged,
		"base": map[string]any{
			"ref": cmp.Or(
				p.Base,
				"main",
			), "repo": map[string]string{"full_name": cmp.Or(p.BaseRepository, Repository)},
		},
		"html_url": fmt.Sprintf("%s/%s/pull/%d", s.http.URL, Repository, p.Number),
	}
	if p.Merged {
		m["merged_at"] = stamp(p.MergedAt)
	}
	if p.Merged || p.Closed {
		m["state"] = "closed"
	}
	return m
}

// compare answers for BASE...HEAD: the commits that head has and base has not, the oldest first.
// https://docs.github.com/rest/commits/commits#compare-two-commits
func (s *Server) compare(w http.ResponseWriter, r *http.Request, spec string) {
	base, head, ok := strings.Cut(spec, "...")
	if !ok || s.state.parents[base] == nil || s.state.parents[head] == nil {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	ahead, behind := s.missing(base, head), s.missing(head, base)
	status := "diverged"
	switch {
	case base == head:
		status = "identical"
	case len(behind) == 0:
		status = "ahead"
	case len(ahead) == 0:
		status = "behind"
	}
	slices.Reverse(ahead)
	per, page := max(number(r.URL.Query().Get("per_page")), 1), max(number(r.URL.Query().Get("page")), 1)
	from := min((page-1)*per, len(ahead))
	to := min(from+per, len(ahead))
	if to < len(ahead) {
		next := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}
		next.RawQuery = fmt.Sprintf("page=%d&per_page=%d", page+1, per)
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, &next))
	}
	commits := []any{}
	for _, sha := range ahead[from:to] {
		commits = append(commits, map[string]string{"sha": sha})
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"status": status, "ahead_by": len(ahead), "behind_by": len(behind), "total_commits": len(ahead),
		"commits": commits,
	})
}

// missing are the commits that head reaches and base does not, the newest first.
func (s *Server) missing(base, head string) []string {
	has := map[string]bool{}
	for _, sha := range s.reach(base) {
		has[sha] = true
	}
	return slices.DeleteFunc(s.reach(head), func(sha string) bool { return has[sha] })
}

func (s *Server) reach(sha string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for queue := []string{sha}; len(queue) > 0; queue = queue[1:] {
		if at := queue[0]; !seen[at] {
			seen[at] = true
			out = append(out, at)
			queue = append(queue, s.state.parents[at]...)
		}
	}
	return out
}
