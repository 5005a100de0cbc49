package parallel_test

import (
	"context"
	"errors"
	"testing"

	"genesys-timeouts/pkg/parallel"
)

func TestPanicReachesTheCallerOfWait(t *testing.T) {
	t.Parallel()
	outer, ctx := parallel.WithContext(context.Background())
	outer.Go(func() error {
		inner := parallel.New()
		inner.SetLimit(1)
		inner.Go(func() error { panic("broken") })
		_ = inner.Wait()
		return nil
	})
	defer func() {
		p, ok := recover().(*parallel.Panic)
		if !ok || p.Value != "broken" || p.Error() != "broken" || len(p.Stack) == 0 {
			t.Errorf("recovered %#v, want the panic of the inner group", p)
		}
		if ctx.Err() == nil {
			t.Error("the context goes on after a panic")
		}
	}()
	_ = outer.Wait()
	t.Error("Wait returned after a panic")
}

func TestWaitReturnsTheFirstError(t *testing.T) {
	t.Parallel()
	want := errors.New("refused")
	group := parallel.New()
	group.Go(func() error { return want })
	group.Go(func() error { return nil })
	if err := group.Wait(); !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}
