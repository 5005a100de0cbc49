package github

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// List is what a comment approves for one organisation, and what of it is used up.
type List struct {
	Approved
	// Plan is the hash of the plan as it was shown.
	Plan string
	// Folded is true where the rows did not fit into the block: then only the very same plan counts, once, and Used
	// is for all of it.
	Folded bool
	Used   Use
}

// Lists are the lists of some plans, with nothing used.
func Lists(plans ...Approved) []List {
	var out []List
	for _, p := range plans {
		out = append(out, List{Approved: p, Plan: p.Hash()})
	}
	return out
}

// HashAll is the hash of plans for several organisations, in their order; of one it is the plan's own.
func HashAll(plans []Approved) string {
	if len(plans) == 1 {
		return plans[0].Hash()
	}
	h := sha256.New()
	for _, p := range plans {
		writeField(h, p.Hash())
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// find is the list with a plan's label, organisation and environment, or nil.
func find(lists []List, a Approved) *List {
	for i := range lists {
		if lists[i].sameTarget(a) {
			return &lists[i]
		}
	}
	return nil
}

const (
	// MaxApproved is the most bytes of a body that the hidden block of approved changes may take.
	MaxApproved = 30_000

	approvedOpen  = markerOpen + "approved v2 "
	approvedClose = markerClose
	// maxUnpacked bounds what a block may unpack to: 5,000 rows take about 400 kB.
	maxUnpacked = 8 << 20
)

// packed is the JSON of one list. A row is [id, from, to] or [id, from, to, use]; an unchanged entry is [id, to].
type packed struct {
	Organization string              `json:"o,omitempty"`
	Label        string              `json:"l"`
	Environment  string              `json:"e"`
	Digest       string              `json:"d"`
	Plan         string              `json:"h"`
	Folded       bool                `json:"f,omitempty"`
	Used         Use                 `json:"x,omitempty"`
	Rows         [][]json.RawMessage `json:"r,omitempty"`
	Unchanged    [][]json.RawMessage `json:"u,omitempty"`
}

// encodeBlock is the hidden block, one line of at most MaxApproved bytes. What does not fit is left out: first the
// unchanged entries, then the rows of the longest lists. A block that still does not fit is "".
func encodeBlock(lists []List) (string, error) {
	lists = slices.Clone(lists)
	for step := 0; step <= len(lists)+1; step++ {
		block, err := packBlock(lists)
		if err != nil || len(block) <= MaxApproved {
			return block, err
		}
		if step == 0 {
			for i := range lists {
				lists[i].Unchanged = nil
			}
			continue
		}
		longest := 0
		for i := range lists {
			if len(lists[i].Rows) > len(lists[longest].Rows) {
				longest = i
			}
		}
		lists[longest].fold()
	}
	return "", nil
}

// fold leaves the rows out. A list of which something is used already is used up: the same plan must not count again.
func (l *List) fold() {
	for _, r := range l.Rows {
		if r.Used != Unused && l.Used == Unused {
			l.Used = r.Used
		}
	}
	l.Rows, l.Folded = nil, true
}

func packBlock(lists []List) (string, error) {
	all := make([]packed, len(lists))
	for i, l := range lists {
		p := packed{
			Organization: l.Organization, Label: l.Label, Environment: l.Environment, Digest: l.ManifestDigest,
			Plan: l.Plan, Folded: l.Folded, Used: l.Used,
		}
		for _, r := range sortedRows(l.Rows) {
			row := []any{r.ID, r.From, r.To}
			if r.Used != Unused {
				row = append(row, r.Used)
			}
			p.Rows = append(p.Rows, cells(row...))
		}
		for _, r := range sortedRows(l.Unchanged) {
			p.Unchanged = append(p.Unchanged, cells(r.ID, r.To))
		}
		all[i] = p
	}
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err == nil {
		err = errors.Join(json.NewEncoder(z).Encode(all), z.Close())
	}
	if err != nil {
		return "", fmt.Errorf("packing the approved changes: %w", err)
	}
	// base64 has no "-", so it cannot end the HTML comment around it.
	return approvedOpen + base64.StdEncoding.EncodeToString(buf.Bytes()) + approvedClose, nil
}

// cells are values of types that always marshal: strings, numbers and nil.
func cells(values ...any) []json.RawMessage {
	out := make([]json.RawMessage, len(values))
	for i, v := range values {
		out[i], _ = json.Marshal(v)
	}
	return out
}

// parseBlock reads the block of a body that has a marker. It stands on the second line and nowhere else, because the
// lines below hold names from elsewhere. A body without one, or with one that cannot be read, has no lists.
func parseBlock(body string) []List {
	_, rest, _ := strings.Cut(body, "\n")
	line, _, _ := strings.Cut(rest, "\n")
	line, open := strings.CutPrefix(strings.TrimSuffix(line, "\r"), approvedOpen)
	line, end := strings.CutSuffix(line, approvedClose)
	if !open || !end {
		return nil
	}
	lists, err := unpackBlock(line)
	if err != nil {
		return nil
	}
	return lists
}

func unpackBlock(text string) ([]List, error) {
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(z, maxUnpacked+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxUnpacked {
		return nil, fmt.Errorf("over %d bytes", maxUnpacked)
	}
	var all []packed
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	lists := make([]List, len(all))
	for i, p := range all {
		if lists[i], err = p.list(); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// list refuses a list whose rows are not those of its plan's hash.
func (p packed) list() (List, error) {
	l := List{
		Approved: Approved{
			Label: p.Label, Organization: p.Organization, Environment: p.Environment, ManifestDigest: p.Digest,
		},
		Plan: p.Plan, Folded: p.Folded, Used: p.Used,
	}
	for _, row := range p.Rows {
		var r Row
		if len(row) != 3 && len(row) != 4 {
			return List{}, fmt.Errorf("a row has %d cells", len(row))
		}
		if err := scan(row, &r.ID, &r.From, &r.To, &r.Used); err != nil {
			return List{}, err
		}
		l.Rows = append(l.Rows, r)
	}
	for _, row := range p.Unchanged {
		var r Row
		if len(row) != 2 {
			return List{}, fmt.Errorf("an unchanged entry has %d cells", len(row))
		}
		if err := scan(row, &r.ID, &r.To); err != nil {
			return List{}, err
		}
		l.Unchanged = append(l.Unchanged, r)
	}
	if !l.Folded && l.Hash() != l.Plan {
		return List{}, errors.New("the rows are not the plan's")
	}
	return l, nil
}

func scan(row []json.RawMessage, to ...any) error {
	for i, cell := range row {
		if err := json.Unmarshal(cell, to[i]); err != nil {
			return err
		}
	}
	return nil
}
