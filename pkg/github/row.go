package github

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"strconv"
	"strings"
)

// Row is one change: an action and its timeout before and after, in milliseconds. Where an action ID is unique only
// within its flow, the caller's ID names both.
type Row struct {
	ID string
	// From is nil where no timeout is set, which is not zero.
	From *int64
	To   int64
	// Used says what used up the approval of this row. Only rows read from a comment carry it; it is not part of a
	// row's identity.
	Used Use
}

// Use is what used up an approval.
type Use string

// An approval counts once.
const (
	Unused Use = ""
	// UsedByWrite: the change was written.
	UsedByWrite Use = "applied"
	// UsedInStep: a run found the action at the wanted value already.
	UsedInStep Use = "in-step"
	// UsedEnded: a later push wanted another value for the action.
	UsedEnded Use = "ended"
)

// Approved is a plan as its readers saw it: what a merge approves for one organisation.
type Approved struct {
	Label, Environment string
	// Organization is the organisation's name in the manifest, "" where the manifest declares none.
	Organization string
	// ManifestDigest is the digest of the manifests the plan was made from.
	ManifestDigest string
	Rows           []Row
	// Unchanged are the entries in step: ID and To. They are not part of Hash.
	Unchanged []Row
}

// Hash is "sha256:..." over label, environment, organisation, manifest digest and the rows in canonical order. Texts,
// times and the order of rows do not count.
func (a Approved) Hash() string {
	h := sha256.New()
	if a.Organization == "" {
		writeField(h, "genesys-timeouts plan 1")
	} else {
		writeField(h, "genesys-timeouts plan 2")
		writeField(h, a.Organization)
	}
	writeField(h, a.Label)
	writeField(h, a.Environment)
	writeField(h, a.ManifestDigest)
	for _, r := range sortedRows(a.Rows) {
		writeField(h, r.ID)
		writeField(h, fromText(r.From))
		writeField(h, strconv.FormatInt(r.To, 10))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// sameTarget reports whether two plans are for the same label, organisation and environment.
func (a Approved) sameTarget(o Approved) bool {
	return a.Label == o.Label && a.Organization == o.Organization && a.Environment == o.Environment
}

// writeField writes a string with its length before it, so that no two lists of fields share their bytes.
func writeField(h hash.Hash, s string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}

func sortedRows(rows []Row) []Row {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, compareRows)
	return rows
}

func compareRows(a, b Row) int {
	return cmp.Or(
		strings.Compare(a.ID, b.ID), strings.Compare(fromText(a.From), fromText(b.From)), cmp.Compare(a.To, b.To))
}

func fromText(from *int64) string {
	if from == nil {
		return "unset"
	}
	return strconv.FormatInt(*from, 10)
}

func (r Row) equal(o Row) bool { return compareRows(r, o) == 0 }
