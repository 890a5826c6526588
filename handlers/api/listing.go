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
	c := echoOf(ctx)
	list, err := access.ParseList(c.QueryParams(), schema)
	if err != nil {
		return access.List{}, err
	}
	if list.IsFiltered() {
		err = a.server.LimitSearch(c)
	}
	return list, err
}

// listing is a list on its way out: a JSON array or a CSV file, written while
// the store reads, so that a list of any length needs no memory.
type listing[T any] struct {
	ctx     context.Context
	list    access.List
	columns []string // of the CSV: the keys of T, in the order in which people read
	total   int      // if isNarrowed
	each    func(fn func(T) error) error
	// wrap stands around the array, where the wire has one.
	before, after string
}

// isPaged says that the client asked for a page; otherwise it gets everything.
func (l *listing[T]) isPaged() bool {
	c := echoOf(l.ctx)
	return c.QueryParam("limit") != "" || c.QueryParam("offset") != ""
}

// isNarrowed says that the answer may be less than everything, so that how many
// there are is worth telling.
func (l *listing[T]) isNarrowed() bool { return l.isPaged() || l.list.IsFiltered() }

// isCSV says that the client would rather have CSV than JSON.
func (l *listing[T]) isCSV() bool {
	return prefersCSV(echoOf(l.ctx).Request().Header.Get(echo.HeaderAccept))
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

// errEnough ends a walk over rows that are not wanted.
var errEnough = errors.New("enough rows")

// within lets the rows of the page pass, for walks that know no pages.
func (l *listing[T]) within(fn func(access.ApplicationRow) error) func(access.ApplicationRow) error {
	if !l.isPaged() {
		return fn
	}
	at := 0
	return func(row access.ApplicationRow) error {
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

func eachOf[R any](rows []R, fn func(R) error, err error) error {
	for i := 0; err == nil && i < len(rows); i++ {
		err = fn(rows[i])
	}
	return err
}

// streamBuffer is how much of a list is gathered before it is sent. What fails
// before that is still answered with the status of the error.
const streamBuffer = 32 << 10

// answer writes the list.
func (l *listing[T]) answer() error {
	c := echoOf(l.ctx)
	out := bufio.NewWriterSize(web.Stream(c), streamBuffer)
	write := l.writeJSON
	h := c.Response().Header()
	h.Add(echo.HeaderVary, echo.HeaderAccept)
	if l.isCSV() {
		write = l.writeCSV
		h.Set(echo.HeaderContentType, contentCSV)
		h.Set(echo.HeaderContentDisposition, "attachment")
	} else {
		h.Set(echo.HeaderContentType, contentJSON)
		l.tellPage(h)
	}
	err := write(out)
	if errors.Is(err, errEnough) {
		err = nil
	}
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
	if l.isNarrowed() {
		h.Set("X-Total-Count", strconv.Itoa(l.total))
	}
	if l.isPaged() {
		h.Set("Link", pageLinks(echoOf(l.ctx).Request().URL, l.list.Limit, l.list.Offset, l.total))
	}
}

// pageLinks names the neighbouring pages (RFC 8288), relative to the address
// that the client asked.
func pageLinks(u *url.URL, limit, offset, total int) string {
	var links []string
	add := func(relation string, offset int) {
		q := u.Query()
		q.Set("limit", strconv.Itoa(limit))
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
	if _, err := io.WriteString(out, l.before); err != nil {
		return err
	}
	if err := l.each(func(item T) error { return array.add(item) }); err != nil {
		return err
	}
	if err := array.end(); err != nil {
		return err
	}
	_, err := io.WriteString(out, l.after)
	return err
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
		return file.Record(cells)
	})
	if err != nil && !errors.Is(err, errEnough) {
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
