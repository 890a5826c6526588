-- +goose Up

-- Access keys are a user's own: they act with the user's access rules, and go
-- with the user. Names are unique per owner.
CREATE TABLE access_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    client_id TEXT COLLATE "C" NOT NULL UNIQUE CHECK (client_id <> ''),
    owner_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    key_hash BYTEA NOT NULL CHECK (length(key_hash) = 32),
    key_ends_in TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL CHECK (generation > 0),
    last_login BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (owner_id, name)
);

-- The answers to requests that bore an Idempotency-Key, sealed. They are blotted
-- out after minutes; that there was one is remembered for longer.
CREATE TABLE answers (
    answer_key BYTEA NOT NULL PRIMARY KEY CHECK (length(answer_key) = 32),
    request_hash BYTEA NOT NULL CHECK (length(request_hash) = 32),
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL
);
CREATE INDEX answers_created_at ON answers (created_at);
CREATE INDEX answers_answered_at ON answers (answered_at) WHERE answered_at > 0;

CREATE INDEX rules_created_at ON rules (created_at, id);
CREATE INDEX rules_updated_at ON rules (updated_at, id);
CREATE INDEX rules_subject_name ON rules (subject_name, id);
CREATE INDEX scopes_type ON scopes (type, name, id) WHERE deleted_at = 0;
CREATE INDEX events_subject ON events (subject_id, occurred_at, id);
CREATE INDEX events_entity ON events (entity_id, occurred_at, id);
