-- +goose Up

-- Where each sign-in came from, so that people recognise their own. Those of
-- before have it empty.
ALTER TABLE sessions ADD COLUMN source_ip TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
