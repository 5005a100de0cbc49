package reconcile_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/sandbox"
)

// soakSeed names the seed of the soak's faults. What goes wrong is the same for the same seed; how concurrent requests
// overtake each other is not, so that one round in two runs alone.
const soakSeed = "GENESYS_TIMEOUTS_SOAK_SEED"

// soakLength names the number of rounds of a long soak.
const soakLength = "GENESYS_TIMEOUTS_SOAK"

const shortSoak = 80

// TestSoak applies random changes under random faults of all kinds, on both surfaces. Whatever goes wrong: every
// document differs from what it was in its timeout alone or not at all, the report says which, and no draft of ours is
// left.
func TestSoak(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	pools := []*soakPool{newSoakPool(t, dataaction.Integrations), newSoakPool(t, dataaction.Flows)}
	counts := map[plan.Status]int{}
	rounds := setting(t, soakLength, shortSoak)
	for round := range rounds {
		random := rand.New(rand.NewPCG(seed, round))
		p := pools[random.IntN(3)/2] // there is more to go wrong on surface integrations
		for _, r := range p.round(random, round) {
			counts[r.Status]++
		}
		if t.Failed() {
			t.Fatalf("round %d of seed %d", round, seed)
		}
	}
	t.Logf("%d rounds: %v", rounds, counts)
	for _, status := range []plan.Status{plan.Applied, plan.Failed, plan.Skipped, plan.Unchanged} {
		if uint64(counts[status]) < rounds/500 {
			t.Errorf("%d results are %s: the faults are not what they should be", counts[status], status)
		}
	}
}

func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := setting(t, soakSeed, 1)
	t.Logf("seed %d; %s=N sets another, %s=N the number of rounds", seed, soakSeed, soakLength)
	return seed
}

// setting is a number from the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// soakPool is an organisation that the rounds work on, one after the other.
type soakPool struct {
	*fixture
	all []plan.Change // of every action, to be changed from and to whatever a round has in mind
}

func newSoakPool(t *testing.T, api dataaction.API) *soakPool {
	t.Helper()
	p := &soakPool{fixture: newFixture(t, api)}
	p.clock.patience = 10 * time.Second
	p.flow("flow-1", "Flow 1")
	var entries []dataaction.Entry
	for n := range 16 {
		for _, k := range kinds {
			share := map[string]int{"action": 8, "templates by address": 3, "function": 4, "surface flows": 12}[k.name]
			if k.api == api && n < share {
				entries = append(entries, k.add(p.fixture, 100*slices.IndexFunc(kinds,
					func(o kind) bool { return o.name == k.name })+n))
			}
		}
	}
	p.all = p.planned(entries...)
	return p
}

// round applies a few changes under a few faults, and compares.
func (p *soakPool) round(random *rand.Rand, number uint64) []plan.Result {
	p.t.Helper()
	before, published := p.docs(p.all), p.published(p.all)
	var changes []plan.Change
	for _, i := range random.Perm(len(p.all))[:1+random.IntN(6)] {
		c, live := p.all[i], split(p.t, before[i]).timeout.Milliseconds()
		if c.BeforeMS, c.AfterMS = &live, 1000*int64(1+random.IntN(14)); c.AfterMS == live {
			c.Change = plan.None
		}
		changes = append(changes, c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := p.wreck(random, p.all, cancel)
	p.options.Concurrency = []int{1, 1, 2, 4}[random.IntN(4)]
	p.options.FailFast = random.IntN(20) == 0
	p.server.ForgetRequests()
	p.client = p.connect() // a sign-in that was refused stays refused
	results := p.reconciler().Apply(ctx, changes)
	p.client.Close()
	p.server.ClearFaults()

	said := map[string]plan.Result{}
	for i, r := range results {
		if r.Action != changes[i].Action {
			p.t.Errorf("result %d is of %s, want %s", i, r.Action.ID, changes[i].Action.ID)
		}
		said[r.Action.ID] = r
	}
	for i, c := range p.all {
		r, planned := said[c.Action.ID]
		after, now := p.doc(c), p.published([]plan.Change{c})[0]
		if !planned && bytes.Equal(before[i], after) {
			continue
		}
		is := soaked{before: split(p.t, before[i]), after: split(p.t, after), result: r, planned: planned}
		if !bytes.Equal(published[i], now) {
			is.saves = split(p.t, now).version - split(p.t, published[i]).version
		}
		if problem := is.check(w); problem != "" {
			p.t.Errorf("round %d, concurrency %d, faults %s:\n%s %s\nresult: %+v\nrequests:\n%s",
				number, p.options.Concurrency, w.text, c.Action.ID, problem, r, p.log())
		}
	}
	p.tidyDrafts(p.all, results, w)
	return results
}

// wreckage is what a round's faults may have done besides spoiling answers.
type wreckage struct {
	text      string
	interrupt bool
	meddled   bool            // another user saved, or a write did not stick
	edits     []time.Duration // timeouts that another user may have set
	drafts    bool            // another user may have left drafts
	hides     bool            // answers may have lacked what is there
}

// wreck arms between none and four faults.
func (p *soakPool) wreck(random *rand.Rand, all []plan.Change, cancel func()) *wreckage {
	w := &wreckage{}
	for range random.IntN(5) {
		f := sandbox.Fault{At: 1 + random.IntN(8), Times: 1 + random.IntN(3), Effect: random.IntN(2) == 0, Status: 500}
		if random.IntN(12) == 0 {
			f.Times = 0
		}
		f.Method = []string{"", "", http.MethodGet, http.MethodPatch, http.MethodPut, http.MethodPost,
			http.MethodDelete}[random.IntN(7)]
		f.Path = []string{"", "", "/function", "/draft", "/publish", "/templates/", "ids=|flowId=", "/oauth/",
			all[random.IntN(len(all))].Action.ID}[random.IntN(9)]
		switch f.Kind = soakKinds[random.IntN(len(soakKinds))]; f.Kind {
		case sandbox.FaultStatus:
			f.Status = []int{400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504}[random.IntN(11)]
			w.hides = w.hides || f.Status == 404
			f.Effect = f.Effect && (f.Status >= 500 || f.Status == 408) // who refuses for good has not carried it out
			if random.IntN(2) == 0 {
				f.Header = map[string]string{"Retry-After": "1"}
			}
		case sandbox.FaultTruncate:
			// Half a template whose length is half as well is a template: no client can tell. JSON tells.
			f.Path = []string{"/function", "/draft", "ids=|flowId=", "includeConfig", "/oauth/"}[random.IntN(5)]
		case sandbox.FaultDelay:
			f.Delay = time.Millisecond
		case sandbox.FaultRedirect:
			f.To, f.Status = "https://elsewhere.example", 307
		case sandbox.FaultCall:
			f.Do, w.interrupt = func(*sandbox.Server) { cancel() }, true
		case sandbox.FaultTouch, sandbox.FaultForget:
			w.meddled = true
		case sandbox.FaultEdit:
			f.Seconds = 1 + random.IntN(14)
			w.meddled, w.edits = true, append(w.edits, time.Duration(f.Seconds)*time.Second)
		case sandbox.FaultOmitConfig:
			w.hides = true
		case sandbox.FaultDraft:
			w.meddled, w.drafts = true, true // in place of one that was there
		default:
		}
		w.text += fmt.Sprintf("\n  %s %s %q at %d times %d effect %t status %d", f.Kind, f.Method, f.Path, f.At, f.Times,
			f.Effect, f.Status)
		p.server.Fault(f)
	}
	return w
}

var soakKinds = []sandbox.FaultKind{
	sandbox.FaultStatus, sandbox.FaultStatus, sandbox.FaultStatus, sandbox.FaultStatus, sandbox.FaultStatus,
	sandbox.FaultStatus,
	sandbox.FaultReset, sandbox.FaultReset, sandbox.FaultReset, sandbox.FaultResetBody, sandbox.FaultCut,
	sandbox.FaultTruncate, sandbox.FaultHTML, sandbox.FaultEmpty,
	sandbox.FaultType, sandbox.FaultDelay, sandbox.FaultRedirect, sandbox.FaultExpire, sandbox.FaultTouch,
	sandbox.FaultEdit, sandbox.FaultDraft,
	sandbox.FaultForget, sandbox.FaultOmitConfig, sandbox.FaultCall,
}

// soaked is one action after a round.
type soaked struct {
	before, after parts
	saves         int64 // how often it was saved
	result        plan.Result
	planned       bool
}

// check says what must not be, or nothing.
func (x soaked) check(w *wreckage) string {
	want := time.Duration(x.result.AfterMS) * time.Millisecond
	now, edited := x.after.timeout, slices.Contains(w.edits, x.after.timeout)
	switch {
	case !cmp.Equal(x.before.rest, x.after.rest):
		return "differs in more than its timeout:\n" + cmp.Diff(x.before.rest, x.after.rest)
	case edited: // by another hand, at any time
		return ""
	case !x.planned && now != x.before.timeout:
		return fmt.Sprintf("has %s, and was not in the plan", now)
	case !x.planned:
		return ""
	case now != x.before.timeout && now != want:
		return fmt.Sprintf("has %s, which nobody wanted", now)
	case !w.meddled && (x.saves > 1 || (x.saves == 1) != (now != x.before.timeout)):
		return fmt.Sprintf("was saved %d times", x.saves)
	}
	changed := now != x.before.timeout
	switch x.result.Status {
	case plan.Applied:
		if now != want && len(w.edits) == 0 {
			return fmt.Sprintf("has %s", now)
		}
	case plan.Unchanged:
		if changed || now != want && len(w.edits) == 0 {
			return fmt.Sprintf("has %s", now)
		}
	case plan.Skipped:
		if changed {
			return fmt.Sprintf("has %s all the same", now)
		}
		if !w.interrupt && !slices.Contains(endings, x.result.Code) {
			return "was skipped for no reason"
		}
	case plan.Failed:
		open := x.result.Code == reconcile.CodeUnverified || x.result.Code == reconcile.CodeMismatch && w.hides ||
			strings.Contains(x.result.Error, "could not be read")
		if changed && !open {
			return fmt.Sprintf("has %s all the same", now)
		}
		if x.result.Error == "" || x.result.Code == "" {
			return "does not say why"
		}
	default:
		return "has no status"
	}
	return ""
}

// endings are the codes of failures that skip the other actions.
var endings = []string{
	reconcile.CodeFailFast, reconcile.CodeMissingPermission, reconcile.CodeRateLimited, reconcile.CodeTokenRefused,
}

// published are the documents that hold the versions: a function's is its action.
func (p *soakPool) published(changes []plan.Change) [][]byte {
	out := p.docs(changes)
	for i, c := range changes {
		if c.Action.Type == dataaction.TypeFunction {
			out[i], _ = p.server.Action(c.Action.ID)
		}
	}
	return out
}

// tidyDrafts complains of drafts that were left, unless they are another user's or the report says so, and removes
// them.
func (p *soakPool) tidyDrafts(changes []plan.Change, results []plan.Result, w *wreckage) {
	for _, c := range changes {
		if !p.server.Draft(c.Action.ID) {
			continue
		}
		i := slices.IndexFunc(results, func(r plan.Result) bool { return r.Action.ID == c.Action.ID })
		told := i >= 0 && (results[i].Code == "draft-exists" || strings.Contains(results[i].Error, "by hand") ||
			strings.Contains(results[i].Error, "whether there is a draft"))
		if !w.drafts && !told && !w.hides {
			p.t.Errorf("%s was left with a draft, faults %s\nresult: %+v\nrequests:\n%s", c.Action.ID, w.text, results[i],
				p.log())
		}
		req, err := http.NewRequest(http.MethodDelete, p.server.URL()+"/api/v2/integrations/actions/"+c.Action.ID+"/draft",
			nil)
		if err != nil {
			p.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.server.GiveToken())
		req.Close = true
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil || resp.StatusCode != http.StatusNoContent {
			p.t.Fatalf("removing a draft: %v, %+v", err, resp)
		}
		resp.Body.Close()
	}
}

// log is the server's log as text.
func (p *soakPool) log() string {
	var b strings.Builder
	for _, r := range p.server.Requests() {
		fmt.Fprintf(&b, "  %s %s?%s %d\n", r.Method, r.Path, r.Query, r.Status)
	}
	return b.String()
}

// TestSoakFetch reads under random faults: either it fails, or it reads what is there.
func TestSoakFetch(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	for _, api := range []dataaction.API{dataaction.Integrations, dataaction.Flows} {
		s := newFixture(t, api)
		s.flow("flow-1", "Flow 1", actionID(3))
		s.flow("flow-2", "Flow 2")
		var entries []dataaction.Entry
		for n := range 210 {
			if api == dataaction.Flows {
				entries = append(entries, under(dataaction.FlowSelector{Name: "Flow 1"}, byID(s.flowAction("flow-1", n, 3),
					12*seconds)))
				continue
			}
			e := byName(n, 12*seconds)
			s.action(n, 3)
			if n%50 == 3 {
				e = under(dataaction.FlowSelector{Name: "Flow 1"}, e)
			}
			entries = append(entries, e)
		}
		if api == dataaction.Integrations {
			entries = append(entries, byID(s.function(300, 5), 12*seconds), byID(s.action(301, 3,
				sandbox.WithoutListedConfig()), 12*seconds))
		}
		desired := s.desired(entries...)
		want, err := s.reconciler().Fetch(context.Background(), desired)
		if err != nil {
			t.Fatal(err)
		}
		failed, rounds := 0, setting(t, soakLength, shortSoak)/4
		for round := range rounds {
			random := rand.New(rand.NewPCG(seed, round))
			s.server.ClearFaults()
			s.client = s.connect()
			var text string
			for range 1 + random.IntN(3) {
				f := sandbox.Fault{Kind: soakReads[random.IntN(len(soakReads))], At: 1 + random.IntN(5), Times: 1 + random.IntN(6)}
				f.Status = []int{401, 408, 429, 500, 502, 503, 504}[random.IntN(7)]
				f.Path = []string{"", "pageNumber=", "/configuration", "/function", `/flows\?`, "/oauth/"}[random.IntN(6)]
				if f.Kind == sandbox.FaultOmitConfig {
					f.Path = "pageNumber=" // an action that by itself shows no configuration has none
				}
				s.server.Fault(f)
				text += fmt.Sprintf("\n  %s %q at %d times %d status %d", f.Kind, f.Path, f.At, f.Times, f.Status)
			}
			live, err := s.reconciler().Fetch(context.Background(), desired)
			s.client.Close()
			if err != nil {
				failed++
			} else if diff := cmp.Diff(want, said(live, want)); diff != "" {
				t.Fatalf("seed %d, %s, round %d, faults %s:\n%s", seed, api, round, text, diff)
			}
		}
		if failed == 0 || uint64(failed) > rounds*4/5 {
			t.Errorf("%s: %d of %d fetches failed: the faults are not what they should be", api, failed, rounds)
		}
	}
}

// said puts what live should hold in the place of what it says could not be read.
func said(live, want plan.Live) plan.Live {
	if live.OrganizationRefused != "" && live.Organization == nil {
		live.Organization, live.OrganizationRefused = want.Organization, ""
	}
	if live.DraftsRefused != "" {
		live.DraftsRefused = ""
	}
	for i, f := range live.Flows {
		at := slices.IndexFunc(want.Flows, func(w plan.LiveFlow) bool { return w.ID == f.ID })
		if f.Unreadable != "" && at >= 0 {
			live.Flows[i] = want.Flows[at]
		}
	}
	return live
}

var soakReads = []sandbox.FaultKind{
	sandbox.FaultStatus, sandbox.FaultStatus, sandbox.FaultStatus, sandbox.FaultReset, sandbox.FaultResetBody,
	sandbox.FaultCut, sandbox.FaultTruncate,
	sandbox.FaultHTML, sandbox.FaultEmpty, sandbox.FaultType, sandbox.FaultExpire, sandbox.FaultOmitConfig,
}
