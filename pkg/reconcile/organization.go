package reconcile

import (
	"context"
	"fmt"
	"strings"

	"genesys-timeouts/pkg/dataaction"
	"genesys-timeouts/pkg/genesys"
	"genesys-timeouts/pkg/plan"
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

// Organization reads which organisation the token belongs to; nil means the API does not say. It asks once: later
// calls, and Fetch, use the answer.
func (r *Reconciler) Organization(ctx context.Context) (*dataaction.Organization, error) {
	got, _, err := r.whose(ctx)
	return got, err
}

// Identify notes which organisation live is of, or why the API does not say.
func (r *Reconciler) Identify(ctx context.Context, live *plan.Live) error {
	got, unread, err := r.whose(ctx)
	if unread != nil {
		live.OrganizationRefused = genesys.Brief(unread)
	}
	live.Organization = got
	return err
}

// whose is the organisation of the token; unread is why the API does not say.
func (r *Reconciler) whose(ctx context.Context) (got *dataaction.Organization, unread, err error) {
	r.me.Lock()
	defer r.me.Unlock()
	if r.organization == nil && r.unread == nil {
		read, err := r.client.Organization(ctx)
		switch {
		case stops(err):
			return nil, nil, err
		case err != nil:
			r.unread = err
		default:
			r.organization = &read
		}
	}
	return r.organization, r.unread, nil
}

// Guard compares the token's organisation with the one that is wanted, before anything else is read. An empty id wants
// none in particular, and costs nothing. Another organisation is a *WrongOrganization; unread is why the API does not
// say which it is. Fetch does this by itself for Desired.OrgID.
func (r *Reconciler) Guard(ctx context.Context, want string) (unread, err error) {
	if want == "" {
		return nil, nil
	}
	got, unread, err := r.whose(ctx)
	if got != nil && !strings.EqualFold(got.ID, want) {
		err = &WrongOrganization{Want: want, Got: *got}
	}
	return unread, err
}
