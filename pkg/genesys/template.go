package genesys

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/rawjson"
)

// template is a text of an action's config that a read can give as an address in place of the text.
type template struct{ part, key, file string }

// templates are the two that there are. Source: the vendor's Terraform provider, which fetches the same files.
var templates = []template{
	{"request", "requestTemplate", "requesttemplate.vm"},
	{"response", "successTemplate", "successtemplate.vm"},
}

// inlineTemplates gives a config with the text of each template in place of its address. The address itself is not followed:
// where it may point to is the server's affair, and the template's place is known.
func (c *Client) inlineTemplates(ctx context.Context, id string, config rawjson.Value) ([]byte, error) {
	texts := make([]*string, len(templates))
	group, ctx := errgroup.WithContext(ctx)
	for i, t := range templates {
		if t.onlyAddress(config) {
			group.Go(func() error {
				text, err := c.template(ctx, id, t.file)
				if err == nil && text == "" { // nothing tells it from an answer that lost its body, but that it comes twice
					text, err = c.template(ctx, id, t.file)
				}
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

// template reads a template's text. An HTML page of a gateway, or anything else than plain UTF-8 text, must not become one.
// Vendor's call: GET /api/v2/integrations/actions/{id}/templates/{file}.
func (c *Client) template(ctx context.Context, id, file string) (string, error) {
	get := call{method: http.MethodGet, path: actionPath(id) + "/templates/" + file, accept: "text/plain"}
	a, err := c.do(ctx, get)
	if IsNotFound(err) {
		return "", &StateError{TemplateNotFound, fmt.Errorf("reading its template %s, without which nothing is written: %w", file, err)}
	}
	if err != nil {
		return "", fmt.Errorf("reading its template %s: %w", file, err)
	}
	kind, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	unusable := c.bodyError(get, a.status, a.header, a.body, nil)
	switch {
	case err != nil || kind != "text/plain":
		unusable.Reason = "its body is no plain text"
	case charset != "" && charset != "utf-8" && charset != "utf8" && charset != "us-ascii":
		unusable.Reason = fmt.Sprintf("its body is in %q, not in UTF-8", printable(charset, maxToken))
	case !utf8.Valid(a.body):
		unusable.Reason = "its body is not valid UTF-8"
	default:
		return string(a.body), nil
	}
	return "", fmt.Errorf("reading its template %s: %w", file, unusable)
}
