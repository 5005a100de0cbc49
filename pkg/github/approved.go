package github

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Row is one change of a plan: an action, and its timeout before and after in milliseconds. Where an action is only unique
// within its flow, the caller's ID says both.
type Row struct {
	ID string
	// From is nil where no timeout is set, which is not zero.
	From *int64
	To   int64
}

// Approved is a plan as its readers saw it: what a merge approves.
type Approved struct {
	Label, Environment string
	// ManifestDigest is the digest of the manifests that the plan was made from.
	ManifestDigest string
	Rows           []Row
}

// Hash is "sha256:..." over label, environment, manifest digest and the rows in their canonical order. Texts, times and the
// order in which rows come do not count.
func Hash(label, environment, manifestDigest string, rows []Row) string {
	rows = slices.Clone(rows)
	sort.SliceStable(rows, func(i, j int) bool { return compareRows(rows[i], rows[j]) < 0 })
	h := sha256.New()
	writeField(h, "genesys-timeouts plan 1")
	writeField(h, label)
	writeField(h, environment)
	writeField(h, manifestDigest)
	for _, r := range rows {
		writeField(h, r.ID)
		writeField(h, fromText(r.From))
		writeField(h, strconv.FormatInt(r.To, 10))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Hash is the plan's Hash.
func (a Approved) Hash() string { return Hash(a.Label, a.Environment, a.ManifestDigest, a.Rows) }

// writeField writes a string with its length before it, so that no two lists of fields share their bytes.
func writeField(h hash.Hash, s string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}

func compareRows(a, b Row) int {
	return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(fromText(a.From), fromText(b.From)), cmp.Compare(a.To, b.To))
}

func fromText(from *int64) string {
	if from == nil {
		return "unset"
	}
	return strconv.FormatInt(*from, 10)
}

func (r Row) equal(o Row) bool { return compareRows(r, o) == 0 }

// missing lists the rows that were not approved with just that from and to.
func (a Approved) missing(rows []Row) []Row {
	approved := map[string][]Row{}
	for _, r := range a.Rows {
		approved[r.ID] = append(approved[r.ID], r)
	}
	var out []Row
	for _, r := range rows {
		if !slices.ContainsFunc(approved[r.ID], r.equal) {
			out = append(out, r)
		}
	}
	return out
}

// Approval says whether what is about to be written is what a pull request showed.
type Approval struct {
	OK bool
	// Exact is true for the very same plan, false for a part of it that is left to do.
	Exact bool
	// Why says, where not OK, what stands against it; Unapproved are the rows that were not shown, where the shown ones are known.
	Why        string
	Unapproved []Row
}

// Approve compares the plan as it is now with the one that a comment shows. The same hash is approved; so are rows that are a
// subset of the shown ones with the same from and to, as when an apply that failed half-way is run again.
func Approve(shown Comment, now Approved) Approval {
	switch {
	case shown.Marker.State == StateErrors:
		return Approval{Why: "the plan that the pull request showed had errors"}
	case shown.Marker.Plan == now.Hash():
		return Approval{OK: true, Exact: true}
	case shown.Approved == nil:
		return Approval{Why: "the plan is another one than the pull request showed (its changes are not listed in the comment, so that only the very same plan counts)"}
	case shown.Approved.Hash() != shown.Marker.Plan:
		return Approval{Why: "the comment's list of approved changes does not belong to the plan it shows: the comment was edited"}
	case shown.Approved.Label != now.Label || shown.Approved.Environment != now.Environment:
		return Approval{Why: "the plan that the pull request showed was for another label or environment"}
	}
	if missing := shown.Approved.missing(now.Rows); len(missing) > 0 {
		return Approval{Why: "the plan has changes that the pull request did not show", Unapproved: missing}
	}
	return Approval{OK: true}
}

const (
	approvedOpen  = markerOpen + "approved v1 "
	approvedClose = markerClose
	// maxUnpacked bounds what a block may unpack to: 5,000 rows take about 400 kB.
	maxUnpacked = 8 << 20
)

// packed is the JSON inside the block; a row is [id, from, to].
type packed struct {
	Label       string   `json:"l"`
	Environment string   `json:"e"`
	Digest      string   `json:"d"`
	Rows        [][3]any `json:"r"`
}

// encode is the hidden block, one line. Its base64 has no "-", so it cannot end the HTML comment it stands in.
func (a Approved) encode() (string, error) {
	rows := slices.Clone(a.Rows)
	sort.SliceStable(rows, func(i, j int) bool { return compareRows(rows[i], rows[j]) < 0 })
	p := packed{Label: a.Label, Environment: a.Environment, Digest: a.ManifestDigest, Rows: make([][3]any, len(rows))}
	for i, r := range rows {
		p.Rows[i] = [3]any{r.ID, r.From, r.To}
	}
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return "", fmt.Errorf("packing the approved changes: %w", err)
	}
	if err := errors.Join(json.NewEncoder(z).Encode(p), z.Close()); err != nil {
		return "", fmt.Errorf("packing the approved changes: %w", err)
	}
	return approvedOpen + base64.StdEncoding.EncodeToString(buf.Bytes()) + approvedClose, nil
}

// parseApproved reads the block of a body that has a marker: it stands on the second line and nowhere else, because the lines
// after it hold names that come from elsewhere. A body without one, or with one that cannot be read, has none.
func parseApproved(body string) *Approved {
	_, rest, _ := strings.Cut(body, "\n")
	line, _, _ := strings.Cut(rest, "\n")
	line, open := strings.CutPrefix(strings.TrimSuffix(line, "\r"), approvedOpen)
	line, end := strings.CutSuffix(line, approvedClose)
	if !open || !end {
		return nil
	}
	a, err := unpack(line)
	if err != nil {
		return nil
	}
	return &a
}

func unpack(text string) (Approved, error) {
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		return Approved{}, err
	}
	b, err := io.ReadAll(io.LimitReader(z, maxUnpacked+1))
	if err != nil {
		return Approved{}, err
	}
	if len(b) > maxUnpacked {
		return Approved{}, fmt.Errorf("over %d bytes", maxUnpacked)
	}
	var p struct {
		packed
		Rows [][]json.RawMessage `json:"r"`
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return Approved{}, err
	}
	a := Approved{Label: p.Label, Environment: p.Environment, ManifestDigest: p.Digest}
	for i, cells := range p.Rows {
		var r Row
		if len(cells) != 3 {
			return Approved{}, fmt.Errorf("row %d has %d cells", i, len(cells))
		}
		if err := errors.Join(json.Unmarshal(cells[0], &r.ID), json.Unmarshal(cells[1], &r.From), json.Unmarshal(cells[2], &r.To)); err != nil {
			return Approved{}, err
		}
		a.Rows = append(a.Rows, r)
	}
	return a, nil
}
