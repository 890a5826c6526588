package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// applicationsCSV is the table as a file: the same filters, order and reach,
// but every page. It is written row by row as the store reads, so its memory
// does not grow with the table. The number of rows goes ahead of them, for the
// progress that the page shows; a client that leaves ends the walk over them.
// HEAD is answered with the headers alone: it takes nothing away, so nothing is
// walked and nothing recorded.
func (h *console) applicationsCSV(c echo.Context) error {
	query := c.QueryParams()
	list, err := access.ParseList(query, access.ApplicationSchema)
	if err != nil {
		return badList(err)
	}
	columns := columnsOf(web.PreferencesOf(c))
	if query.Get(views.ParamColumns) == views.ColumnsAll {
		columns = views.ApplicationColumns()
	}
	total, err := h.svc.CountAllApplications(c.Request().Context(), web.CallerOf(c), list)
	if err != nil {
		return err
	}
	download := &applicationsDownload{c: c, columns: columns, clock: h.clock(c), total: total}
	if c.Request().Method == http.MethodHead {
		download.announce()
		return c.NoContent(http.StatusOK)
	}
	err = h.svc.ExportApplications(c.Request().Context(), web.CallerOf(c), list, download.row)
	return download.finish(err)
}

// applicationsDownload is one CSV on its way. Nothing is sent before the first
// row is there: until then a failure is still an error page.
type applicationsDownload struct {
	c       echo.Context
	columns []string
	clock   views.Clock
	total   int // how many rows there were when it began
	out     *web.CSVWriter
	cells   []string // of the present row; used again for the next
}

func (d *applicationsDownload) row(row access.ApplicationRow) error {
	if err := d.begin(); err != nil {
		return err
	}
	d.cells = d.cells[:0]
	for _, column := range d.columns {
		d.cells = append(d.cells, csvCell(row, column, d.clock))
	}
	return d.out.Record(d.cells)
}

// announce says in the headers what will come.
func (d *applicationsDownload) announce() {
	h := d.c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+csvName(d.clock)+`"`)
	h.Set(web.HeaderTotalCount, strconv.Itoa(d.total))
	web.NoStore(d.c)
}

// begin sends the headers and the names of the columns, once.
func (d *applicationsDownload) begin() error {
	if d.out != nil {
		return nil
	}
	d.announce()
	d.out = web.NewCSVWriter(web.Stream(d.c))
	d.c.Response().WriteHeader(http.StatusOK)
	for _, column := range d.columns {
		d.cells = append(d.cells, views.ColumnLabel(column))
	}
	return d.out.Record(d.cells)
}

// finish ends the file. A failure after the first row cannot be told any more:
// the connection is cut, so that the browser reports a failed download instead
// of keeping half a table that looks whole.
func (d *applicationsDownload) finish(err error) error {
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

// csvName is such as "applications-2026-11-23T0410Z.csv": sortable, and without
// a colon, which some systems refuse in names of files.
func csvName(clock views.Clock) string {
	return "applications-" + clock.Now.UTC().Format("2006-01-02T1504Z") + ".csv"
}

// csvCell is a column as machines read it: times in UTC, nothing for never.
func csvCell(row access.ApplicationRow, column string, clock views.Clock) string {
	switch column {
	case "name":
		return row.Name
	case "status":
		return string(row.Status(clock.Now))
	case "accessRules":
		return csvRules(row)
	case "lastLogin":
		return wireTime(row.LastLogin)
	case "createdBy":
		return row.CreatedBy
	case "createdAt":
		return wireTime(row.CreatedAt)
	case "updatedAt":
		return wireTime(row.UpdatedAt)
	case "clientId":
		return row.ClientID
	case "keyExpiresAt":
		return wireTime(row.Key.ExpiresAt)
	case "keyEndsIn":
		return row.Key.EndsIn
	case "description":
		return row.Description
	default:
		return ""
	}
}

// csvRules names the rules that the row has with it, and counts the rest.
func csvRules(row access.ApplicationRow) string {
	var b strings.Builder
	for i, rule := range row.Rules {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(rule.RoleName + " on " + rule.Scope.NamePath())
	}
	if more := row.RuleCount - len(row.Rules); more > 0 && len(row.Rules) > 0 {
		b.WriteString("; and " + strconv.Itoa(more) + " more")
	}
	return b.String()
}
