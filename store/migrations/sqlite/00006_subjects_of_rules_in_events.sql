-- +goose Up

-- Whom an access rule that an event tells of is about, out of the metadata, so
-- that what was done to somebody is found by an index. It is a copy: the chain
-- is over the metadata.
DROP TRIGGER events_no_update;
ALTER TABLE events ADD COLUMN rule_subject TEXT NOT NULL DEFAULT '';
UPDATE events SET rule_subject = coalesce(json_extract(metadata, '$.subjectId'), '')
    WHERE instr(metadata, '"subjectId":"') > 0 AND json_valid(metadata);
-- +goose StatementBegin
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
-- +goose StatementEnd
CREATE INDEX events_rule_subject ON events (rule_subject, occurred_at, id) WHERE rule_subject <> '';
