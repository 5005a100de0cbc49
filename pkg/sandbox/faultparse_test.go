package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseFault(t *testing.T) {
	t.Parallel()
	good := map[string]Fault{
		"status=503,method=patch,path=/actions,at=2,times=1": {Kind: FaultStatus, Status: 503, Method: "PATCH",
			Path: "/actions", At: 2, Times: 1},
		"reset, effect , path=a{1\\x2c3}": {Kind: FaultReset, Effect: true, Path: `a{1\x2c3}`},
		"kind=edit,seconds=9":             {Kind: FaultEdit, Seconds: 9},
		"delay=1.5s":                      {Kind: FaultDelay, Delay: 1500 * time.Millisecond},
		"delay=2s,status=429,header.Retry-After=3,body={}": {Kind: FaultStatus, Status: 429, Delay: 2 * time.Second,
			Header: map[string]string{"Retry-After": "3"}, Body: "{}"},
		"redirect,to=http://localhost:1": {Kind: FaultRedirect, To: "http://localhost:1"},
		"huge,bytes=100":                 {Kind: FaultHuge, Bytes: 100},
	}
	for text, want := range good {
		got, err := ParseFault(text)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	bad := map[string]string{
		"": "unknown kind", "status=99": "not an HTTP status", "resett": "unknown kind", "reset,html": "second kind",
		"at=1":        "no kind",
		"reset,at=-1": "0 or more", "reset,path=(": "missing closing", "reset,colour=red": "unknown key",
		"redirect": "needs to=", "delay=5": "missing unit", "call": "unknown kind",
	}
	for text, want := range bad {
		if _, err := ParseFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("status=503,method=PATCH,path=/actions,at=2,times=1")
	f.Add("reset,effect,header.X=y")
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := ParseFault(text)
		if err == nil && fault.Kind == "" {
			t.Errorf("%q has no kind and parses", text)
		}
	})
}
