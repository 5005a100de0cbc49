package genesys

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"genesys-timeouts/pkg/rawjson"
)

const (
	pageSize  = 100 // the vendor's largest
	maxPages  = 10_000
	maxPasses = 5
	pagesLed  = 32 // pages asked for at once, as far as the client's concurrency lets them
)

// ListingUnstableError is a listing that did not add up, in any of several readings: entities came and went between its pages.
type ListingUnstableError struct {
	Path   string
	Passes int
}

func (e *ListingUnstableError) Error() string {
	return fmt.Sprintf("GET %s: the listing changed while its pages were read, %d times in a row; try again when less is being changed", e.Path, e.Passes)
}

// entity is one of a listing's entities, as far as it is needed.
type entity[T any] struct {
	id   string
	item T
}

// page is one page of a listing; pages is how many there are by its own count.
type page[T any] struct {
	total, pages int
	entities     []entity[T]
}

// listing is a paged collection of the API: {entities[], total, pageSize, pageCount, ...}. The decoder keeps of an entity what
// is needed, so that a page's documents do not outlive its reading.
type listing[T any] struct {
	client *Client
	path   string
	query  url.Values
	decode func(rawjson.Value) (id string, item T)
}

// all reads every page, the first alone and the others concurrently, and gives each entity once, in the pages' order. A
// reading counts when each page states the same total and that many entities came, or when the next one finds the same
// entities; else everything is read again. first, if not nil, is page 1 read already.
func (l listing[T]) all(ctx context.Context, first *page[T]) ([]T, error) {
	var before map[string]bool
	for range maxPasses {
		pages, err := l.pages(ctx, first)
		if err != nil {
			return nil, err
		}
		var items []T
		ids, sameTotal := map[string]bool{}, true
		for _, p := range pages {
			sameTotal = sameTotal && p.total == pages[0].total
			for _, e := range p.entities {
				if !ids[e.id] {
					ids[e.id] = true
					items = append(items, e.item)
				}
			}
		}
		if sameTotal && len(ids) == pages[0].total || before != nil && maps.Equal(before, ids) {
			return items, nil
		}
		before, first = ids, nil
	}
	return nil, &ListingUnstableError{Path: l.path, Passes: maxPasses}
}

func (l listing[T]) pages(ctx context.Context, first *page[T]) ([]page[T], error) {
	if first == nil {
		p, err := l.page(ctx, 1)
		if err != nil {
			return nil, err
		}
		first = &p
	}
	pages := make([]page[T], max(1, first.pages))
	pages[0] = *first
	var done atomic.Int64
	done.Add(1)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(pagesLed)
	for i := 1; i < len(pages); i++ {
		group.Go(func() (err error) {
			pages[i], err = l.page(ctx, i+1)
			l.client.onPage(int(done.Add(1)), len(pages))
			return err
		})
	}
	return pages, group.Wait()
}

// page reads one page, counted from 1. A document without entities or total is an error: it must not pass for an empty
// organisation.
func (l listing[T]) page(ctx context.Context, number int) (page[T], error) {
	query := maps.Clone(l.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("pageSize", strconv.Itoa(pageSize))
	query.Set("pageNumber", strconv.Itoa(number))
	var p page[T]
	err := l.client.getRaw(ctx, l.path, query, func(doc rawjson.Value) (err error) {
		p, err = l.parse(doc)
		return err
	})
	if err == nil && p.pages > maxPages {
		err = fmt.Errorf("GET %s: the listing says it has %d pages; no more than %d are read", l.path, p.pages, maxPages)
	}
	return p, err
}

func (l listing[T]) parse(doc rawjson.Value) (page[T], error) {
	fields := doc.Fields()
	list := fields["entities"]
	if !list.IsArray() {
		return page[T]{}, wrongShape(list, "entities")
	}
	total, ok := whole(fields["total"])
	if !ok || total < 0 {
		return page[T]{}, wrongShape(fields["total"], "total")
	}
	size, _ := whole(fields["pageSize"])
	if size < 1 || size > pageSize {
		size = pageSize
	}
	count, _ := whole(fields["pageCount"])
	p := page[T]{total: int(total), pages: int(max(count, (total+size-1)/size))}
	for e := range list.Elements() {
		if id, item := l.decode(e); id != "" {
			p.entities = append(p.entities, entity[T]{id, item})
		}
	}
	return p, nil
}
