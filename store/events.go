package store

import (
	"context"
	"encoding/json"
	"fmt"

	"latchkey/access"
)

const eventColumns = `id, occurred_at, subject_type, subject_id, subject_name, action, result,
	entity_type, entity_id, entity_name, source_ip, user_agent, http_method, url, request_id, metadata`

func scanEvent(r row) (access.Event, error) {
	var e access.Event
	var metadata string
	err := r.Scan(&e.ID, stamp{&e.At}, &e.Subject.Type, &e.Subject.ID, &e.Subject.Name, &e.Action, &e.Result,
		&e.EntityType, &e.EntityID, &e.EntityName, &e.Origin.SourceIP, &e.Origin.UserAgent, &e.Origin.HTTPMethod,
		&e.Origin.URL, &e.Origin.RequestID, &metadata)
	if err != nil {
		return access.Event{}, err
	}
	if err := json.Unmarshal([]byte(metadata), &e.Metadata); err != nil {
		return access.Event{}, fmt.Errorf("metadata of event %s: %w", e.ID, err)
	}
	return e, nil
}

func (r reader) Events(ctx context.Context, limit int) ([]access.Event, error) {
	return all(ctx, r, scanEvent, `SELECT `+eventColumns+` FROM events ORDER BY occurred_at DESC, id DESC LIMIT $1`, limitOrAll(limit))
}

// AppendEvent adds a line to the audit log, tied to the one before: the writer
// sees to it that nobody else appends meanwhile. The tables know no way to change
// or remove one: triggers refuse it.
func (tx transaction) AppendEvent(ctx context.Context, e access.Event) error {
	r, err := recordOf(e)
	if err != nil {
		return err
	}
	head, err := tx.headNow(ctx)
	if err != nil {
		return err
	}
	head = r.after(head)
	tx.session.head = &head
	_, err = tx.change(ctx, `INSERT INTO events (`+eventColumns+`, subject_folded, entity_folded, rule_subject, chain_position, chain_hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		append(r.columns(), access.Fold(e.Subject.Name), access.Fold(e.EntityName), e.Metadata[access.SubjectIDKey], head.Position, head.Hash[:])...)
	return err
}

// headNow asks for the head once in each commit that several transactions share.
func (tx transaction) headNow(ctx context.Context) (access.LogHead, error) {
	if tx.session.head != nil {
		return *tx.session.head, nil
	}
	return tx.EventsHead(ctx)
}
