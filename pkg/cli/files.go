package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// maxPlanBytes bounds a saved plan that is read; 10,000 changes take about 5 MB.
const maxPlanBytes = 256 << 20

// writeFile writes a file whole or not at all, readable by its owner alone.
func writeFile(name string, data []byte) error { return replaceFile(name, data, 0o600) }

// writeManifest writes a file whole or not at all, with the permissions that it has already or that new files get: manifests
// are for everybody who works with the repository.
func writeManifest(name string, data []byte) error {
	mode := fs.FileMode(0)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	return replaceFile(name, data, mode)
}

// replaceFile puts a new file in the place of an old one; mode 0 is what the system gives new files. What exists and is no
// regular file (a device, a pipe) is written to as it is.
func replaceFile(name string, data []byte, mode fs.FileMode) (err error) {
	defer func() {
		if err != nil {
			err = fileError{fmt.Errorf("writing %q: %w", name, reason(err))}
		}
	}()
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, data, 0o600)
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	f, err := newFile(filepath.Dir(name), filepath.Base(name), cmp.Or(mode, 0o666))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if mode != 0 { // past the umask
		err = f.Chmod(mode)
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// sameFile reports whether two names are of one file.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// newFile makes a file of a new name beside the one that it is going to replace.
func newFile(dir, base string, mode fs.FileMode) (*os.File, error) {
	for {
		name := filepath.Join(dir, "."+base+"."+strconv.FormatUint(rand.Uint64(), 36))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// reason is an error of the file system without the operation and the temporary name, which say nothing to anybody.
func reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// fileError is a file that could not be read or written.
type fileError struct{ error }

func (e fileError) Unwrap() error { return e.error }

func savePlan(name string, doc plan.Document) error {
	var b bytes.Buffer
	if err := report.JSON(&b, doc); err != nil {
		return err
	}
	return writeFile(name, b.Bytes())
}

// loadPlan reads a saved plan; "-" is stdin.
func (a *app) loadPlan(name string) (plan.Document, error) {
	in := a.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return plan.Document{}, fileError{fmt.Errorf("there is no plan %q; make one with `genesys-timeouts plan --out %s`", name, name)}
		}
		if err != nil {
			return plan.Document{}, fileError{fmt.Errorf("reading plan: %w", err)}
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxPlanBytes))
	if err != nil {
		return plan.Document{}, fileError{fmt.Errorf("reading plan %q: %w", name, err)}
	}
	doc, err := plan.Parse(raw)
	if err != nil {
		return doc, planRefused{fmt.Errorf("plan %q: %w", name, err)}
	}
	return doc, nil
}

// planRefused is a saved plan that must not be applied.
type planRefused struct{ error }

func (e planRefused) Unwrap() error { return e.error }
