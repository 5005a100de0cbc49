package genesys

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/rawjson"
)

const dependencyPath = "/api/v2/architect/dependencytracking"

// Object types of the dependency index for data actions; for flows see FlowObject.
const (
	ObjectDataAction   = "DATAACTION"
	ObjectSecureAction = "SECUREACTION"
)

// FlowObject is the dependency index's object type for a type of flow: "commonmodule" is COMMONMODULEFLOW.
func FlowObject(flowType string) string {
	object := strings.ToUpper(flowType)
	if strings.HasSuffix(object, "FLOW") {
		return object // WORKFLOW
	}
	return object + "FLOW"
}

// Consumers are the resources that the dependency index names as users of another one.
type Consumers struct {
	// Flows are the flows in the order of the answer, each once, whatever the number of versions.
	Flows []dataaction.Flow
	// Others counts consumers that are not flows, such as agent scripts, each once.
	Others int
	// Partial says why consumers may be missing. Empty means the answer is whole.
	Partial string
}

// IndexState reads the state of the dependency index. partial says why its answers may be incomplete; empty means
// they are not.
//
// Vendor's call: GET /api/v2/architect/dependencytracking/build.
func (c *Client) IndexState(ctx context.Context) (partial string, err error) {
	err = c.getRaw(ctx, dependencyPath+"/build", nil, func(doc rawjson.Value) error {
		if err := object(doc); err != nil {
			return err
		}
		fields := doc.Fields()
		failed := 0
		for range fields["failedObjects"].Elements() {
			failed++
		}
		switch status := words(fields["status"]); {
		case status == "":
			return wrongShape(fields["status"], "status")
		case status != "OPERATIONAL" && status != "OPERATIONALNEEDSREBUILD":
			partial = "the index is not operational (status " + c.wire.scrub.text(status, maxToken) + ")"
		case failed > 0:
			partial = fmt.Sprintf("the index failed to read %d objects", failed)
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("reading the state of the dependency index: %w", err)
	}
	return partial, nil
}

// consumer is one entry of the index: a version of a flow, or something else.
type consumer struct {
	version string // tells the entries apart
	flow    dataaction.Flow
	deleted bool
	unknown bool // stateUnknown
	isFlow  bool
}

// Consumers asks the dependency index which published flows use a resource.
//
// Vendor's call: GET /api/v2/architect/dependencytracking/consumingresources?id=&objectType=&flowFilter=published.
func (c *Client) Consumers(ctx context.Context, id, objectType string) (Consumers, error) {
	l := listing[consumer]{
		client: c, path: dependencyPath + "/consumingresources",
		query:  url.Values{"id": {id}, "objectType": {objectType}, "flowFilter": {"published"}},
		decode: func(w *rawjson.Walk) (string, consumer) { return decodeConsumer(w.Value()) },
	}
	found, err := l.pass(ctx, nil)
	if err != nil {
		return Consumers{}, fmt.Errorf("asking the dependency index about %.200q: %w", id, err)
	}
	var out Consumers
	if found.partial {
		out.Partial = "the index answered in part (206)"
	}
	entries, seen := map[string]bool{}, map[string]bool{}
	for _, r := range found.items {
		entries[r.version] = true
		if r.unknown && out.Partial == "" {
			out.Partial = "the index does not know the state of some resources"
		}
		if r.deleted || seen[r.flow.ID] {
			continue
		}
		seen[r.flow.ID] = true
		if r.isFlow {
			out.Flows = append(out.Flows, r.flow)
		} else {
			out.Others++
		}
	}
	if len(entries) < found.total && out.Partial == "" {
		out.Partial = "the index answered with fewer resources than it counts"
	}
	return out, nil
}

// decodeConsumer gives an entry its own key: the index repeats a flow's id for each of its versions, and a version that
// comes twice counts with both its states.
func decodeConsumer(doc rawjson.Value) (key string, r consumer) {
	fields := doc.Fields()
	kind := strings.ToUpper(words(fields["type"]))
	r.flow = dataaction.Flow{ID: words(fields["id"]), Name: words(fields["name"]), Type: dataaction.FlowType(kind)}
	if r.flow.ID == "" {
		return "", r
	}
	r.isFlow = strings.HasSuffix(kind, "FLOW")
	r.deleted = string(fields["deleted"]) == "true"
	r.unknown = string(fields["stateUnknown"]) == "true"
	r.version = r.flow.ID + " " + string(fields["version"]) + " " + kind
	return fmt.Sprint(r.version, " ", r.deleted, r.unknown), r
}
