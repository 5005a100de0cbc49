package advice

import (
	"time"

	"genesys-timeouts/pkg/dataaction"
)

// busyHour is the busiest hour of the busiest day. known is false where the hours were not measured.
type busyHour struct {
	known bool
	start time.Time
	sumMS int64            // of all actions; dataaction.Unknown where an answer lacks it
	calls map[string]int64 // by action
}

// busiest finds the hour with most calls of all actions, the earlier of equals.
func busiest(m dataaction.Measured) busyHour {
	total := map[time.Time]int64{}
	for _, row := range m.Hours {
		total[row.Start] += row.Calls
	}
	b := busyHour{calls: map[string]int64{}}
	var most int64
	for start, n := range total {
		if n > most || n == most && n > 0 && start.Before(b.start) {
			b.known, b.start, most = true, start, n
		}
	}
	if !b.known {
		return b
	}
	for _, row := range m.Hours {
		if !row.Start.Equal(b.start) {
			continue
		}
		b.calls[row.ActionID] += row.Calls
		if row.SumMS == dataaction.Unknown && row.Calls > 0 || b.sumMS == dataaction.Unknown {
			b.sumMS = dataaction.Unknown
			continue
		}
		b.sumMS += max(0, row.SumMS)
	}
	return b
}

// slots says what is known of the organisation's concurrent executions.
func slots(in Input, hour busyHour) Slots {
	s := Slots{Source: FromNowhere}
	switch {
	case in.Slots != nil:
		s.Limit, s.Source = in.Slots, FromFlag
	case in.Measured.Slots.Total != nil:
		s.Limit, s.Source = in.Measured.Slots.Total, FromOrganization
	}
	if in.Slots == nil {
		s.Functions = in.Measured.Slots.Functions
	}
	if hour.known {
		s.BusiestHour = &hour.start
		if hour.sumMS != dataaction.Unknown {
			s.InUse = new(round(float64(hour.sumMS)/3_600_000, 4))
		}
	}
	return s
}

// fillingShare is the share of the limit from which a hanging service leaves too little to the other actions.
const fillingShare = 0.8

// hang says what the action takes when the service hangs, by Little's law: calls a second times seconds each.
func (x *judge) hang(j *Judgement, t *tally) {
	if !x.hours.known || j.LimitMS == nil {
		return
	}
	perSecond := float64(x.hours.calls[j.Action.ID]) / 3600
	most := float64(*j.LimitMS)
	j.HangSlots = &HangSlots{Now: new(round(perSecond*most/1000, 4))}
	if j.ProposedMS != nil {
		j.HangSlots.Proposed = new(round(perSecond*float64(*j.ProposedMS)/1000, 4))
		most = max(most, float64(*j.ProposedMS))
	}
	if j.Code == TooShort {
		share := float64(t.atLimit) / float64(j.Calls)
		j.RaiseSlots = new(round(perSecond*share*float64(*j.ProposedMS-*j.LimitMS)/1000, 4))
	}
	taken := perSecond * most / 1000
	fills := func(limit *int64) bool { return limit != nil && taken >= fillingShare*float64(*limit) }
	j.FillsSlots = fills(x.slots.Limit) || j.Action.Type == dataaction.TypeFunction && fills(x.slots.Functions)
}
