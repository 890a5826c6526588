package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// parseList reads the query of a list, and slows down who searches without end.
func (a *api) parseList(ctx context.Context, schema *access.Schema) (access.List, error) {
	return a.parseListOf(ctx, echoOf(ctx).QueryParams(), schema)
}

func (a *api) parseListOf(ctx context.Context, query url.Values, schema *access.Schema) (access.List, error) {
	list, err := access.ParseList(query, schema)
	if err != nil {
		return access.List{}, err
	}
	if list.IsFiltered() {
		err = a.server.LimitSearch(echoOf(ctx))
	}
	return list, err
}

// byCreation is a schema whose default order is that of creation, so that what
// is added while a client reads comes last (api-contract.md section 7).
func byCreation(s *access.Schema, field string) *access.Schema {
	return &access.Schema{Fields: s.Fields, DefaultSort: access.Sort{Field: field}, MaxLimit: maxPage}
}

// source is where the rows of a list come from.
type source[R any] struct {
	page  func() (access.Page[R], error)
	count func() (int, error)
	// all goes through everything; nil where the wire always has pages.
	all func(fn func(R) error) error
	// export is all of it for a file, and is recorded.
	export func(fn func(R) error) error
}

// asked is the source as the request needs it. HEAD takes nothing away: no row is
// read and no export recorded, but who may not read is refused all the same.
func (s source[R]) asked(c echo.Context) source[R] {
	if c.Request().Method != http.MethodHead || s.count == nil {
		return s
	}
	check := func(func(R) error) error { _, err := s.count(); return err }
	s.export = check
	if s.all != nil {
		s.all = check
	}
	return s
}

// few is the source of a list that is read at once, and has no pages.
func few[R any](rows []R) source[R] {
	each := func(fn func(R) error) error {
		for _, row := range rows {
			if err := fn(row); err != nil {
				return err
			}
		}
		return nil
	}
	return source[R]{all: each, export: each}
}

// fewInPages is the same where the wire has pages.
func fewInPages[R any](rows []R, list access.List) source[R] {
	return source[R]{
		page: func() (access.Page[R], error) {
			rest := rows[min(list.Offset, len(rows)):]
			return access.Page[R]{Rows: rest[:min(list.Limit, len(rest))]}, nil
		},
		count:  func() (int, error) { return len(rows), nil },
		export: few(rows).export,
	}
}

// listing is a list on its way out: a JSON array or a CSV file, written while
// the store reads, so that a list of any length needs no memory.
type listing[T any] struct {
	ctx     context.Context
	list    access.List
	columns []string // of the CSV: the keys of T, in the order in which people read
	csv     bool
	paged   bool // a page was asked for; otherwise it is everything
	counted bool // total is known
	total   int
	// limitParameter is what the wire calls the size of a page.
	limitParameter string
	each           func(fn func(T) error) error
	// cell, if not nil, makes a cell of the CSV fit to be looked at.
	cell func(string) string
	// wrap is the object around the array, where the wire has one.
	wrap func(items []T) any
}

// newListing decides, from what the client asked for, which rows to read and how.
func newListing[R, T any](ctx context.Context, list access.List, columns []string, rows source[R], wire func(R) T) (*listing[T], error) {
	c := echoOf(ctx)
	rows = rows.asked(c)
	l := &listing[T]{ctx: ctx, list: list, columns: columns, limitParameter: "limit", csv: prefersCSV(c.Request().Header.Get(echo.HeaderAccept))}
	pageAsked := c.QueryParam("limit") != "" || c.QueryParam("offset") != "" || hasSamples(c.QueryParams())
	l.paged = pageAsked && rows.page != nil
	if l.csv {
		l.each = func(fn func(T) error) error {
			return enough(rows.export(window(l, func(row R) error { return fn(wire(row)) })))
		}
		return l, nil
	}
	l.paged = l.paged || rows.all == nil
	if l.paged || list.IsFiltered() {
		total, err := rows.count()
		if err != nil {
			return nil, err
		}
		l.total, l.counted = total, true
	}
	l.each = func(fn func(T) error) error {
		row := func(row R) error { return fn(wire(row)) }
		if !l.paged {
			return rows.all(row)
		}
		page, err := rows.page()
		for i := 0; err == nil && i < len(page.Rows); i++ {
			err = row(page.Rows[i])
		}
		return err
	}
	return l, nil
}

// errEnough ends a walk over rows that are not wanted.
var errEnough = errors.New("enough rows")

// enough makes the end of a window no error.
func enough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// window lets the rows of the page pass, for walks that know no pages.
func window[R, T any](l *listing[T], fn func(R) error) func(R) error {
	if !l.paged {
		return fn
	}
	at := 0
	return func(row R) error {
		at++
		switch {
		case at <= l.list.Offset:
			return nil
		case at > l.list.Offset+l.list.Limit:
			return errEnough
		}
		return fn(row)
	}
}

const contentCSV = "text/csv; charset=utf-8"

// prefersCSV reads an Accept header (RFC 9110 section 12.5.1): CSV must be named,
// and JSON not be preferred. A range such as text/* asks for nothing in particular.
func prefersCSV(accept string) bool {
	var csv, other float64
	for part := range strings.SplitSeq(accept, ",") {
		mediaType, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, err := strconv.ParseFloat(parameters["q"], 64); err == nil {
			weight = q
		}
		switch mediaType {
		case "text/csv":
			csv = weight
		case "application/json":
			other = weight
		}
	}
	return csv > other
}

// streamBuffer is how much of a list is gathered before it is sent. What fails
// before that is still answered with the status of the error.
const streamBuffer = 32 << 10

// answer writes the list.
func (l *listing[T]) answer() error {
	c := echoOf(l.ctx)
	h := c.Response().Header()
	h.Add(echo.HeaderVary, echo.HeaderAccept)
	switch {
	case l.csv:
		h.Set(echo.HeaderContentType, contentCSV)
		h.Set(echo.HeaderContentDisposition, "attachment")
		return stream(c, l.writeCSV)
	case l.wrap != nil:
		l.tellPage(h)
		items := []T{}
		if err := l.each(func(item T) error { items = append(items, item); return nil }); err != nil {
			return err
		}
		return answer(c, http.StatusOK, l.wrap(items))
	default:
		l.tellPage(h)
		h.Set(echo.HeaderContentType, contentJSON)
		return stream(c, l.writeJSON)
	}
}

// stream sends what write writes, as it writes it; for HEAD, the headers alone.
func stream(c echo.Context, write func(*bufio.Writer) error) error {
	if c.Request().Method == http.MethodHead {
		if err := write(bufio.NewWriter(io.Discard)); err != nil {
			return err
		}
		return c.NoContent(http.StatusOK)
	}
	out := bufio.NewWriterSize(web.Stream(c), streamBuffer)
	err := write(out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil && c.Response().Committed {
		// A list cut short must not look like a whole one.
		return web.Broken(err)
	}
	return err
}

// tellPage says where in the list the page is.
func (l *listing[T]) tellPage(h http.Header) {
	if l.counted {
		h.Set(web.HeaderTotalCount, strconv.Itoa(l.total))
	}
	if l.paged {
		h.Set("Link", pageLinks(echoOf(l.ctx).Request().URL, l.limitParameter, l.list.Limit, l.list.Offset, l.total))
	}
}

// pageLinks names the neighbouring pages (RFC 8288), relative to the address
// that the client asked.
func pageLinks(u *url.URL, parameter string, limit, offset, total int) string {
	var links []string
	add := func(relation string, offset int) {
		q := u.Query()
		q.Set(parameter, strconv.Itoa(limit))
		q.Set("offset", strconv.Itoa(offset))
		links = append(links, fmt.Sprintf(`<%s?%s>; rel="%s"`, u.EscapedPath(), q.Encode(), relation))
	}
	add("first", 0)
	if offset > 0 {
		add("prev", max(0, offset-limit))
	}
	if offset+limit < total {
		add("next", offset+limit)
	}
	add("last", max(0, (total-1)/limit*limit))
	return strings.Join(links, ", ")
}

func (l *listing[T]) writeJSON(out *bufio.Writer) error {
	array := arrayWriter{out: out}
	if err := l.each(func(item T) error { return array.add(item) }); err != nil {
		return err
	}
	return array.end()
}

func (l *listing[T]) writeCSV(out *bufio.Writer) error {
	file := web.NewCSVWriter(out)
	if err := file.Record(l.columns); err != nil {
		return err
	}
	cells := make([]string, len(l.columns))
	err := l.each(func(item T) error {
		if err := cellsOf(item, l.columns, cells); err != nil {
			return err
		}
		for i := range cells {
			if l.cell != nil {
				cells[i] = l.cell(cells[i])
			}
		}
		return file.Record(cells)
	})
	if err != nil {
		return err
	}
	return file.Flush()
}

// cellsOf writes the keys of an item into cells: texts as they are, null as
// nothing, and what has parts as JSON.
func cellsOf(item any, columns, cells []string) error {
	encoded, err := json.Marshal(item)
	if err != nil {
		return err
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &values); err != nil {
		return err
	}
	for i, column := range columns {
		value := values[column]
		cells[i] = string(value)
		switch {
		case len(value) == 0 || bytes.Equal(value, []byte("null")):
			cells[i] = ""
		case value[0] == '"':
			if err := json.Unmarshal(value, &cells[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// arrayWriter writes a JSON array element by element.
type arrayWriter struct {
	out     io.Writer
	started bool
}

func (w *arrayWriter) add(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	separator := ","
	if !w.started {
		separator, w.started = "[", true
	}
	if _, err := io.WriteString(w.out, separator); err != nil {
		return err
	}
	_, err = w.out.Write(b)
	return err
}

// end closes the array; an empty one is [], never null.
func (w *arrayWriter) end() error {
	closing := "]"
	if !w.started {
		closing = "[]"
	}
	_, err := io.WriteString(w.out, closing)
	return err
}
