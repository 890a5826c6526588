-- What a store of schema 1 may hold. BLOB becomes BYTEA for PostgreSQL.
CREATE TABLE latchkey_schema (
    id INTEGER PRIMARY KEY, version_id BIGINT NOT NULL, is_applied BOOLEAN NOT NULL,
    tstamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO latchkey_schema (id, version_id, is_applied) VALUES (1, 0, TRUE), (2, 1, TRUE);

INSERT INTO scopes (id, type, name, name_folded, parent_id, path, created_by, created_at, updated_at) VALUES
    ('1001', 'tenant', 'Acme', 'acme', '', '/1001/', '', 1772366400123456, 1772366400123456),
    ('s1', 'cluster', 'eu-1', 'eu-1', '1001', '/1001/s1/', 'ann@example.com', 1772366400123456, 1772366400123456);
INSERT INTO applications (id, name, client_id, description, description_folded, description_key, scope_id, scope_path,
    enabled, key_hash, key_ends_in, key_created_at, key_expires_at, key_last_used, generation, token_lifetime, rule_count,
    created_by, created_by_folded, last_login, search_text, version, created_at, updated_at)
VALUES ('a1', 'ci', 'ci', 'Nightly', 'nightly', 'nightly', '1001', '/1001/',
    TRUE, CAST('01234567890123456789012345678901' AS BLOB), 'aB3x', 1772366400123456, 0, 0, 3, 0, 1,
    'ann@example.com', 'ann@example.com', 0, 'ci nightly', 2, 1772366400123456, 1772366400123456);
INSERT INTO rules (subject_type, subject_id, subject_name, role_id, scope_id, created_by, created_at, updated_at)
VALUES ('app', 'a1', 'ci', 7, 's1', 'ann@example.com', 1772366400123456, 1772366400123456);
INSERT INTO users (id, email, email_folded, password_hash, disabled, must_change_password, last_login, created_by, version, created_at, updated_at)
VALUES ('u1', 'Ann@example.com', 'ann@example.com', 'hash', FALSE, FALSE, 0, '', 1, 1772366400123456, 1772366400123456);
INSERT INTO events (id, occurred_at, subject_type, subject_id, subject_name, action, result, entity_type, entity_id, entity_name,
    source_ip, user_agent, http_method, url, request_id, metadata)
VALUES ('e1', 1772366400123456, 'user', 'u1', 'ann@example.com', 'create', 'Succeeded', 'application', 'a1', 'ci',
    '127.0.0.1', '', 'POST', '/applications', 'r1', '{"reason":"test"}');
