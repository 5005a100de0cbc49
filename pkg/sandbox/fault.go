package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// Faults that spoil the answer. A write is not carried out under them unless Fault.Effect says so.
const (
	// FaultStatus answers with Fault.Status and an error body of the vendor's shape, or with Fault.Body.
	FaultStatus FaultKind = "status"
	// FaultDelay answers correctly, after Fault.Delay.
	FaultDelay FaultKind = "delay"
	// FaultHang never answers; it ends when the client gives up.
	FaultHang FaultKind = "hang"
	// FaultReset resets the connection before the first byte of an answer.
	FaultReset FaultKind = "reset"
	// FaultResetBody resets it in the middle of the body.
	FaultResetBody FaultKind = "reset-body"
	// FaultCut closes the connection in the middle of the body.
	FaultCut FaultKind = "cut"
	// FaultTruncate sends half of the body as if it were complete.
	FaultTruncate FaultKind = "truncate"
	// FaultHTML answers with a web page and 200, as captive portals and proxies do.
	FaultHTML FaultKind = "html"
	// FaultEmpty answers 200 without a body.
	FaultEmpty FaultKind = "empty"
	// FaultType answers correctly, with Content-Type text/plain.
	FaultType FaultKind = "type"
	// FaultDrip sends the body in small pieces, Fault.Delay apart (default 50 ms).
	FaultDrip FaultKind = "drip"
	// FaultHuge sends a JSON body of Fault.Bytes (default 1 GiB).
	FaultHuge FaultKind = "huge"
	// FaultGzipBomb sends a small gzip body that unpacks to Fault.Bytes (default 1 GiB).
	FaultGzipBomb FaultKind = "gzip-bomb"
	// FaultRedirect redirects to the same path of Fault.To (scheme, host and port), with Fault.Status (default 307).
	FaultRedirect FaultKind = "redirect"
)

// Faults that act before the request is handled, which is then answered correctly. All but FaultExpire and FaultCall
// concern the data action that the request's path names.
const (
	// FaultExpire expires the request's token.
	FaultExpire FaultKind = "expire"
	// FaultTouch has another user change the action, but not its timeout.
	FaultTouch FaultKind = "touch"
	// FaultEdit has another user set its timeout to Fault.Seconds (default 7).
	FaultEdit FaultKind = "edit"
	// FaultRename has another user rename it.
	FaultRename FaultKind = "rename"
	// FaultDelete has another user delete it.
	FaultDelete FaultKind = "delete"
	// FaultDraft has another user leave a draft of it.
	FaultDraft FaultKind = "draft"
	// FaultCall does nothing but Fault.Do.
	FaultCall FaultKind = "call"
)

// Faults in how the request is carried out.
const (
	// FaultForget answers a write as done without keeping it; only the version goes up.
	FaultForget FaultKind = "forget"
	// FaultOmitConfig answers as if includeConfig had not been asked for.
	FaultOmitConfig FaultKind = "omit-config"
	// FaultStale answers a read as of before the last write through the API, as a replica that lags does. It counts
	// requests where Options.ReadLag measures time.
	FaultStale FaultKind = "stale"
)

// Fault is one thing that goes wrong with some requests, sign-in included. Several can meet one request; of those that
// spoil the answer the first wins.
type Fault struct {
	Kind   FaultKind
	Method string // "" is every method
	Path   string // regular expression searched in PATH?QUERY, decoded; "" is every path
	At     int    // the first matching request it meets, counted from 1; 0 is 1
	Times  int    // how many matching requests in a row it meets; 0 is all

	Status  int
	Header  map[string]string // added to the spoilt answer
	Body    string
	Delay   time.Duration // before the spoilt answer, after the request was carried out
	Effect  bool          // carry out a write before its answer is spoilt
	To      string
	Bytes   int64
	Seconds int
	Do      func(*Server) // called before the request is handled, whatever the kind
}

// Armed is a fault that is switched on.
type Armed struct {
	fault Fault
	path  *regexp.Regexp
	// Guarded by the server's lock.
	seen, hits int
}

// Fault switches a fault on. It panics on an invalid Path (ParseFault returns that as an error).
func (s *Server) Fault(f Fault) *Armed {
	a := &Armed{fault: f, path: regexp.MustCompile(f.Path)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, a)
	return a
}

// ClearFaults switches all faults off.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Hits is how many requests have met the fault.
func (s *Server) Hits(a *Armed) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.hits
}

// hitFaults counts the request for every fault that it matches and returns those that it meets.
func (s *Server) hitFaults(r *http.Request) []*Armed {
	target := r.URL.Path
	if r.URL.RawQuery != "" {
		query := r.URL.RawQuery
		if plain, err := url.QueryUnescape(query); err == nil {
			query = plain
		}
		target += "?" + query
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var hits []*Armed
	for _, a := range s.faults {
		if a.fault.Method != "" && !strings.EqualFold(a.fault.Method, r.Method) || !a.path.MatchString(target) {
			continue
		}
		a.seen++
		first := max(1, a.fault.At)
		if a.seen >= first && (a.fault.Times == 0 || a.seen < first+a.fault.Times) {
			a.hits++
			hits = append(hits, a)
		}
	}
	return hits
}

// before is what a fault does before the request is handled.
func (a *Armed) before(s *Server, r *http.Request) {
	if a.fault.Do != nil {
		a.fault.Do(s)
	}
	if a.fault.Kind == FaultExpire {
		s.expire(bearer(r))
	}
	if id, flowID := addressed(r); flowID != "" {
		a.meddleNested(s, flowID, id)
	} else {
		a.meddle(s, id)
	}
}

const newName = "Renamed meanwhile"

// meddle changes a data action behind the client's back. One that is already gone is fine.
func (a *Armed) meddle(s *Server, id string) {
	switch a.fault.Kind {
	case FaultTouch:
		_ = s.Touch(id)
	case FaultEdit:
		_ = s.SetTimeout(id, a.seconds())
	case FaultRename:
		_ = s.Rename(id, newName)
	case FaultDelete:
		_ = s.Delete(id)
	case FaultDraft:
		_ = s.LeaveDraft(id)
	default:
	}
}

// meddleNested does the same to a data action of surface flows.
func (a *Armed) meddleNested(s *Server, flowID, id string) {
	switch a.fault.Kind {
	case FaultTouch:
		_ = s.TouchFlowAction(flowID, id)
	case FaultEdit:
		_ = s.SetFlowTimeout(flowID, id, time.Duration(a.seconds())*time.Second)
	case FaultRename:
		_ = s.RenameFlowAction(flowID, id, newName)
	case FaultDelete:
		_ = s.DeleteFlowAction(flowID, id)
	default:
	}
}

func (a *Armed) seconds() int { return cmp.Or(a.fault.Seconds, 7) }

func (s *Server) expire(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
}

// addressed is the data action that a request's path names, and its flow on surface flows.
func addressed(r *http.Request) (id, flowID string) {
	path := regexp.MustCompile(`/(?:integrations/actions|flows/dataactions)/([^/]+)`)
	if m := path.FindStringSubmatch(r.URL.Path); m != nil {
		return m[1], r.URL.Query().Get("flowId")
	}
	return "", ""
}

// firstSpoiler picks the fault that decides how the answer is spoilt.
func firstSpoiler(hits []*Armed) *Armed {
	for _, a := range hits {
		if _, spoils := spoilers[a.fault.Kind]; spoils {
			return a
		}
	}
	return nil
}

// carriesOut reports whether a request whose answer gets spoilt is carried out. Reads always are: there must be an
// answer to spoil.
func (a *Armed) carriesOut(method string) bool {
	switch a.fault.Kind {
	case FaultDelay, FaultType, FaultDrip:
		return true // the answer is correct in the end
	default:
		return a.fault.Effect || method == http.MethodGet
	}
}
