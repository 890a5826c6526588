-- +goose Up

-- Whom an access rule that an event tells of is about, out of the metadata, so
-- that what was done to somebody is found by an index. It is a copy: the chain
-- is over the metadata.
ALTER TABLE events DISABLE TRIGGER events_no_change;
ALTER TABLE events ADD COLUMN rule_subject TEXT COLLATE "C" NOT NULL DEFAULT '';
-- The quotes within a value are escaped: this is the key, and an id needs no escape.
UPDATE events SET rule_subject = substring(metadata FROM '"subjectId":"([^"]*)"')
    WHERE metadata LIKE '%"subjectId":"%';
ALTER TABLE events ENABLE TRIGGER events_no_change;
CREATE INDEX events_rule_subject ON events (rule_subject, occurred_at, id) WHERE rule_subject <> '';
