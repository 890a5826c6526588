package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"latchkey/access"
)

// record is an event as its columns keep it, in the order of eventColumns. This
// is what the chain is made of: whatever was made of an event on its way into the
// database, nobody can change afterwards without being found out.
type record struct {
	id         string
	occurredAt int64
	texts      [14]string // the columns from subject_type to metadata
}

func recordOf(e access.Event) (record, error) {
	metadata, err := json.Marshal(e.Metadata)
	if err != nil {
		return record{}, fmt.Errorf("metadata of event %s: %w", e.ID, err)
	}
	return record{e.ID, micros(e.At), [...]string{
		string(e.Subject.Type), e.Subject.ID, e.Subject.Name, string(e.Action), string(e.Result),
		e.EntityType, e.EntityID, e.EntityName, e.Origin.SourceIP, e.Origin.UserAgent, e.Origin.HTTPMethod,
		e.Origin.URL, e.Origin.RequestID, string(metadata),
	}}, nil
}

// columns are the values to write.
func (r *record) columns() []any {
	values := []any{r.id, r.occurredAt}
	for _, text := range r.texts {
		values = append(values, text)
	}
	return values
}

// fields are where to read the columns into.
func (r *record) fields() []any {
	fields := []any{&r.id, &r.occurredAt}
	for i := range r.texts {
		fields = append(fields, &r.texts[i])
	}
	return fields
}

// after is the head of the log once the record was appended to it: SHA-256 over
// the hash before, the position, and each column after its length, with all
// numbers as 8 bytes, the most significant first (docs/security.md).
func (r *record) after(head access.LogHead) access.LogHead {
	next := access.LogHead{Position: head.Position + 1}
	text := binary.BigEndian.AppendUint64(head.Hash[:], uint64(next.Position))
	text = appendSized(text, r.id)
	text = binary.BigEndian.AppendUint64(text, uint64(r.occurredAt))
	for _, column := range r.texts {
		text = appendSized(text, column)
	}
	next.Hash = sha256.Sum256(text)
	return next
}

func appendSized(to []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint64(to, uint64(len(text))), text...)
}

// EventsHead is the zero LogHead as long as there are no events.
func (r reader) EventsHead(ctx context.Context) (access.LogHead, error) {
	head, err := one(ctx, r, scanHead, `SELECT chain_position, chain_hash FROM events WHERE chain_position > 0 ORDER BY chain_position DESC LIMIT 1`)
	if errors.Is(err, access.ErrNotFound) {
		return access.LogHead{}, nil
	}
	return head, err
}

func scanHead(r row) (head access.LogHead, err error) {
	err = r.Scan(&head.Position, hash{&head.Hash})
	return head, err
}

// link is a record with its place in the chain.
type link struct {
	record
	position int64
	hash     []byte
}

func scanLink(r row) (l link, err error) {
	err = r.Scan(append(l.fields(), &l.position, &l.hash)...)
	return l, err
}

const selectLinks = `SELECT ` + eventColumns + `, chain_position, chain_hash FROM events`

// linksAtOnce is how many links a walk over the log holds in memory, each of a
// few hundred bytes.
const linksAtOnce = 500

// VerifyEvents walks over the log up to its present end, in constant memory. It
// also finds out what happened to a log that had the head kept; a zero one is
// not looked for.
func (r reader) VerifyEvents(ctx context.Context, kept access.LogHead) (access.LogCheck, error) {
	end, err := r.EventsHead(ctx)
	if err != nil {
		return access.LogCheck{}, err
	}
	stray, err := r.firstStray(ctx)
	if stray != nil || err != nil {
		return access.LogCheck{Fault: stray}, err
	}
	w := logWalk{kept: kept}
	for w.head.Position < end.Position {
		if err := r.walkOn(ctx, &w, min(w.head.Position+linksAtOnce, end.Position)); err != nil {
			return access.LogCheck{}, err
		}
		if w.fault != nil {
			return access.LogCheck{Head: w.head, Fault: w.fault}, nil
		}
	}
	return access.LogCheck{Head: w.head, Fault: w.cutOff()}, nil
}

// firstStray is an event outside of the chain, which nothing of ours writes.
func (r reader) firstStray(ctx context.Context) (*access.LogFault, error) {
	id, err := one(ctx, r, scanText, `SELECT id FROM events WHERE chain_position IS NULL OR chain_position < 1 ORDER BY id LIMIT 1`)
	if errors.Is(err, access.ErrNotFound) {
		return nil, nil
	}
	return &access.LogFault{Kind: access.LogStray, EventID: id}, err
}

// walkOn takes all links up to the position, and if some are missing there, the
// next one that is not.
func (r reader) walkOn(ctx context.Context, w *logWalk, until int64) error {
	links, err := all(ctx, r, scanLink, selectLinks+` WHERE chain_position > $1 AND chain_position <= $2 ORDER BY chain_position, id`, w.head.Position, until)
	if err != nil {
		return err
	}
	for i := range links {
		if w.take(&links[i]); w.fault != nil {
			return nil
		}
	}
	if w.head.Position == until {
		return nil
	}
	next, err := one(ctx, r, scanLink, selectLinks+` WHERE chain_position > $1 ORDER BY chain_position, id LIMIT 1`, until)
	if err == nil {
		w.take(&next)
	}
	return err
}

// logWalk is how far a walk over the log has come.
type logWalk struct {
	kept, head access.LogHead
	lastID     string
	fault      *access.LogFault
}

func (w *logWalk) take(l *link) {
	next := l.after(w.head)
	fault := access.LogFault{Position: next.Position, EventID: l.id}
	switch {
	case l.position > next.Position:
		fault.Kind, fault.Missing = access.LogRemoved, l.position-next.Position
	case l.position < next.Position: // a second one at its place
		fault.Kind = access.LogStray
	case !bytes.Equal(l.hash, next.Hash[:]):
		fault.Kind = access.LogChanged
	case next.Position == w.kept.Position && next != w.kept:
		fault.Kind = access.LogRewritten
	default:
		w.head, w.lastID = next, l.id
		return
	}
	w.fault = &fault
}

// cutOff is a fault if the log once was longer than it is.
func (w *logWalk) cutOff() *access.LogFault {
	if w.head.Position >= w.kept.Position {
		return nil
	}
	return &access.LogFault{Kind: access.LogCutOff, Position: w.head.Position, EventID: w.lastID, Missing: w.kept.Position - w.head.Position}
}
