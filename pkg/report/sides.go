package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"genesys-timeouts/pkg/plan"
)

// Side is one organisation of a plan for several: its document, or why the plan failed.
type Side struct {
	// Org is the organisation's name in the manifest, Environment its domain.
	Org, Environment string
	// Doc is nil where the run failed for this organisation; Failure says why then.
	Doc     *plan.Document
	Failure *Failure
}

// Sides are the organisations of a plan, in the manifest's order.
type Sides []Side

// MarshalJSON writes {"format_version":"1","organizations":{"test":{...},"production":{...}}} in the order of the
// sides, which a Go map would not keep.
func (s Sides) MarshalJSON() ([]byte, error) {
	return byOrganization(len(s), func(i int) (string, any) {
		if s[i].Doc == nil {
			return s[i].Org, orEmpty(s[i].Failure)
		}
		return s[i].Org, s[i].Doc
	})
}

func orEmpty(f *Failure) Failure {
	if f == nil {
		return Failure{}
	}
	return *f
}

// Joint are documents of several organisations, in the manifest's order. An organisation that failed has a Failure.
type Joint []JointDocument

// JointDocument is the document of one organisation.
type JointDocument struct {
	Org      string
	Document any
}

// MarshalJSON writes the shape that plans of several organisations have.
func (j Joint) MarshalJSON() ([]byte, error) {
	return byOrganization(len(j), func(i int) (string, any) { return j[i].Org, j[i].Document })
}

// byOrganization writes documents under the names of their organisations, in their order.
func byOrganization(n int, document func(i int) (string, any)) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	fmt.Fprintf(&b, `{"format_version":%q,"organizations":{`, plan.FormatVersion)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		org, doc := document(i)
		if err := enc.Encode(org); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(doc); err != nil {
			return nil, err
		}
	}
	b.WriteString("}}")
	return b.Bytes(), nil
}

// failed reports whether an organisation has no plan.
func (s Sides) failed() bool {
	return slices.ContainsFunc(s, func(x Side) bool { return x.Doc == nil })
}
