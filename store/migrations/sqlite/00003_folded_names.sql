-- +goose Up

-- Names as they are searched, folded by the program: the engines fold letters
-- beyond ASCII not at all, or each in its own way.
ALTER TABLE rules ADD COLUMN subject_folded TEXT NOT NULL DEFAULT '';
UPDATE rules SET subject_folded = lower(subject_name);

-- What was written before can be found too; nobody else may change it.
DROP TRIGGER events_no_update;
ALTER TABLE events ADD COLUMN subject_folded TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN entity_folded TEXT NOT NULL DEFAULT '';
UPDATE events SET subject_folded = lower(subject_name), entity_folded = lower(entity_name);
-- +goose StatementBegin
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
-- +goose StatementEnd
