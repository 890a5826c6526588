-- Times are microseconds since 1970 (UTC); 0 means never. Nothing is NULL, so
-- that keyset paging never loses a row and both engines sort alike.

-- +goose Up

CREATE TABLE scopes (
    id TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL CHECK (type IN ('tenant', 'cluster', 'department', 'project')),
    name TEXT NOT NULL CHECK (name <> ''),
    name_folded TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    path TEXT NOT NULL CHECK (path LIKE '/%/'),
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer'),
    updated_at BIGINT NOT NULL CHECK (typeof(updated_at) = 'integer'),
    deleted_at BIGINT NOT NULL DEFAULT 0 CHECK (typeof(deleted_at) = 'integer')
);
CREATE UNIQUE INDEX scopes_path ON scopes (path);
CREATE UNIQUE INDEX scopes_sibling_name ON scopes (parent_id, name_folded) WHERE deleted_at = 0;
CREATE INDEX scopes_children ON scopes (parent_id, name_folded, id);
CREATE INDEX scopes_name ON scopes (name_folded, id);

-- sequence is the row's number in application_search; ids are what the world sees.
CREATE TABLE applications (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (name <> ''),
    client_id TEXT NOT NULL CHECK (client_id <> ''),
    description TEXT NOT NULL,
    description_folded TEXT NOT NULL,
    description_key TEXT NOT NULL,
    scope_id TEXT NOT NULL REFERENCES scopes (id),
    scope_path TEXT NOT NULL CHECK (scope_path LIKE '/%/'),
    enabled BOOLEAN NOT NULL CHECK (enabled IN (0, 1)),
    key_hash BLOB NOT NULL CHECK (length(key_hash) = 32),
    key_ends_in TEXT NOT NULL,
    key_created_at BIGINT NOT NULL CHECK (typeof(key_created_at) = 'integer'),
    key_expires_at BIGINT NOT NULL CHECK (typeof(key_expires_at) = 'integer'),
    key_last_used BIGINT NOT NULL CHECK (typeof(key_last_used) = 'integer'),
    generation BIGINT NOT NULL CHECK (generation > 0),
    token_lifetime BIGINT NOT NULL CHECK (token_lifetime >= 0),
    rule_count INTEGER NOT NULL DEFAULT 0 CHECK (rule_count >= 0),
    created_by TEXT NOT NULL,
    created_by_folded TEXT NOT NULL,
    last_login BIGINT NOT NULL CHECK (typeof(last_login) = 'integer'),
    search_text TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer'),
    updated_at BIGINT NOT NULL CHECK (typeof(updated_at) = 'integer'),
    deleted_at BIGINT NOT NULL DEFAULT 0 CHECK (typeof(deleted_at) = 'integer')
);
-- A name is taken while its application lives: the bin gives it back.
CREATE UNIQUE INDEX applications_name ON applications (name) WHERE deleted_at = 0;
CREATE UNIQUE INDEX applications_client_id ON applications (client_id) WHERE deleted_at = 0;
CREATE INDEX applications_created_at ON applications (created_at, id) WHERE deleted_at = 0;
CREATE INDEX applications_updated_at ON applications (updated_at, id) WHERE deleted_at = 0;
CREATE INDEX applications_last_login ON applications (last_login, id) WHERE deleted_at = 0;
CREATE INDEX applications_created_by ON applications (created_by, id) WHERE deleted_at = 0;
CREATE INDEX applications_key_end ON applications (
    (CASE WHEN key_expires_at = 0 THEN 9223372036854775807 ELSE key_expires_at END), id
) WHERE deleted_at = 0;
CREATE INDEX applications_key_ends_in ON applications (key_ends_in, id) WHERE deleted_at = 0;
CREATE INDEX applications_description ON applications (description_key, id) WHERE deleted_at = 0;
CREATE INDEX applications_rule_count ON applications (rule_count, id) WHERE deleted_at = 0;
CREATE INDEX applications_enabled ON applications (enabled, id) WHERE deleted_at = 0;
CREATE INDEX applications_scope ON applications (scope_path, id) WHERE deleted_at = 0;
CREATE INDEX applications_bin ON applications (deleted_at, id) WHERE deleted_at > 0;
CREATE INDEX applications_bin_client_id ON applications (client_id, deleted_at) WHERE deleted_at > 0;

-- search_text is folded already, so the index compares it as it stands; no
-- text is kept a second time. detail=none halves the index: a hit is checked
-- with LIKE against the row. Rows are added by the program and not by a trigger:
-- the savepoint of a statement with triggers makes FTS5 write a segment for each
-- row, which makes filling a table half as slow again.
CREATE VIRTUAL TABLE application_search USING fts5 (
    search_text, content = '', contentless_delete = 1, detail = none,
    tokenize = 'trigram case_sensitive 1'
);
-- +goose StatementBegin
CREATE TRIGGER applications_search_update AFTER UPDATE OF search_text ON applications
WHEN old.search_text <> new.search_text BEGIN
    UPDATE application_search SET search_text = new.search_text WHERE rowid = new.sequence;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER applications_search_delete AFTER DELETE ON applications BEGIN
    DELETE FROM application_search WHERE rowid = old.sequence;
END;
-- +goose StatementEnd

-- A search for a common word walks the names until a page is full. Where the
-- hits are the last in the alphabet that is nearly all of them, so the text to
-- compare is in the index: no row is read that is not shown.
CREATE INDEX applications_name_search ON applications (name, search_text) WHERE deleted_at = 0;

CREATE TABLE rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 2147483647),
    subject_type TEXT NOT NULL CHECK (subject_type IN ('user', 'app', 'group')),
    subject_id TEXT NOT NULL CHECK (subject_id <> ''),
    subject_name TEXT NOT NULL,
    role_id INTEGER NOT NULL CHECK (role_id > 0),
    scope_id TEXT NOT NULL REFERENCES scopes (id),
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer'),
    updated_at BIGINT NOT NULL CHECK (typeof(updated_at) = 'integer'),
    deleted_at BIGINT NOT NULL DEFAULT 0 CHECK (typeof(deleted_at) = 'integer')
);
CREATE UNIQUE INDEX rules_once ON rules (subject_type, subject_id, role_id, scope_id) WHERE deleted_at = 0;
CREATE INDEX rules_subject ON rules (subject_type, subject_id, id);
CREATE INDEX rules_role ON rules (role_id, subject_type, subject_id) WHERE deleted_at = 0;
CREATE INDEX rules_scope ON rules (scope_id, subject_type, subject_id) WHERE deleted_at = 0;

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL CHECK (email <> ''),
    email_folded TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled BOOLEAN NOT NULL CHECK (disabled IN (0, 1)),
    must_change_password BOOLEAN NOT NULL CHECK (must_change_password IN (0, 1)),
    last_login BIGINT NOT NULL CHECK (typeof(last_login) = 'integer'),
    created_by TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer'),
    updated_at BIGINT NOT NULL CHECK (typeof(updated_at) = 'integer'),
    deleted_at BIGINT NOT NULL DEFAULT 0 CHECK (typeof(deleted_at) = 'integer')
);
CREATE UNIQUE INDEX users_email ON users (email_folded) WHERE deleted_at = 0;

CREATE TABLE user_preferences (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
);

-- user_id is empty before sign-in, so it is no foreign key.
CREATE TABLE sessions (
    id_hash BLOB NOT NULL PRIMARY KEY CHECK (length(id_hash) = 32),
    user_id TEXT NOT NULL,
    data BLOB NOT NULL,
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer'),
    last_seen_at BIGINT NOT NULL CHECK (typeof(last_seen_at) = 'integer'),
    expires_at BIGINT NOT NULL CHECK (typeof(expires_at) = 'integer')
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_last_seen ON sessions (last_seen_at);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE throttles (
    throttle_key TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    last_failure BIGINT NOT NULL CHECK (typeof(last_failure) = 'integer'),
    blocked_until BIGINT NOT NULL CHECK (typeof(blocked_until) = 'integer')
);

CREATE TABLE setup_links (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer'),
    expires_at BIGINT NOT NULL CHECK (typeof(expires_at) = 'integer'),
    used_at BIGINT NOT NULL CHECK (typeof(used_at) = 'integer')
);

CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer'),
    active_from BIGINT NOT NULL CHECK (typeof(active_from) = 'integer'),
    retired_at BIGINT NOT NULL CHECK (typeof(retired_at) = 'integer'),
    withdrawn_at BIGINT NOT NULL CHECK (typeof(withdrawn_at) = 'integer')
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE forms (
    form_key TEXT NOT NULL PRIMARY KEY,
    entity_id TEXT NOT NULL,
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer')
);
CREATE INDEX forms_created_at ON forms (created_at);

-- How many tokens of which key are still alive: expiry is rounded up to the
-- minute, so an application has one row for each minute in which it was busy.
CREATE TABLE token_grants (
    application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    expires_at BIGINT NOT NULL CHECK (typeof(expires_at) = 'integer'),
    tokens BIGINT NOT NULL CHECK (tokens >= 0),
    PRIMARY KEY (application_id, generation, expires_at)
) WITHOUT ROWID;
CREATE INDEX token_grants_expires_at ON token_grants (expires_at);

CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY,
    occurred_at BIGINT NOT NULL CHECK (typeof(occurred_at) = 'integer'),
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    result TEXT NOT NULL CHECK (result IN ('Succeeded', 'Failed')),
    entity_type TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    entity_name TEXT NOT NULL,
    source_ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    http_method TEXT NOT NULL,
    url TEXT NOT NULL,
    request_id TEXT NOT NULL,
    metadata TEXT NOT NULL
);
CREATE INDEX events_occurred_at ON events (occurred_at, id);
-- +goose StatementBegin
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
-- +goose StatementEnd
