package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// readOnly marks, in a context, a POST that only asks and may be sent again.
type readOnly struct{}

// query asks GraphQL and reads the data of the answer. It reports false where GitHub refuses or answers anything but
// data; an error means that GitHub could not be reached, or not within its rate limits.
func (c *Client) query(ctx context.Context, query string, variables map[string]any, data any) (bool, error) {
	if c.graphQL == "" {
		return false, nil
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return false, err
	}
	ctx = context.WithValue(ctx, readOnly{}, true)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.graphQL, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.rest.UserAgent())
	resp, err := c.http.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return false, nil
	}
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return false, err
	}
	return parseAnswer(answer.Bytes(), data) == nil, nil
}

// parseAnswer reads the data of a GraphQL answer. One with errors is incomplete, even where it has data.
// https://spec.graphql.org/October2021/#sec-Response-Format
func parseAnswer(answer []byte, data any) error {
	var out struct {
		Data   json.RawMessage
		Errors []json.RawMessage
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return err
	}
	if len(out.Errors) > 0 || len(out.Data) == 0 {
		return errors.New("the answer has errors or no data")
	}
	return json.Unmarshal(out.Data, data)
}
