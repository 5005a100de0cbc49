package sandbox

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKinds lists every kind of fault, sorted.
func FaultKinds() []string {
	kinds := []string{
		string(FaultExpire), string(FaultTouch), string(FaultEdit), string(FaultRename), string(FaultDelete),
		string(FaultDraft), string(FaultForget), string(FaultOmitConfig), string(FaultStale),
	}
	for k := range maps.Keys(spoilers) {
		kinds = append(kinds, string(k))
	}
	slices.Sort(kinds)
	return kinds
}

var faultKeys = map[string]func(f *Fault, value string) error{
	"kind":    func(f *Fault, v string) error { return setKind(f, v) },
	"status":  func(f *Fault, v string) (err error) { f.Status, err = statusOf(v); return err },
	"method":  func(f *Fault, v string) error { f.Method = strings.ToUpper(v); return nil },
	"path":    func(f *Fault, v string) error { f.Path = v; _, err := regexp.Compile(v); return err },
	"at":      func(f *Fault, v string) (err error) { f.At, err = countOf(v); return err },
	"times":   func(f *Fault, v string) (err error) { f.Times, err = countOf(v); return err },
	"delay":   func(f *Fault, v string) (err error) { f.Delay, err = time.ParseDuration(v); return err },
	"effect":  func(f *Fault, v string) (err error) { f.Effect, err = strconv.ParseBool(v); return err },
	"to":      func(f *Fault, v string) error { f.To = v; return nil },
	"bytes":   func(f *Fault, v string) (err error) { f.Bytes, err = strconv.ParseInt(v, 10, 64); return err },
	"seconds": func(f *Fault, v string) (err error) { f.Seconds, err = countOf(v); return err },
	"body":    func(f *Fault, v string) error { f.Body = v; return nil },
}

// ParseFault reads a fault's textual form: a comma-separated list of key=value, such as
// "status=503,method=PATCH,path=/actions,at=2,times=1". The keys are kind, status, method, path, at, times, delay,
// effect, to, bytes, seconds and body, with the meaning of Fault's fields; header.NAME adds a header to the answer. A
// word without "=" is a kind, and "effect" alone is effect=true; status or delay without a kind imply that kind. Write
// a comma in path as \x2c; other values cannot contain one.
func ParseFault(text string) (Fault, error) {
	var f Fault
	for part := range strings.SplitSeq(text, ",") {
		key, value, pair := strings.Cut(strings.TrimSpace(part), "=")
		if !pair {
			if key, value = "kind", key; value == "effect" {
				key, value = "effect", "true"
			}
		}
		if name, ok := strings.CutPrefix(key, "header."); ok && name != "" {
			if f.Header == nil {
				f.Header = map[string]string{}
			}
			f.Header[name] = value
			continue
		}
		set := faultKeys[key]
		if set == nil {
			known := strings.Join(slices.Sorted(maps.Keys(faultKeys)), ", ")
			return Fault{}, fmt.Errorf("reading fault %q: unknown key %q (known: %s, header.NAME)", text, key, known)
		}
		if err := set(&f, value); err != nil {
			return Fault{}, fmt.Errorf("reading fault %q: %s: %w", text, key, err)
		}
	}
	switch {
	case f.Kind != "":
	case f.Status != 0:
		f.Kind = FaultStatus
	case f.Delay != 0:
		f.Kind = FaultDelay
	default:
		kinds := strings.Join(FaultKinds(), ", ")
		return Fault{}, fmt.Errorf("reading fault %q: no kind given (known: %s)", text, kinds)
	}
	if f.Kind == FaultRedirect && f.To == "" {
		return Fault{}, fmt.Errorf("reading fault %q: redirect needs to=SCHEME://HOST:PORT", text)
	}
	return f, nil
}

func setKind(f *Fault, kind string) error {
	if f.Kind != "" {
		return fmt.Errorf("%q is a second kind after %q", kind, f.Kind)
	}
	if !slices.Contains(FaultKinds(), kind) {
		return fmt.Errorf("unknown kind %q (known: %s)", kind, strings.Join(FaultKinds(), ", "))
	}
	f.Kind = FaultKind(kind)
	return nil
}

func statusOf(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 200 || n > 599 {
		return 0, fmt.Errorf("%q is not an HTTP status from 200 to 599", v)
	}
	return n, nil
}

func countOf(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a whole number of 0 or more", v)
	}
	return n, nil
}
