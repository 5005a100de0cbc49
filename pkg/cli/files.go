package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"genesys-timeouts/pkg/plan"
	"genesys-timeouts/pkg/report"
)

// maxPlanBytes bounds a saved plan that is read; 10,000 changes take about 5 MB.
const maxPlanBytes = 256 << 20

// writeFile writes a file whole or not at all, readable by its owner alone. What exists and is no regular file (a device, a
// pipe) is written to as it is.
func writeFile(name string, data []byte) (err error) {
	defer func() {
		if err != nil {
			err = fileError{fmt.Errorf("writing %q: %w", name, err)}
		}
	}()
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, data, 0o600)
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
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
			return plan.Document{}, fileError{fmt.Errorf("there is no plan %q; make one with: genesys-timeouts plan --out %s", name, name)}
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

// noArgs is cobra.NoArgs with a hint.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("%q is not understood: %s takes no arguments", args[0], c.CommandPath()), "manifests are named with -f; see `" + c.CommandPath() + " --help`"}
}
