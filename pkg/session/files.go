package session

import (
	"bytes"
	"cmp"
	"context"
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

// maxPlanBytes bounds a saved plan. 10,000 changes take about 5 MB.
const maxPlanBytes = 256 << 20

// errIrregular is a FIFO, a device or a folder where a file is meant: opening one may wait forever.
var errIrregular = errors.New("not a regular file")

// WriteFile writes a file whole or not at all, readable by its owner alone.
func WriteFile(name string, data []byte) error { return replaceFile(name, data, 0o600) }

// WriteManifest writes a file whole or not at all. It keeps the file's permissions; a new file gets the system's
// default, because manifests are for everyone who works on the repository.
func WriteManifest(name string, data []byte) error {
	mode := fs.FileMode(0)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	return replaceFile(name, data, mode)
}

// CreateManifest writes a new file and never touches one that exists: check and creation are one step, so of two
// processes that create the same file one fails, with fs.ErrExist.
func CreateManifest(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return FileError{fmt.Errorf("creating %q: %w", name, reason(err))}
	}
	if err := fill(f, data); err != nil {
		_ = os.Remove(name)
		return FileError{fmt.Errorf("writing %q: %w", name, reason(err))}
	}
	return nil
}

// fill writes a file, syncs and closes it.
func fill(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// replaceFile puts a new file in the place of an old one; mode 0 means the system's default.
func replaceFile(name string, data []byte, mode fs.FileMode) error {
	if err := replace(name, data, mode); err != nil {
		return FileError{fmt.Errorf("writing %q: %w", name, reason(err))}
	}
	return nil
}

func replace(name string, data []byte, mode fs.FileMode) (err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return errIrregular
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	f, err := newFile(filepath.Dir(name), filepath.Base(name), cmp.Or(mode, 0o666))
	if err != nil {
		return err
	}
	if mode != 0 { // past the umask
		err = f.Chmod(mode)
	}
	if err = errors.Join(err, fill(f, data)); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// newFile creates a file with a new name beside the one it will replace.
func newFile(dir, base string, mode fs.FileMode) (*os.File, error) {
	for {
		name := filepath.Join(dir, "."+base+"."+strconv.FormatUint(rand.Uint64(), 36))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// SameFile reports whether two names are one file.
func SameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// reason is a file system's error without its operation and temporary name.
func reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// SavePlan writes a plan for apply, readable by its owner alone.
func SavePlan(name string, doc plan.Document) error { return SaveJSON(name, doc) }

// SaveJSON writes a document, readable by its owner alone.
func SaveJSON(name string, document any) error {
	var b bytes.Buffer
	if err := report.JSON(&b, document); err != nil {
		return err
	}
	return WriteFile(name, b.Bytes())
}

// LoadPlan reads and checks a saved plan; "-" is standard input. A FIFO or device is refused, because opening one may
// wait forever.
//
// Errors: FileError, PlanRefused, ctx's.
func LoadPlan(ctx context.Context, env Env, name string) (plan.Document, error) {
	raw, err := unlessEnded(ctx, fmt.Sprintf("reading plan %q", name), func() ([]byte, error) {
		if name == "-" {
			return io.ReadAll(io.LimitReader(env.Stdin, maxPlanBytes))
		}
		return readRegular(name, maxPlanBytes)
	})
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return plan.Document{}, err
	case errors.Is(err, fs.ErrNotExist):
		const why = "plan %q does not exist; make one with `genesys-timeouts plan --out %s`"
		return plan.Document{}, FileError{fmt.Errorf(why, name, name)}
	case err != nil:
		return plan.Document{}, FileError{fmt.Errorf("reading plan %q: %w", name, reason(err))}
	}
	doc, err := plan.Parse(raw)
	if err != nil {
		return doc, PlanRefused{fmt.Errorf("plan %q: %w", name, err)}
	}
	return doc, nil
}

// readRegular reads up to limit bytes of a regular file.
func readRegular(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errIrregular
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit))
}
