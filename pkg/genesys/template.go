package genesys

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/rawjson"
)

// template is a text of an action's config that a read can give as an address in place of the text.
type template struct{ part, key, file string }

// templates are all there are. Source: the vendor's Terraform provider, which fetches the same files.
var templates = []template{
	{"request", "requestTemplate", "requesttemplate.vm"},
	{"response", "successTemplate", "successtemplate.vm"},
}

// templateReads is how often a template is read until it comes complete.
const templateReads = 3

// inlineTemplates returns a config with the text of each template in place of its address. It does not follow the
// address, which the server controls: the template's path is known.
func (c *Client) inlineTemplates(ctx context.Context, id string, config rawjson.Value) ([]byte, error) {
	texts := make([]*string, len(templates))
	group, ctx := parallel.WithContext(ctx)
	for i, t := range templates {
		if t.onlyAddress(config) {
			group.Go(func() error {
				text, err := c.template(ctx, id, t.file)
				texts[i] = &text
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	whole := []byte(config)
	for i, t := range templates {
		if texts[i] == nil {
			continue
		}
		var err error
		if whole, err = rawjson.Set(whole, rawjson.String(*texts[i]), t.part, t.key); err != nil {
			return nil, err
		}
		if whole, err = rawjson.Delete(whole, t.part, t.key+"Uri"); err != nil {
			return nil, err
		}
	}
	return whole, nil
}

// onlyAddress reports whether the config has a template's address and not its text.
func (t template) onlyAddress(config rawjson.Value) bool {
	text, hasText := config.Get(t.part, t.key)
	address, hasAddress := config.Get(t.part, t.key+"Uri")
	return hasAddress && !address.IsNull() && string(address) != `""` && (!hasText || text.IsNull())
}

// template reads a template's text, again where an answer could be less than all of it: no syntax protects plain text,
// so half of it would be written back as the whole.
//
// Vendor's call: GET /api/v2/integrations/actions/{id}/templates/{file}.
func (c *Client) template(ctx context.Context, id, file string) (string, error) {
	get := call{
		method: http.MethodGet, path: actionPath(id) + "/templates/" + file, accept: "text/plain", verbatim: true,
		permission: permissionActionView,
	}
	var doubt string
	for n := 1; n <= templateReads; n++ {
		if n > 1 {
			if err := waitFor(ctx, c.clock, backoff(n, c.jitter), true, nil); err != nil {
				return "", err
			}
		}
		a, err := c.do(ctx, get)
		switch {
		case IsNotFound(err):
			return "", &StateError{TemplateNotFound, fmt.Errorf("reading template %s: %w", file, err)}
		case err != nil:
			return "", fmt.Errorf("reading template %s: %w", file, err)
		}
		if doubt = incomplete(a); doubt == "" {
			return c.templateText(get, a, file)
		}
	}
	return "", &StateError{TemplateIncomplete,
		fmt.Errorf("reading template %s: answer may be incomplete (%s) in %d reads; nothing was written",
			file, doubt, templateReads)}
}

// incomplete says why a template's answer may not hold all of it, or nothing.
func incomplete(a answer) string {
	encoding := a.header.Get("Content-Encoding")
	switch {
	case a.status != http.StatusOK:
		return statusText(a.status)
	case len(a.body) == 0:
		return "empty, though the configuration refers to it"
	case !a.delimited:
		return "neither a length nor chunks"
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return "compressed, though not asked for"
	}
	return ""
}

// templateText takes plain UTF-8 text alone: a gateway's HTML page must not become a template.
func (c *Client) templateText(get call, a answer, file string) (string, error) {
	kind, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	unusable := c.bodyError(get, a.status, a.header, a.body, nil)
	switch {
	case err != nil || kind != "text/plain":
		unusable.Reason = "its body is not plain text"
	case charset != "" && charset != "utf-8" && charset != "utf8" && charset != "us-ascii":
		unusable.Reason = fmt.Sprintf("its body is in %q, not in UTF-8", printable(charset, maxToken))
	case !utf8.Valid(a.body):
		unusable.Reason = "its body is not valid UTF-8"
	default:
		return string(a.body), nil
	}
	return "", fmt.Errorf("reading template %s: %w", file, unusable)
}
