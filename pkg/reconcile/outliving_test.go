package reconcile

import (
	"context"
	"errors"
	"testing"
	"time"
)

// What outlives a run does not end while the run goes on, ends some time after it, and not before.
func TestOutliving(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "kept"))
	longer, release := outliving(ctx, time.Millisecond)
	defer release()
	if _, limited := longer.Deadline(); limited || longer.Err() != nil || longer.Value(key{}) != "kept" {
		t.Error("it ends by itself, or has lost its values")
	}
	cancel()
	<-longer.Done()
	if !errors.Is(context.Cause(longer), context.DeadlineExceeded) {
		t.Errorf("it ended for %v", context.Cause(longer))
	}

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	patient, release := outliving(ended, time.Hour)
	if patient.Err() != nil {
		t.Error("it ended with the run")
	}
	release() // and with it the goroutine that waits out the hour: goleak would tell
	if patient.Err() == nil {
		t.Error("it outlives its release")
	}
}

type key struct{}
