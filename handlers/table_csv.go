package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/views"
	"latchkey/web"
)

// csv is the table as a file: the same filters, order and reach, but every
// page. It is written row by row as the store reads, so its memory does not
// grow with the table. The number of rows goes ahead of them, for the progress
// that the page shows; a client that leaves ends the walk over them. HEAD is
// answered with the headers alone: it takes nothing away, so nothing is walked
// and nothing recorded.
func (t *table[Row]) csv(c echo.Context) error {
	list, err := t.parse(c)
	if err != nil {
		return err
	}
	columns := columnsOf(t.kind, web.PreferencesOf(c))
	if c.QueryParam(views.ParamColumns) == views.ColumnsAll {
		columns = t.kind.Columns
	}
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	total, err := t.countAll(ctx, caller, list)
	if err != nil {
		return err
	}
	d := &download{c: c, kind: t.kind, columns: columns, clock: t.console.clock(c), total: total}
	if c.Request().Method == http.MethodHead {
		d.announce()
		return c.NoContent(http.StatusOK)
	}
	err = t.export(ctx, caller, list, func(row Row) error {
		if err := d.begin(); err != nil {
			return err
		}
		d.cells = d.cells[:0]
		for _, column := range d.columns {
			d.cells = append(d.cells, t.cell(row, column, d.clock))
		}
		return d.out.Record(d.cells)
	})
	return d.finish(err)
}

// download is one CSV on its way. Nothing is sent before the first row is
// there: until then a failure is still an error page.
type download struct {
	c       echo.Context
	kind    *views.TableKind
	columns []string
	clock   views.Clock
	total   int // how many rows there were when it began
	out     *web.CSVWriter
	cells   []string // of the present row; used again for the next
}

// announce says in the headers what will come.
func (d *download) announce() {
	h := d.c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+fileName(d.kind, d.clock, "csv")+`"`)
	h.Set(web.HeaderTotalCount, strconv.Itoa(d.total))
	web.NoStore(d.c)
}

// begin sends the headers and the names of the columns, once.
func (d *download) begin() error {
	if d.out != nil {
		return nil
	}
	d.announce()
	d.out = web.NewCSVWriter(web.Stream(d.c))
	d.c.Response().WriteHeader(http.StatusOK)
	for _, column := range d.columns {
		d.cells = append(d.cells, d.kind.Label(column))
	}
	return d.out.Record(d.cells)
}

// finish ends the file. A failure after the first row cannot be told any more:
// the connection is cut, so that the browser reports a failed download instead
// of keeping half a table that looks whole.
func (d *download) finish(err error) error {
	if err == nil {
		err = d.begin()
	}
	if d.out == nil {
		return err
	}
	if err == nil {
		err = d.out.Flush()
	}
	if err != nil {
		return web.Broken(err)
	}
	return nil
}

// fileName is such as "applications-2026-11-23T0410Z.csv": sortable, and without
// a colon, which some systems refuse in names of files.
func fileName(kind *views.TableKind, clock views.Clock, extension string) string {
	return kind.Name + "-" + clock.Now.UTC().Format("2006-01-02T1504Z") + "." + extension
}

// wireTime is a moment as lists and downloads write it: RFC 3339 in UTC with
// microseconds where there are any; empty for never.
func wireTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}
