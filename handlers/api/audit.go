package api

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"latchkey/access"
)

// exportEntity and readEntity end the type of what a download is of, or of what
// somebody was not shown: the wire has no action for reading, so that both are
// told as a thing that was, or was not, made (api-contract.md 4.2).
const (
	exportEntity = "-export"
	readEntity   = "-read"
)

var wireMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func wireEvent(e access.Event) AuditLog {
	log := AuditLog{
		Id:          e.ID,
		Timestamp:   wireTime{e.At},
		TenantId:    tenantText,
		Subject:     e.Subject.Name,
		SubjectType: "User",
		SourceIp:    e.Origin.SourceIP,
		Action:      e.Action,
		Url:         e.Origin.URL,
		EntityType:  e.EntityType,
		EntityName:  e.EntityName,
		EntityId:    e.EntityID,
		Result:      e.Result,
		Metadata:    AuditMetadata{},
	}
	maps.Copy(log.Metadata, e.Metadata)
	if e.Subject.Type == access.SubjectApplication {
		log.SubjectType = "App"
	}
	switch e.Action {
	case access.EventExport:
		log.Action, log.EntityType = access.EventCreate, e.EntityType+exportEntity
	case access.EventRead:
		log.Action, log.EntityType = access.EventCreate, e.EntityType+readEntity
	}
	if slices.Contains(wireMethods, e.Origin.HTTPMethod) {
		log.HttpMethod = e.Origin.HTTPMethod
	}
	if uuid.Validate(e.Origin.RequestID) == nil {
		log.RequestId = e.Origin.RequestID
	}
	return log
}

var (
	// auditSchema has the oldest first, so that pages stay while events are added.
	auditSchema  = &access.Schema{Fields: access.EventSchema.Fields, DefaultSort: access.Sort{Field: "timestamp"}, MaxLimit: maxSamples}
	auditColumns = []string{"id", "timestamp", "tenant_id", "subject", "subject_type", "source_ip", "action", "http_method", "url", "entity_type", "entity_name", "entity_id", "result", "request_id", "metadata"}
)

const (
	samplesParameter = "numberOfSamples"
	defaultSamples   = 20
	maxSamples       = 1000
)

// auditQuery reads what both operations take.
func (a *api) auditQuery(ctx context.Context, start, end string) (access.List, access.Period, error) {
	query := maps.Clone(echoOf(ctx).QueryParams())
	query.Del("limit") // by its own name here; 0 is for ParseList to not see
	if n := query.Get(samplesParameter); n != "0" {
		query.Set("limit", n)
	}
	list, err := a.parseListOf(ctx, query, auditSchema)
	if err != nil {
		return access.List{}, access.Period{}, err
	}
	if query.Get(samplesParameter) == "" {
		list.Limit = defaultSamples
	}
	from, err := moment("start", start)
	if err != nil {
		return access.List{}, access.Period{}, err
	}
	until, err := moment("end", end)
	return list, access.Period{From: from, Until: until}, err
}

// ListAuditLog answers with a page of events.
func (a *api) ListAuditLog(ctx context.Context, r ListAuditLogRequestObject) (ListAuditLogResponseObject, error) {
	list, within, err := a.auditQuery(ctx, r.Params.Start, r.Params.End)
	if err != nil {
		return nil, err
	}
	l, err := newListing(ctx, list, auditColumns, a.events(ctx, list, within, "CSV"), wireEvent)
	if err != nil {
		return nil, err
	}
	l.limitParameter, l.cell = samplesParameter, access.Visible
	if echoOf(ctx).QueryParam(samplesParameter) == "0" { // how many there are, and none of them
		l.each, l.list.Limit = func(func(AuditLog) error) error { return nil }, 1
	}
	l.wrap = func(events []AuditLog) any {
		return AuditLogs{Total: l.total, Next: next(l.list.Offset+len(events), len(events), l.total), AuditLogs: events}
	}
	return auditListing{l}, nil
}

func (a *api) events(ctx context.Context, list access.List, within access.Period, format string) source[access.Event] {
	caller := callerOf(ctx)
	return source[access.Event]{
		page:  func() (access.Page[access.Event], error) { return a.svc.ListEvents(ctx, caller, list, within) },
		count: func() (int, error) { return a.svc.CountAllEvents(ctx, caller, list, within) },
		export: func(fn func(access.Event) error) error {
			return a.svc.ExportEvents(ctx, caller, list, within, format, fn)
		},
	}
}

// next is the offset of the page after this one, or 0 at the end.
func next(offset, shown, total int) int {
	if shown == 0 || offset >= total {
		return 0
	}
	return offset
}

type auditListing struct{ *listing[AuditLog] }

func (l auditListing) VisitListAuditLogResponse(http.ResponseWriter) error { return l.answer() }

// DownloadAuditLog is all of it, or the first so many, as a file.
func (a *api) DownloadAuditLog(ctx context.Context, r DownloadAuditLogRequestObject) (DownloadAuditLogResponseObject, error) {
	list, within, err := a.auditQuery(ctx, r.Params.Start, r.Params.End)
	if err != nil {
		return nil, err
	}
	file := auditFile{asJSON: r.Params.FileType == JSON}
	format := "CSV"
	if file.asJSON {
		format = "JSON"
	}
	export := a.events(ctx, list, within, format).asked(echoOf(ctx)).export
	file.listing = &listing[AuditLog]{ctx: ctx, list: list, columns: auditColumns, cell: access.Visible, paged: hasSamples(echoOf(ctx).QueryParams())}
	file.each = func(fn func(AuditLog) error) error {
		if echoOf(ctx).QueryParam(samplesParameter) == "0" {
			file.list.Limit = 0
		}
		return enough(export(window(file.listing, func(e access.Event) error { return fn(wireEvent(e)) })))
	}
	return file, nil
}

func hasSamples(q url.Values) bool { return q.Get(samplesParameter) != "" }

// auditFile is a list of events that is kept rather than read.
type auditFile struct {
	*listing[AuditLog]
	asJSON bool
}

func (f auditFile) VisitDownloadAuditLogResponse(http.ResponseWriter) error {
	c := echoOf(f.ctx)
	write, extension := f.writeCSV, "csv"
	if f.asJSON {
		write, extension = f.writeJSON, "json"
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, echo.MIMEOctetStream)
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="audit-log.%s"`, extension))
	return stream(c, write)
}

// WriteEvents writes all that each gives as the JSON file of the API does.
func WriteEvents(c echo.Context, each func(fn func(access.Event) error) error) error {
	return stream(c, func(out *bufio.Writer) error {
		array := arrayWriter{out: out}
		if err := each(func(e access.Event) error { return array.add(wireEvent(e)) }); err != nil {
			return err
		}
		return array.end()
	})
}
