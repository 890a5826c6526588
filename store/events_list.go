package store

import (
	"context"

	"latchkey/access"
)

// eventTable is the audit log.
var eventTable = &table[access.Event]{
	columns: eventColumns, from: `events e`, scan: scanEvent,
	id: "e.id", idOf: func(e *access.Event) string { return e.ID },
	keys: []sortKey[access.Event]{
		{field: "timestamp", expression: "e.occurred_at", number: true, value: func(e *access.Event) any { return micros(e.At) }},
		{field: "subject", expression: "e.subject_name", value: func(e *access.Event) any { return e.Subject.Name }},
		{field: "subject_type", expression: "e.subject_type", value: func(e *access.Event) any { return string(e.Subject.Type) }},
		{field: "action", expression: "e.action", value: func(e *access.Event) any { return string(e.Action) }},
		{field: "entity_type", expression: "e.entity_type", value: func(e *access.Event) any { return e.EntityType }},
		{field: "entity_name", expression: "e.entity_name", value: func(e *access.Event) any { return e.EntityName }},
		{field: "entity_id", expression: "e.entity_id", value: func(e *access.Event) any { return e.EntityID }},
		{field: "result", expression: "e.result", value: func(e *access.Event) any { return string(e.Result) }},
		{field: "source_ip", expression: "e.source_ip", value: func(e *access.Event) any { return e.Origin.SourceIP }},
		{field: "http_method", expression: "e.http_method", value: func(e *access.Event) any { return e.Origin.HTTPMethod }},
		{field: "url", expression: "e.url", value: func(e *access.Event) any { return e.Origin.URL }},
	},
	grammar: grammar{
		texts: map[string]textColumn{
			"subject":      {exact: "e.subject_name", folded: "e.subject_folded", or: "e.subject_id"},
			"entity_type":  plainText("e.entity_type"),
			"entity_name":  {exact: "e.entity_name", folded: "e.entity_folded"},
			"entity_id":    plainText("e.entity_id"),
			"source_ip":    plainText("e.source_ip"),
			"http_method":  plainText("e.http_method"),
			"url":          plainText("e.url"),
			"request_id":   plainText("e.request_id"),
			"cluster_name": plainText("CAST('' AS TEXT)"),
			"about":        {exact: "e.entity_id", folded: "lower(e.entity_id)", anyOf: []string{"e.entity_id = ", "e.subject_id = ", aboutRuleSubject}},
		},
		times: map[string]timeColumn{"timestamp": {"e.occurred_at", 0}},
		words: map[string]wordColumn{
			"subject_type": {"e.subject_type", []word{{"User", string(access.SubjectUser)}, {"App", string(access.SubjectApplication)}}},
			"action": ownWords("e.action", access.EventCreate, access.EventUpdate, access.EventDelete, access.EventSignIn,
				access.EventSignOut, access.EventResetPassword, access.EventExport, access.EventRead),
			"result": ownWords("e.result", access.Succeeded, access.Failed),
		},
		plan: planless{},
	},
	searched: []string{"e.subject_folded", "e.entity_folded", "lower(e.entity_type)", "e.action", "lower(e.source_ip)", "lower(e.request_id)"},
}

// aboutRuleSubject says what the partial index is limited to, or it is not used.
const aboutRuleSubject = "e.rule_subject <> '' AND e.rule_subject = "

func listEvents(q access.EventQuery) *tableList[access.Event] {
	var conditions []condition
	if !q.From.IsZero() {
		conditions = append(conditions, where(func(args *arguments) string { return `e.occurred_at >= ` + args.add(micros(q.From)) }))
	}
	if !q.Until.IsZero() {
		conditions = append(conditions, where(func(args *arguments) string { return `e.occurred_at < ` + args.add(micros(q.Until)) }))
	}
	if q.Search != "" {
		conditions = append(conditions, eventTable.holds(q.Search))
	}
	return eventTable.list(q.List, conditions...)
}

// ListEvents is one page of the audit log.
func (r reader) ListEvents(ctx context.Context, q access.EventQuery) (access.Page[access.Event], error) {
	return listEvents(q).page(ctx, r)
}

// CountEvents stops at limit+1; limit 0 counts them all.
func (r reader) CountEvents(ctx context.Context, q access.EventQuery, limit int) (int, error) {
	return listEvents(q).count(ctx, r, limit)
}

// EventsBeside are the one before and the one after an event, in the order of
// the list.
func (r reader) EventsBeside(ctx context.Context, q access.EventQuery, e access.Event) (access.EventBesides, error) {
	previous, next, err := listEvents(q).beside(ctx, r, &e)
	return access.EventBesides{Previous: previous, Next: next}, err
}

// EachEvent streams all matches in order.
func (r reader) EachEvent(ctx context.Context, q access.EventQuery, fn func(access.Event) error) error {
	return listEvents(q).each(ctx, r, fn)
}

// Event finds by id.
func (r reader) Event(ctx context.Context, id string) (access.Event, error) {
	return one(ctx, r, scanEvent, `SELECT `+eventColumns+` FROM events e WHERE e.id = $1`, id)
}
