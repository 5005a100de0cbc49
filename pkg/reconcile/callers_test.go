package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/reconcile"
	"genesys-timeouts/pkg/sandbox"
)

// caller describes a flow by what it calls: actions whose step gives up after 2 s, secure ones, modules and bots.
type caller struct {
	kind                          string
	actions, secure, modules, bot []string
}

func (c caller) configuration(name string) []byte {
	refs := func(ids []string) string {
		list := make([]string, len(ids))
		for i, id := range ids {
			list[i] = fmt.Sprintf(`{"id":%q,"name":"as called"}`, id)
		}
		return strings.Join(list, ",")
	}
	var steps []string
	for kind, ids := range map[string][]string{"DataAction": c.actions, "SecureAction": c.secure} {
		for _, id := range ids {
			steps = append(steps, fmt.Sprintf(`{"__type":%q,"actionId":%q,"name":"Step","trackingId":7,`+
				`"useSuggestedTimeout":false,"timeout":{"config":{"lit":{"text":"P0D0H0M2S0F"}}}}`, kind, id))
		}
	}
	return fmt.Appendf(nil, `{"name":%q,"type":%q,"flowSequenceItemList":[%s],"manifest":{"dataAction":[%s],`+
		`"secureAction":[%s],"commonModuleFlow":[%s],"botFlow":[%s]}}`, name, c.kind, strings.Join(steps, ","),
		refs(c.actions), refs(c.secure), refs(c.modules), refs(c.bot))
}

// caller adds a published flow and gives its id.
func (s *fixture) caller(id string, c caller) string {
	s.t.Helper()
	doc := fmt.Appendf(nil, `{"id":%q,"name":%q,"type":%q}`, id, "Flow "+id, c.kind)
	must(s.t, s.server.AddFlow(doc, c.configuration("Flow "+id)))
	return id
}

// callersOf are the callers of the first change, as "F>M 2000".
func callersOf(d plan.Document) (out []string) {
	for _, c := range d.Changes[0].Callers {
		path := c.Flow.ID
		for _, v := range c.Via {
			path += ">" + v.ID
		}
		out = append(out, fmt.Sprint(path, " ", *c.MeetsMS))
	}
	return out
}

// The index names flows, modules and bots; each is asked about and read once, in circles too.
func TestDependencyIndexBudget(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	s.options.Callers = plan.CallersChanged
	action, same := s.action(1, 3), s.action(2, 12)
	s.caller("F", caller{kind: "inboundcall", modules: []string{"M"}})
	s.caller("G", caller{kind: "workflow", actions: []string{action}})
	s.caller("M", caller{kind: "commonmodule", actions: []string{action}, bot: []string{"B"}})
	s.caller("B", caller{kind: "bot", modules: []string{"M"}})
	s.caller("Other", caller{kind: "inboundcall"})
	doc := s.plan(s.desired(byID(action, 12*seconds), byID(same, 12*seconds)))
	if diff := cmp.Diff([]string{"F>M 2000", "G 2000"}, callersOf(doc)); diff != "" {
		t.Errorf("callers (-want +got):\n%s", diff)
	}
	for i, want := range []plan.Checked{plan.CheckedIndex, plan.CheckedNo} {
		if got := doc.Changes[i].CallersChecked; got != want {
			t.Errorf("change %d was checked by %s, want %s", i, got, want)
		}
	}
	if ms := doc.Changes[0].CallersMeetMS; ms == nil || *ms != 2000 {
		t.Errorf("callers meet %v, want 2000", ms)
	}
	questions := 1 + 1 + 2 // the index's state, the action, module and bot
	flows := 1 + 4         // one lookup, four configurations
	if got, want := s.sent("", ""), 1+organisationRead+questions+flows; got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
}

// Listed flows answer by themselves: the index is not asked about what they call, secure steps included.
func TestListedFlowsNeedNoIndex(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	s.options.Callers = plan.CallersChanged
	action := s.action(1, 3)
	s.caller("F", caller{kind: "securecall", modules: []string{"M"}})
	s.caller("M", caller{kind: "commonmodule", secure: []string{action}, modules: []string{"F"}})
	doc := s.plan(s.desired(under(dataaction.FlowSelector{ID: "F"}, byID(action, 12*seconds))))
	if diff := cmp.Diff([]string{"F>M 2000"}, callersOf(doc)); diff != "" {
		t.Errorf("callers (-want +got):\n%s", diff)
	}
	if len(doc.Findings) != 1 || doc.Findings[0].Code != plan.StepOverridesTimeout || doc.Findings[0].Flow.ID != "F" {
		t.Errorf("findings %+v, want the step alone", doc.Findings)
	}
	if got, want := s.sent("", ""), 1+organisationRead+2+2; got != want {
		t.Errorf("%d requests, want %d: two for the flow and two for its module", got, want)
	}
}

// A secure action is asked about twice: secure steps are objects of another type.
func TestSecureActionsAreAskedAboutTwice(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	s.options.Callers = plan.CallersChanged
	id := actionID(1)
	doc := strings.Replace(string(actionDoc(id, "Pay", "CRM", 3)), `"secure":false`, `"secure":true`, 1)
	must(t, s.server.AddAction([]byte(doc)))
	s.caller("P", caller{kind: "securecall", secure: []string{id}})
	if diff := cmp.Diff([]string{"P 2000"}, callersOf(s.plan(s.desired(byID(id, 12*seconds))))); diff != "" {
		t.Errorf("callers (-want +got):\n%s", diff)
	}
	for object, want := range map[string]int{"objectType=DATAACTION": 1, "objectType=SECUREACTION": 1} {
		if got := s.sent("GET", object); got != want {
			t.Errorf("%d requests with %s, want %d", got, object, want)
		}
	}
}

func TestOnlyTheFirstChangesAreAskedAbout(t *testing.T) {
	t.Parallel()
	for callers, want := range map[plan.Callers]int{plan.CallersChanged: 25, plan.CallersAll: 31, plan.CallersListed: 0} {
		s := newFixture(t, dataaction.Integrations)
		s.options.Callers = callers
		entries := []dataaction.Entry{byID(s.action(99, 12), 12*seconds)}
		for n := range 30 {
			entries = append(entries, byID(s.action(n, 3), 12*seconds))
		}
		doc := s.plan(s.desired(entries...))
		if got := s.sent("GET", "/consumingresources"); got != want {
			t.Errorf("%s: the index was asked %d times, want %d", callers, got, want)
		}
		said := len(doc.Findings) == 1 && doc.Findings[0].Code == plan.CallersUnknown
		if said != (callers == plan.CallersChanged) {
			t.Errorf("%s: findings %+v", callers, doc.Findings)
		}
	}
}

// An index that does not answer, or in part, is a note: never a failure, and never "nobody calls it".
func TestIndexThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil   func(s *fixture)
		checked plan.Checked
		says    string
	}{
		"refused": {func(s *fixture) { s.server.Deny("architect:dependencyTracking:view") }, plan.CheckedNo, "403"},
		"rebuilding": {func(s *fixture) {
			s.server.SetIndex(sandbox.Index{Status: "BUILDINPROGRESS"})
		}, plan.CheckedIndex, "BUILDINPROGRESS"},
		"in part": {func(s *fixture) { s.server.SetIndex(sandbox.Index{Partial: true}) }, plan.CheckedIndex, "206"},
		"failed objects": {func(s *fixture) {
			s.server.SetIndex(sandbox.Index{FailedObjects: []string{"G"}})
		}, plan.CheckedIndex, "failed to read 1"},
		"every question": {func(s *fixture) {
			s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 404, Path: "/consumingresources"})
		}, plan.CheckedNo, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFixture(t, dataaction.Integrations)
			s.options.Callers = plan.CallersChanged
			action := s.action(1, 3)
			s.caller("F", caller{kind: "inboundcall", actions: []string{action}})
			s.caller("G", caller{kind: "inboundcall"})
			tt.spoil(s)
			doc := s.plan(s.desired(byID(action, 12*seconds)))
			c, last := doc.Changes[0], doc.Findings[len(doc.Findings)-1]
			if c.CallersChecked != tt.checked || c.CallersMeetMS != nil || doc.Summary.Errors != 0 {
				t.Errorf("checked by %s, callers meet %v, %+v", c.CallersChecked, c.CallersMeetMS, doc.Summary)
			}
			if last.Code != plan.CallersUnknown || last.Severity != plan.Info || !strings.Contains(last.Message, tt.says) {
				t.Errorf("finding %+v, want callers-unknown with %q", last, tt.says)
			}
		})
	}
}

// A flow with changes that are not live, one that was never published, and one that cannot be read.
func TestFlowsAreReadAsPublished(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	action, bad := s.action(1, 3), s.action(2, 3)
	live, saved := caller{kind: "inboundcall", actions: []string{action}}, caller{kind: "inboundcall"}
	must(t, s.server.AddFlow([]byte(`{"id":"edited","name":"Edited","type":"inboundcall"}`), live.configuration("Edited"),
		sandbox.SavedAs(saved.configuration("Edited"))))
	must(t, s.server.AddFlow([]byte(`{"id":"new","name":"New","type":"bot"}`), saved.configuration("New"),
		sandbox.NeverPublished()))
	s.caller("broken", caller{kind: "inboundcall", actions: []string{bad}})
	must(t, s.server.BreakFlow("broken", 409))
	listed := func(id string, e dataaction.Entry) dataaction.Entry { return under(dataaction.FlowSelector{ID: id}, e) }
	doc := s.plan(s.desired(listed("edited", byID(action, 12*seconds)), listed("new", byID(action, 12*seconds)),
		listed("broken", byID(bad, 12*seconds))))
	var got []string
	for _, f := range doc.Findings {
		got = append(got, fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Flow.ID))
	}
	want := []string{
		"warning flow-not-published new", "warning flow-unreadable broken", "warning step-overrides-timeout edited",
		"info flow-unpublished-changes edited",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if got := s.sent("GET", "latestconfiguration"); got != 0 {
		t.Errorf("%d requests for saved configurations, want none", got)
	}
}

// A flow that was published anew between its listing and the look into it is read in its new version.
func TestFlowPublishedWhileItIsRead(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	action := s.action(1, 3)
	s.caller("F", caller{kind: "inboundcall"})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultCall, Path: "F/versions", Times: 1, Do: func(server *sandbox.Server) {
		must(t, server.SaveFlow("F", caller{kind: "inboundcall", actions: []string{action}}.configuration("F")))
		must(t, server.PublishFlow("F"))
	}})
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 404, Path: "F/versions/1.0", Times: 1})
	doc := s.plan(s.desired(under(dataaction.FlowSelector{ID: "F"}, byID(action, 12*seconds))))
	if diff := cmp.Diff([]string{"F 2000"}, callersOf(doc)); diff != "" {
		t.Errorf("callers (-want +got):\n%s", diff)
	}
}

// Another organisation ends the run before anything else is read; one that cannot be read is said.
func TestGuardOfTheOrganisation(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	desired := s.desired(byID(s.action(1, 3), 12*seconds))
	id, name := s.server.Organization()
	desired.OrgID = "another"
	_, err := s.reconciler().Fetch(context.Background(), desired)
	var wrong *reconcile.WrongOrganization
	if !errors.As(err, &wrong) || wrong.Got != (dataaction.Organization{ID: id, Name: name}) || s.sent("", "") != 1 {
		t.Errorf("%v after %d requests, want a *WrongOrganization after one", err, s.sent("", ""))
	}
	s.server.ForgetRequests()
	desired.OrgID = strings.ToUpper(id) // the case of an id does not matter
	doc := s.plan(desired)
	if doc.Organization == nil || doc.Organization.Name != name || len(doc.Findings) != 0 ||
		s.sent("GET", "/organizations/me") != 1 {
		t.Errorf("%+v, findings %+v, want %s, read once", doc.Organization, doc.Findings, name)
	}
	s.server.Fault(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403, Path: "/organizations/me"})
	doc = s.plan(desired)
	if doc.Organization != nil || len(doc.Findings) != 1 || doc.Findings[0].Code != plan.OrganizationUnverified {
		t.Errorf("%+v, findings %+v, want organization-unverified", doc.Organization, doc.Findings)
	}
	if unread, err := s.reconciler().Guard(context.Background(), id); unread == nil || err != nil {
		t.Errorf("guard: unread because of %v, %v, want the answer", unread, err)
	}
}

// An action that no longer exists is told from one that the manifest does not list, also where ids alone are asked for.
func TestActionsThatFlowsCallAndNobodyManages(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	managed, other := s.action(1, 3), s.action(2, 3)
	s.caller("F", caller{kind: "inboundcall", actions: []string{managed, other, "custom_-_gone"}})
	for name, e := range map[string]dataaction.Entry{
		"by id": byID(managed, 12*seconds), "by name": byName(1, 12*seconds),
	} {
		doc := s.plan(s.desired(under(dataaction.FlowSelector{ID: "F"}, e)))
		gone := map[string]bool{}
		for _, f := range doc.Findings {
			if f.Code == plan.ActionUnmanaged {
				gone[f.Action.ID] = strings.Contains(f.Message, "does not exist any more")
			}
		}
		if diff := cmp.Diff(map[string]bool{other: false, "custom_-_gone": true}, gone); diff != "" {
			t.Errorf("%s: unmanaged actions (-want +got):\n%s", name, diff)
		}
	}
}

func TestBlameNeverFails(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	first, second := s.action(1, 3), s.action(2, 3)
	at := s.clock.Now().UTC().Add(-time.Hour).Truncate(time.Second)
	s.server.RecordChange(first, "Ada", at, 9, 3)
	changes := s.plan(s.desired(byID(first, 12*seconds), byID(second, 12*seconds))).Changes
	if refused := s.reconciler().Blame(context.Background(), changes, s.clock.Now()); refused != "" {
		t.Fatal(refused)
	}
	want := &plan.LastChange{At: at, By: "Ada", BeforeMS: new(int64(9000)), AfterMS: new(int64(3000))}
	if diff := cmp.Diff(want, changes[0].LastChange); diff != "" || changes[1].LastChange != nil {
		t.Errorf("(-want +got):\n%s\n%+v", diff, changes[1].LastChange)
	}
	s.server.Deny("audits:audit:view")
	if refused := s.reconciler().Blame(context.Background(), changes, s.clock.Now()); !strings.Contains(refused, "403") {
		t.Errorf("refused: %q, want the status", refused)
	}
}

func TestCallersOfAnActionWithoutAManifest(t *testing.T) {
	t.Parallel()
	s := newFixture(t, dataaction.Integrations)
	action := s.action(1, 3)
	s.caller("F", caller{kind: "inboundcall", actions: []string{action}})
	live, err := s.reconciler().Callers(context.Background(), dataaction.Live{Action: dataaction.Action{ID: action}})
	if err != nil {
		t.Fatal(err)
	}
	wanted := 12 * seconds
	callers, meets := plan.CallersOf(live, action, &wanted)
	if len(callers) != 1 || callers[0].Flow.ID != "F" || meets == nil || *meets != 2000 {
		t.Errorf("%+v, %v, want the one flow and 2 s", callers, meets)
	}
}
