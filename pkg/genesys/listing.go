package genesys

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"

	"genesys-timeouts/pkg/parallel"
	"genesys-timeouts/pkg/rawjson"
)

const (
	pageSize  = 100 // the vendor's maximum
	maxPages  = 10_000
	maxPasses = 5
	pagesLed  = 32 // pages requested at once, as far as the client's concurrency allows
)

// ListingUnstableError reports a listing that did not add up in several passes: entities came and went between pages.
type ListingUnstableError struct {
	Path   string
	Passes int
}

func (e *ListingUnstableError) Error() string {
	return fmt.Sprintf("GET %s: the listing changed while its pages were read, %d times in a row; "+
		"try again when less is being changed", e.Path, e.Passes)
}

// entity is one entity of a listing, reduced to what is needed.
type entity[T any] struct {
	id   string
	item T
}

// page is one page of a listing. total, size and pages are what the page itself claims.
type page[T any] struct {
	status             int // 200, or 206 for a partial answer
	total, size, pages int
	entities           []entity[T]
}

// listing is a paged collection of the API: {entities[], total, pageSize, pageCount, ...}. The decoder takes the
// next entity and copies what is needed of it: another page takes the place of its document.
type listing[T any] struct {
	client *Client
	path   string
	query  url.Values
	decode func(*rawjson.Walk) (id string, item T)
}

// all reads every page, the first one alone and the others concurrently, and returns each entity once, in page order.
// A pass counts when every page states the same total and that many entities came, or when the next pass finds the
// same entities; otherwise everything is read again. first, if not nil, is page 1, read already.
func (l listing[T]) all(ctx context.Context, first *page[T]) ([]T, error) {
	var before map[string]bool
	for range maxPasses {
		p, err := l.pass(ctx, first)
		if err != nil {
			return nil, err
		}
		if p.sameTotal && len(p.ids) == p.total || before != nil && maps.Equal(before, p.ids) {
			return p.items, nil
		}
		before, first = p.ids, nil
	}
	return nil, &ListingUnstableError{Path: l.path, Passes: maxPasses}
}

// pass is what the pages of a listing held up to the first empty one, each entity once, in page order.
type pass[T any] struct {
	items     []T
	ids       map[string]bool
	came      int  // entities, with those that came again
	total     int  // as the first page claims
	sameTotal bool // as all other pages claim too
	partial   bool // a page was a partial answer (206)
	ended     bool // by an empty page
}

// mostExpected bounds the room that is made for what a first page claims to be the total.
const mostExpected = 100_000

func newPass[T any](first page[T]) *pass[T] {
	expected := min(first.total, mostExpected)
	p := &pass[T]{
		items: make([]T, 0, expected), ids: make(map[string]bool, expected), total: first.total, sameTotal: true,
	}
	p.add(first)
	return p
}

func (p *pass[T]) add(next page[T]) {
	p.came += len(next.entities)
	p.sameTotal = p.sameTotal && next.total == p.total
	p.partial = p.partial || next.status == http.StatusPartialContent
	for _, e := range next.entities {
		if !p.ids[e.id] {
			p.ids[e.id] = true
			p.items = append(p.items, e.item)
		}
	}
}

// pass reads every page once. A count of pages is only a claim: where the first page is not full, and past the number
// that total and size give, pages are requested one, two, four... at a time while entities keep coming and some are
// missing.
func (l listing[T]) pass(ctx context.Context, first *page[T]) (*pass[T], error) {
	if first == nil {
		p, err := l.page(ctx, 1)
		if err != nil {
			return nil, err
		}
		first = &p
	}
	p, read, wave := newPass(*first), 1, 1
	if p.came >= first.size {
		wave = max(1, min(first.pages, ceil(first.total, first.size))-1)
	}
	for read < first.pages && p.came < first.total && !p.ended {
		n := min(wave, first.pages-read)
		if err := l.wave(ctx, p, read+1, n, first.pages); err != nil {
			return nil, err
		}
		read += n
		wave = min(2*min(wave, read), pagesLed)
	}
	return p, nil
}

// wave reads n pages from a number on, concurrently, and adds them in order as they arrive. A page after an empty one
// is not requested, and does not count.
func (l listing[T]) wave(ctx context.Context, p *pass[T], from, n, of int) error {
	var mu sync.Mutex // guards p, waiting and next
	waiting, next := make([]*page[T], n), 0
	var done, end atomic.Int64
	done.Store(int64(from) - 1)
	end.Store(int64(n))
	group, ctx := parallel.WithContext(ctx)
	group.SetLimit(pagesLed)
	for i := range n {
		group.Go(func() error {
			if int64(i) >= end.Load() {
				return nil
			}
			read, err := l.page(ctx, from+i)
			l.client.onPage(int(done.Add(1)), of)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			waiting[i] = &read
			for ; next < n && waiting[next] != nil && !p.ended; next++ {
				if p.ended = len(waiting[next].entities) == 0; !p.ended {
					p.add(*waiting[next])
				}
				waiting[next] = nil
			}
			if len(read.entities) == 0 {
				end.Store(min(end.Load(), int64(i)))
			}
			return nil
		})
	}
	return group.Wait()
}

func ceil(n, by int) int { return (n + by - 1) / by }

// page reads one page, counted from 1. A document without entities or total is an error: it must not pass for an empty
// organisation. A page too large to be read is read as two halves.
func (l listing[T]) page(ctx context.Context, number int) (page[T], error) {
	p, err := l.sized(ctx, number, pageSize)
	if n := ceil(p.total, max(p.size, 1)); err == nil && n > maxPages {
		err = fmt.Errorf("GET %s: the listing claims %d pages; at most %d are read", l.path, n, maxPages)
	}
	p.pages = min(p.pages, maxPages)
	return p, err
}

func (l listing[T]) sized(ctx context.Context, number, size int) (page[T], error) {
	query := maps.Clone(l.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("pageSize", strconv.Itoa(size))
	query.Set("pageNumber", strconv.Itoa(number))
	var p page[T]
	err := l.client.getPage(ctx, call{method: http.MethodGet, path: l.path, query: query}, func(status int,
		body []byte) (err error) {
		p, err = l.parse(rawjson.NewWalk(body), size)
		p.status = status
		return err
	})
	var body *BodyError
	if errors.As(err, &body) && body.tooLarge && size > 1 && size%2 == 0 {
		return l.halves(ctx, number, size)
	}
	return p, err
}

// halves reads a page as two pages of half its size.
func (l listing[T]) halves(ctx context.Context, number, size int) (page[T], error) {
	p, err := l.sized(ctx, 2*number-1, size/2)
	if err != nil {
		return page[T]{}, err
	}
	p.pages, p.size = ceil(p.pages, 2), size
	if (2*number-1)*size/2 >= p.total {
		return p, nil
	}
	rest, err := l.sized(ctx, 2*number, size/2)
	p.entities = append(p.entities, rest.entities...)
	p.status = max(p.status, rest.status)
	return p, err
}

// parse keeps what is needed of a page. It reads the body once: a large organisation has a hundred megabytes of them.
func (l listing[T]) parse(w *rawjson.Walk, asked int) (page[T], error) {
	var p page[T]
	var list, total, pageSize, pageCount rawjson.Value
	listed := false
	for name := range w.Members() {
		switch name {
		case "entities": // the last one counts
			p.entities = make([]entity[T], 0, asked)
			if listed = w.Next() == '['; !listed {
				list = w.Value()
				continue
			}
			for range w.Elements() {
				if id, item := l.decode(w); id != "" {
					p.entities = append(p.entities, entity[T]{id, item})
				}
			}
		case "total":
			total = w.Value()
		case "pageSize":
			pageSize = w.Value()
		case "pageCount":
			pageCount = w.Value()
		}
	}
	if err := w.End(); err != nil {
		return page[T]{}, err
	}
	if !listed {
		return page[T]{}, wrongShape(list, "entities")
	}
	n, ok := whole(total)
	if !ok || n < 0 {
		return page[T]{}, wrongShape(total, "total")
	}
	size, _ := whole(pageSize)
	if size < 1 || size > int64(asked) {
		size = int64(asked)
	}
	count, _ := whole(pageCount)
	p.total, p.size, p.pages = int(n), int(size), int(max(count, (n+size-1)/size))
	return p, nil
}
