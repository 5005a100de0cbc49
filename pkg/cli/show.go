package cli

import "genesys-timeouts/pkg/report"

// outputFlags say how the result is shown.
type outputFlags struct {
	format  report.Format
	verbose bool
	quiet   bool
}

// renderer is the one for stdout. The flag accepts known formats only.
func (a *app) renderer() report.Renderer {
	r, err := report.NewRenderer(a.format, a.style(), report.Heading{})
	if err != nil {
		panic(err)
	}
	return r
}

// style is stdout's.
func (a *app) style() report.Style {
	return report.Style{Color: a.color(a.env.OutTerminal), Width: a.env.Width, Verbose: a.verbose}
}

func (a *app) color(terminal bool) bool {
	return terminal && !a.noColor && a.env.Getenv("NO_COLOR") == "" && a.env.Getenv("TERM") != "dumb"
}
