package reconcile

import (
	"context"
	"fmt"
	"strings"

	"genesys-timeouts/pkg/dataaction"
)

// WrongOrganization reports a token of another organisation than the one that the manifest or a saved plan is for.
type WrongOrganization struct {
	// Want is an organisation's id, Got the organisation of the token.
	Want string
	Got  dataaction.Organization
}

func (e *WrongOrganization) Error() string {
	return fmt.Sprintf("these credentials belong to organisation %q (%s), not to %s: nothing else was read",
		e.Got.Name, e.Got.ID, e.Want)
}

// Organization reads which organisation the token belongs to; nil means the API refused to say. It asks once: later
// calls, and Fetch, use the answer.
func (r *Reconciler) Organization(ctx context.Context) (*dataaction.Organization, error) {
	r.me.Lock()
	defer r.me.Unlock()
	if r.asked {
		return r.organization, nil
	}
	got, err := r.client.Organization(ctx)
	if stops(err) {
		return nil, err
	}
	r.asked = true
	if err == nil {
		r.organization = &got
	}
	return r.organization, nil
}

// Guard compares the token's organisation with the one that is wanted, before anything else is read. An empty id wants
// none in particular, and costs nothing. Another organisation is a *WrongOrganization; verified is false if the API
// refused to say. Fetch does this by itself for Desired.OrgID.
func (r *Reconciler) Guard(ctx context.Context, want string) (verified bool, err error) {
	if want == "" {
		return true, nil
	}
	got, err := r.Organization(ctx)
	switch {
	case err != nil || got == nil:
		return false, err
	case !strings.EqualFold(got.ID, want):
		return false, &WrongOrganization{Want: want, Got: *got}
	}
	return true, nil
}
