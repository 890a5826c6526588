-- Times are microseconds since 1970 (UTC); 0 means never. Nothing is NULL, so
-- that keyset paging never loses a row; COLLATE "C" compares text by its bytes,
-- as SQLite does, whatever the locale of the database.

-- +goose Up

CREATE TABLE scopes (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    type TEXT COLLATE "C" NOT NULL CHECK (type IN ('tenant', 'cluster', 'department', 'project')),
    name TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    name_folded TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL CHECK (path LIKE '/%/'),
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX scopes_path ON scopes (path);
CREATE UNIQUE INDEX scopes_sibling_name ON scopes (parent_id, name_folded) WHERE deleted_at = 0;
CREATE INDEX scopes_children ON scopes (parent_id, name_folded, id);
CREATE INDEX scopes_name ON scopes (name_folded, id);

CREATE TABLE applications (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    client_id TEXT COLLATE "C" NOT NULL CHECK (client_id <> ''),
    description TEXT COLLATE "C" NOT NULL,
    description_folded TEXT COLLATE "C" NOT NULL,
    description_key TEXT COLLATE "C" NOT NULL,
    scope_id TEXT COLLATE "C" NOT NULL REFERENCES scopes (id),
    scope_path TEXT COLLATE "C" NOT NULL CHECK (scope_path LIKE '/%/'),
    enabled BOOLEAN NOT NULL,
    key_hash BYTEA NOT NULL CHECK (length(key_hash) = 32),
    key_ends_in TEXT COLLATE "C" NOT NULL,
    key_created_at BIGINT NOT NULL,
    key_expires_at BIGINT NOT NULL,
    key_last_used BIGINT NOT NULL,
    generation BIGINT NOT NULL CHECK (generation > 0),
    token_lifetime BIGINT NOT NULL CHECK (token_lifetime >= 0),
    rule_count INTEGER NOT NULL DEFAULT 0 CHECK (rule_count >= 0),
    created_by TEXT COLLATE "C" NOT NULL,
    created_by_folded TEXT COLLATE "C" NOT NULL,
    last_login BIGINT NOT NULL,
    search_text TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL DEFAULT 0
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

-- The trigram index makes a search quick; without the extension, which a plain
-- user may not be allowed to create, searching works and reads every row.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX applications_search ON applications USING gin (search_text gin_trgm_ops) WHERE deleted_at = 0;
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE NOTICE 'pg_trgm is not available: searches will read every row';
END
$$;
-- +goose StatementEnd

CREATE TABLE rules (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_type TEXT COLLATE "C" NOT NULL CHECK (subject_type IN ('user', 'app', 'group')),
    subject_id TEXT COLLATE "C" NOT NULL CHECK (subject_id <> ''),
    subject_name TEXT COLLATE "C" NOT NULL,
    role_id INTEGER NOT NULL CHECK (role_id > 0),
    scope_id TEXT COLLATE "C" NOT NULL REFERENCES scopes (id),
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX rules_once ON rules (subject_type, subject_id, role_id, scope_id) WHERE deleted_at = 0;
CREATE INDEX rules_subject ON rules (subject_type, subject_id, id);
CREATE INDEX rules_role ON rules (role_id, subject_type, subject_id) WHERE deleted_at = 0;
CREATE INDEX rules_scope ON rules (scope_id, subject_type, subject_id) WHERE deleted_at = 0;

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL CHECK (email <> ''),
    email_folded TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    disabled BOOLEAN NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    last_login BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX users_email ON users (email_folded) WHERE deleted_at = 0;

CREATE TABLE user_preferences (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, name)
);

-- user_id is empty before sign-in, so it is no foreign key.
CREATE TABLE sessions (
    id_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(id_hash) = 32),
    user_id TEXT COLLATE "C" NOT NULL,
    data BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_last_seen ON sessions (last_seen_at);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE throttles (
    throttle_key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    last_failure BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);

CREATE TABLE setup_links (
    hash BYTEA NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    retired_at BIGINT NOT NULL,
    withdrawn_at BIGINT NOT NULL
);

CREATE TABLE settings (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE forms (
    form_key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    entity_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX forms_created_at ON forms (created_at);

-- How many tokens of which key are still alive: expiry is rounded up to the
-- minute, so an application has one row for each minute in which it was busy.
CREATE TABLE token_grants (
    application_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tokens BIGINT NOT NULL CHECK (tokens >= 0),
    PRIMARY KEY (application_id, generation, expires_at)
);
CREATE INDEX token_grants_expires_at ON token_grants (expires_at);

CREATE TABLE events (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    occurred_at BIGINT NOT NULL,
    subject_type TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    subject_name TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL CHECK (action <> ''),
    result TEXT COLLATE "C" NOT NULL CHECK (result IN ('Succeeded', 'Failed')),
    entity_type TEXT COLLATE "C" NOT NULL,
    entity_id TEXT COLLATE "C" NOT NULL,
    entity_name TEXT COLLATE "C" NOT NULL,
    source_ip TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    http_method TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    metadata TEXT COLLATE "C" NOT NULL
);
CREATE INDEX events_occurred_at ON events (occurred_at, id);
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are append-only', TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
