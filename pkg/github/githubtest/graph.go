package githubtest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"time"
)

const (
	kindBot  = "Bot"
	kindUser = "User"
	suffix   = "[bot]"
)

// graphQL answers for the viewer, and for the node of a comment with its author and last editor.
func (s *Server) graphQL(w http.ResponseWriter, raw []byte) {
	var q struct {
		Query     string
		Variables struct{ ID string }
	}
	if json.Unmarshal(raw, &q) != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	data := map[string]any{}
	switch {
	case strings.Contains(q.Query, "viewer"):
		login := s.Login
		if s.ViewerLogin != "" {
			login = s.ViewerLogin
		}
		viewer := map[string]any{"login": login}
		if !s.WithoutIDs {
			viewer["databaseId"] = accountID(s.Login)
		}
		data["viewer"] = viewer
	case strings.Contains(q.Query, "node("):
		data["node"] = s.commentNode(q.Variables.ID)
	default:
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": data})
}

func (s *Server) commentNode(id string) any {
	for _, c := range s.state.comments {
		if nodeID(c.ID) != id {
			continue
		}
		node := map[string]any{
			"body":         c.Body,
			"author":       s.actor(c.Author, c.Type),
			"editor":       nil,
			"lastEditedAt": nil,
		}
		if !c.Edited.IsZero() {
			node["lastEditedAt"] = stamp(c.Edited)
			if c.Editor != "" {
				node["editor"] = s.actor(c.Editor, "")
			}
		}
		return node
	}
	return nil
}

func nodeID(id int64) string { return fmt.Sprintf("IC_%d", id) }

// user is an account as REST has it, actor as GraphQL has it: an app's login without the suffix.
func (s *Server) user(login, kind string) map[string]any {
	u := map[string]any{"login": login, "type": kindOf(login, kind)}
	if !s.WithoutIDs {
		u["id"] = accountID(login + kind)
	}
	return u
}

func (s *Server) actor(login, kind string) map[string]any {
	a := map[string]any{"__typename": kindOf(login, kind), "login": login}
	if a["__typename"] == kindBot {
		a["login"] = strings.TrimSuffix(login, suffix)
	}
	if !s.WithoutIDs {
		a["databaseId"] = accountID(login + kind)
	}
	return a
}

func kindOf(login, kind string) string {
	switch {
	case kind != "":
		return kind
	case strings.HasSuffix(login, suffix):
		return kindBot
	}
	return kindUser
}

// accountID is an id for a login, in whatever case it is written.
func accountID(login string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(strings.ToLower(login)))
	return h.Sum32()
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }
