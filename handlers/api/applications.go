package api

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// application is an application as the wire has it, under both of its names: all
// nine keys, always (api-contract.md 2.1).
type application struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	ClientID  string   `json:"clientId"`
	Enabled   bool     `json:"enabled"`
	TenantID  string   `json:"tenantId"`
	CreatedBy string   `json:"createdBy"`
	CreatedAt wireTime `json:"createdAt"`
	UpdatedAt wireTime `json:"updatedAt"`
	LastLogin wireTime `json:"lastLogin"`
}

func wireApplication(a access.Application) application {
	return application{
		ID:        a.ID,
		Name:      a.Name,
		ClientID:  a.ClientID,
		Enabled:   a.Enabled,
		TenantID:  tenantText,
		CreatedBy: a.CreatedBy,
		CreatedAt: wireTime{a.CreatedAt},
		UpdatedAt: wireTime{a.UpdatedAt},
		LastLogin: wireTime{a.LastLogin},
	}
}

// application answers with one application that the caller may read.
func (a *api) application(c echo.Context) error {
	app, err := a.svc.Application(c.Request().Context(), web.CallerOf(c), c.Param("id"))
	if errors.Is(err, access.ErrNotFound) || (err == nil && !app.DeletedAt.IsZero()) {
		return &web.Problem{Status: http.StatusNotFound, Message: "Resource id not found.", Cause: err}
	}
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, wireApplication(app))
}

// listApplications answers with a bare array of every application that the
// caller may read. The grammar of lists narrows it; with a limit or an offset it
// is one page.
func (a *api) listApplications(c echo.Context) error {
	list, err := parseList(c.QueryParams())
	if err != nil {
		return err
	}
	if list.IsFiltered() {
		if err := a.server.LimitSearch(c); err != nil {
			return err
		}
	}
	c.Response().Header().Set(echo.HeaderContentType, contentJSON)
	out := bufio.NewWriterSize(web.Stream(c), streamBuffer)
	err = a.writeApplications(c, list, out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil && c.Response().Committed {
		// An array cut short must not look like a whole one.
		return web.Broken(err)
	}
	return err
}

// streamBuffer is how much of a list is gathered before it is sent. What fails
// before that is still answered with the status of the error.
const streamBuffer = 32 << 10

// parseList reads the query of a list. By default the order is that of creation,
// so that what is added while a client reads comes last.
func parseList(q url.Values) (access.List, error) {
	list, err := access.ParseList(q, access.ApplicationSchema)
	if err == nil && q.Get("sortBy") == "" {
		list.Sort.Field = "createdAt"
	}
	return list, err
}

func (a *api) writeApplications(c echo.Context, list access.List, out io.Writer) error {
	array := arrayWriter{out: out}
	add := func(row access.ApplicationRow) error { return array.add(wireApplication(row.Application)) }
	if err := a.eachApplication(c, list, add); err != nil {
		return err
	}
	return array.end()
}

// eachApplication goes through one page where the client asked for a page, and
// through all that match otherwise.
func (a *api) eachApplication(c echo.Context, list access.List, fn func(access.ApplicationRow) error) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	if c.QueryParam("limit") == "" && c.QueryParam("offset") == "" {
		return a.svc.EachApplication(ctx, caller, list, fn)
	}
	page, err := a.svc.ListApplications(ctx, caller, list)
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		if err := fn(row); err != nil {
			return err
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
