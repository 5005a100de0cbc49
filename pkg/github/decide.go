package github

import (
	"fmt"
	"slices"
)

// Source is a merged pull request and what our comment on it approves.
type Source struct {
	Pull Pull
	// Comment is the zero value where the pull request carries no plan of ours, or cannot be used.
	Comment Comment
	// Note is the id of the note beside the comment, 0 for none.
	Note int64
	// List is the comment's list for the wanted label, organisation and environment, or nil.
	List *List
	// InPush is true for a pull request of this push (or the one that pr-number names), false for an earlier or later
	// one.
	InPush bool
	// Later is true for one that was merged after the commit that runs: it approves nothing here, and ends what it
	// changes.
	Later bool
	// Silent is true where pr-number names another pull request: it approves nothing either, but ends what it changes
	// and is used up.
	Silent bool
	Trust  Trust
	// Invalid says why it approves nothing; "" where it does.
	Invalid string
}

// byID finds rows by their action.
func byID(rows []Row) map[string][]Row {
	out := make(map[string][]Row, len(rows))
	for _, r := range rows {
		out[r.ID] = append(out[r.ID], r)
	}
	return out
}

// indexed is a source whose rows are found by their action.
type indexed struct {
	Source
	rows, unchanged map[string][]Row
}

func index(sources []Source) []indexed {
	out := make([]indexed, len(sources))
	for i, s := range sources {
		out[i].Source = s
		if s.List != nil {
			out[i].rows, out[i].unchanged = byID(s.List.Rows), byID(s.List.Unchanged)
		}
	}
	return out
}

// Allowed is a change that may be written, and the pull requests that showed it.
type Allowed struct {
	Row   Row
	Pulls []int
}

// Reason is why a change may not be written.
type Reason string

// The reasons.
const (
	// NotShown: no pull request showed a change of this action.
	NotShown Reason = "not-shown"
	// LiveChanged: a pull request showed the wanted value, but from another value than the live one.
	LiveChanged Reason = "live-changed"
	// OtherValue: a pull request showed another wanted value.
	OtherValue Reason = "other-value"
	// UsedUp: the change was shown, and its approval has been used.
	UsedUp Reason = "used-up"
	// Ended: the change was shown, and a later push wanted another value.
	Ended Reason = "ended"
	// NotListed: the comment's list did not fit, and the plan is not the very same one.
	NotListed Reason = "not-listed"
	// Invalid: the comment that showed the change approves nothing.
	Invalid Reason = "invalid"
)

// Refusal is a change that may not be written.
type Refusal struct {
	Row    Row
	Reason Reason
	// Pull is the pull request that came closest, or 0.
	Pull int
	// Shown is what it showed for the action, where it showed something.
	Shown *Row
	// Detail is why the comment approves nothing, for Invalid.
	Detail string
	// Approved are the pull requests whose approval Pull ended, for Ended.
	Approved []int
}

// Decision says what of a plan may be written.
type Decision struct {
	// Allowed and Refused are the wanted rows, in their order.
	Allowed []Allowed
	Refused []Refusal
	// NoPlan is true where no merged pull request carries a plan of ours that counts; NoPlanWhy has what is wrong
	// with those that were found.
	NoPlan    bool
	NoPlanWhy []string
}

// OK reports whether everything may be written. Nothing is written otherwise.
func (d Decision) OK() bool { return len(d.Refused) == 0 }

// Decide says which of the wanted rows the sources approve. A row is approved by an unused row of a valid source with
// the same action, from and to, for the same label, organisation and environment, unless a later source wants another
// value.
func Decide(wanted Approved, sources []Source) Decision {
	var d Decision
	all, hash := index(sources), wanted.Hash()
	for _, r := range wanted.Rows {
		pulls, refusal := decideRow(hash, r, all)
		if refusal != nil {
			d.Refused = append(d.Refused, *refusal)
			continue
		}
		d.Allowed = append(d.Allowed, Allowed{Row: r, Pulls: pulls})
	}
	d.NoPlan = !slices.ContainsFunc(sources, func(s Source) bool {
		return s.List != nil && s.Invalid == "" && !s.Later && !s.Silent
	})
	for _, s := range sources {
		if s.Invalid != "" && s.InPush {
			d.NoPlanWhy = append(d.NoPlanWhy, s.Invalid)
		}
	}
	return d
}

// decideRow gives the pull requests that approve a row, or the refusal that tells most about it. Sources come in the
// order of their merge: each ends the approvals before it where it wants another value.
func decideRow(hash string, r Row, sources []indexed) ([]int, *Refusal) {
	var pulls []int
	var ended *Refusal
	refusal := &Refusal{Row: r, Reason: NotShown}
	for _, s := range sources {
		if other := s.ends(r); other != nil && len(pulls) > 0 {
			ended = &Refusal{Row: r, Reason: Ended, Pull: s.Pull.Number, Shown: other, Approved: pulls}
			pulls = nil
		}
		reason, shown := s.judge(hash, r)
		switch {
		case reason == "":
			pulls = append(pulls, s.Pull.Number)
		case slices.Index(telling, reason) > slices.Index(telling, refusal.Reason):
			refusal = &Refusal{Row: r, Reason: reason, Pull: s.Pull.Number, Shown: shown, Detail: s.Invalid}
		}
	}
	switch {
	case len(pulls) > 0:
		return pulls, nil
	case ended != nil:
		return nil, ended
	}
	return nil, refusal
}

// approvesAll reports whether a source still approves each row that it approved when a run decided.
func (s Source) approvesAll(decided Source, wanted Approved) bool {
	hash, sources := wanted.Hash(), index([]Source{decided, s})
	return !slices.ContainsFunc(wanted.Rows, func(r Row) bool {
		before, _ := sources[0].judge(hash, r)
		now, _ := sources[1].judge(hash, r)
		return before == "" && now != ""
	})
}

// telling ranks reasons, the one that says most last.
var telling = []Reason{NotShown, OtherValue, NotListed, Invalid, LiveChanged, Ended, UsedUp}

// judge says why a source does not approve a row, "" where it does, and what it showed of the action.
func (s indexed) judge(hash string, r Row) (Reason, *Row) {
	if s.List == nil || s.Later || s.Silent {
		return NotShown, nil
	}
	if s.List.Folded {
		return s.judgeFolded(hash), nil
	}
	best, shown := NotShown, (*Row)(nil)
	for _, row := range s.rows[r.ID] {
		var reason Reason
		switch {
		case row.To != r.To:
			reason = OtherValue
		case !row.equal(r):
			reason = LiveChanged
		case row.Used == UsedEnded:
			reason = Ended
		case row.Used != Unused:
			reason = UsedUp
		case s.Invalid != "":
			reason = Invalid
		default:
			return "", &row
		}
		if slices.Index(telling, reason) > slices.Index(telling, best) {
			best, shown = reason, &row
		}
	}
	return best, shown
}

func (s Source) judgeFolded(hash string) Reason {
	switch {
	case s.List.Plan != hash:
		return NotListed
	case s.List.Used == UsedEnded:
		return Ended
	case s.List.Used != Unused:
		return UsedUp
	case s.Invalid != "":
		return Invalid
	}
	return ""
}

// ends is the row of a source that wants another value for the action, or nil. What a source found in step counts only
// where it was merged after the commit that runs: one merged before it was planned without its neighbours.
func (s indexed) ends(r Row) *Row {
	rows := s.rows[r.ID]
	if s.Later {
		rows = slices.Concat(rows, s.unchanged[r.ID])
	}
	if len(rows) == 0 || s.Invalid == unrelated || slices.ContainsFunc(rows, func(o Row) bool { return o.To == r.To }) {
		return nil
	}
	return &rows[0]
}

// Why says why a row is refused; timeout puts a timeout into words.
func (f Refusal) Why(timeout func(ms *int64) string) string {
	shown := Row{}
	if f.Shown != nil {
		shown = *f.Shown
	}
	switch f.Reason {
	case LiveChanged:
		return fmt.Sprintf("pull request #%d showed it from %s, and live is %s now",
			f.Pull, timeout(shown.From), timeout(f.Row.From))
	case OtherValue:
		return fmt.Sprintf("pull request #%d showed it to %s, not %s", f.Pull, timeout(&shown.To), timeout(&f.Row.To))
	case UsedUp:
		if shown.Used == UsedInStep {
			return fmt.Sprintf("the approval by pull request #%d is used up: a run found it in step", f.Pull)
		}
		return fmt.Sprintf("the approval by pull request #%d is used up: it was applied already", f.Pull)
	case Ended:
		if shown.To != f.Row.To {
			return fmt.Sprintf("pull request #%d, merged later, wants %s", f.Pull, timeout(&shown.To))
		}
		return fmt.Sprintf("the approval by pull request #%d has ended: a later push wanted another value", f.Pull)
	case NotListed:
		return fmt.Sprintf("the comment on pull request #%d was too long to list its changes, "+
			"and the plan is not the very same one", f.Pull)
	case Invalid:
		return f.Detail
	}
	return "no merged pull request showed it"
}

// Mark is the source's list with the rows marked that a run used up, and whether that changed anything: written are
// the rows that it wrote; wanted.Unchanged are the entries that it found in step.
func (s Source) Mark(wanted Approved, written []Row) (List, bool) {
	if s.List == nil {
		return List{}, false
	}
	l := *s.List
	l.Rows = slices.Clone(l.Rows)
	if s.Later || s.Invalid != "" {
		return l, false
	}
	if l.Folded {
		use := Unused
		switch {
		case len(written) > 0:
			use = UsedByWrite
		case len(wanted.Rows) == 0:
			use = UsedInStep
		}
		if l.Used != Unused || use == Unused {
			return l, false
		}
		l.Used = use
		return l, true
	}
	changed := false
	wrote, unchanged, rows := byID(written), byID(wanted.Unchanged), byID(wanted.Rows)
	for i, r := range l.Rows {
		if use := usedBy(r, wrote[r.ID], unchanged[r.ID], rows[r.ID]); r.Used == Unused && use != Unused {
			l.Rows[i].Used, changed = use, true
		}
	}
	return l, changed
}

// usedBy says how a run uses an approved row up, by what it wrote, found in step and wanted for the row's action.
func usedBy(r Row, written, unchanged, wanted []Row) Use {
	same := func(o Row) bool { return o.To == r.To }
	switch {
	case slices.ContainsFunc(written, same):
		return UsedByWrite
	case slices.ContainsFunc(unchanged, same):
		return UsedInStep
	case len(unchanged) > 0, len(wanted) > 0 && !slices.ContainsFunc(wanted, same):
		return UsedEnded
	}
	return Unused
}
