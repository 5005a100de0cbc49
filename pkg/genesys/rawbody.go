package genesys

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"

	"genesys-timeouts/pkg/rawjson"
)

// getRaw reads a JSON document and hands it to look as it came. An error of look makes it a *BodyError.
func (c *Client) getRaw(ctx context.Context, path string, query url.Values, look func(rawjson.Value) error) error {
	return c.getCall(ctx, call{method: http.MethodGet, path: path, query: query}, look)
}

func (c *Client) getCall(ctx context.Context, r call, look func(rawjson.Value) error) error {
	r = readCallOf(r)
	return c.exchange(ctx, r, func(x *exchange) error {
		raw, err := x.readAll()
		if err != nil {
			return err
		}
		return c.lookAt(r, answer{status: x.resp.StatusCode, header: x.resp.Header, body: raw}, look)
	})
}

// keptBody is the most bytes of a buffer that is kept for the next page. A page of 100 actions has 0.3 to 5 MB.
const keptBody = 4 << 20

// getPage reads the page of a listing for a look that reads the JSON itself, and keeps nothing of the body: the next
// page takes its place. Listings come by the hundred megabytes. look is called again where a body was cut off. The
// request's slot is free as soon as the body is there, so that reading JSON never keeps the network waiting; pages
// bounds how many bodies are in memory.
func (c *Client) getPage(ctx context.Context, r call, look func(status int, body []byte) error) error {
	r = readCallOf(r)
	if err := c.pages.Acquire(ctx, 1); err != nil {
		return c.unsent(r, err)
	}
	defer c.pages.Release(1)
	return c.exchange(ctx, r, func(x *exchange) error {
		buffer, ok := c.bodies.Get().(*bytes.Buffer)
		if !ok {
			buffer = new(bytes.Buffer)
		}
		defer c.bodies.Put(buffer)
		buffer.Reset()
		if announced := x.resp.ContentLength; announced > 0 { // growing step by step would take a tenth of a plan's CPU
			buffer.Grow(int(min(announced, keptBody)) + bytes.MinRead)
		}
		if _, err := buffer.ReadFrom(io.LimitReader(x.body, keptBody)); err != nil {
			return err
		}
		raw := buffer.Bytes()
		if len(raw) == keptBody {
			rest, err := x.readAll()
			if err != nil {
				return err
			}
			raw = slices.Concat(raw, rest)
		}
		x.freeSlot()
		runtime.Gosched() // answers that have come meanwhile are read first, and their slots are free as well
		a := answer{status: x.resp.StatusCode, header: x.resp.Header, body: raw}
		return c.judged(r, a, func(body []byte) error { return look(a.status, body) })
	})
}

// read returns a JSON object of the API as it came.
func (c *Client) read(ctx context.Context, path string, query url.Values) (rawjson.Value, error) {
	return c.readCall(ctx, call{method: http.MethodGet, path: path, query: query})
}

func (c *Client) readCall(ctx context.Context, r call) (rawjson.Value, error) {
	var doc rawjson.Value
	err := c.getCall(ctx, r, func(v rawjson.Value) error {
		doc = v
		return object(v)
	})
	return doc, err
}

// send writes, and hands the JSON object of the answer to look.
func (c *Client) send(ctx context.Context, r call, look func(rawjson.Value)) error {
	a, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	return c.lookAt(r, a, func(v rawjson.Value) error {
		if err := object(v); err != nil {
			return err
		}
		look(v)
		return nil
	})
}

// lookAt hands the JSON body of an answer to look. A body that is not JSON, or that look rejects, is a *BodyError,
// which after a write is uncertain (IsUncertain).
func (c *Client) lookAt(r call, a answer, look func(rawjson.Value) error) error {
	return c.judged(r, a, func(body []byte) error { return parsed(body, look) })
}

func parsed(body []byte, look func(rawjson.Value) error) error {
	v, err := rawjson.Parse(body)
	if err != nil {
		return err
	}
	return look(v)
}

// judged is lookAt for a look that reads the JSON itself.
func (c *Client) judged(r call, a answer, look func(body []byte) error) error {
	body := bytes.TrimSpace(a.body)
	var err error
	var syntax *rawjson.SyntaxError
	switch {
	case len(body) == 0, string(body) == "null":
		err = errNothing
	default:
		if err = look(a.body); errors.As(err, &syntax) && errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.ErrUnexpectedEOF
		}
	}
	if err != nil {
		return c.bodyError(r, a.status, a.header, body, err)
	}
	return nil
}

func object(v rawjson.Value) error {
	if !v.IsObject() {
		return wrongShape(v, "")
	}
	return nil
}

// wrongShape is the error of JSON with the wrong type at a field, or nothing there.
func wrongShape(v rawjson.Value, field string) error {
	kind := "nothing"
	switch {
	case v.IsObject():
		kind = "object"
	case v.IsArray():
		kind = "array"
	case v.IsString():
		kind = "string"
	case v.IsNumber():
		kind = "number"
	case v.IsNull():
		kind = "null"
	case len(v) > 0:
		kind = "boolean"
	}
	return &json.UnmarshalTypeError{Value: kind, Field: field}
}

// words is a string's text, and "" for any other value.
func words(v rawjson.Value) string {
	text, _ := v.Text()
	return text
}

// whole is a whole number in any spelling: 4, 4.0, 4e0.
func whole(v rawjson.Value) (int64, bool) {
	if !v.IsNumber() {
		return 0, false
	}
	return rawjson.Whole(string(v))
}
