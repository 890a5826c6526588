-- +goose Up

-- Access tokens that were revoked before their time, by what names them: the
-- text of a token does not, since a signature can be written in two ways. They
-- are forgotten once they would have expired anyway.
CREATE TABLE revoked_tokens (
    issuer TEXT NOT NULL CHECK (issuer <> ''),
    token_id TEXT NOT NULL CHECK (token_id <> ''),
    client_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL CHECK (typeof(expires_at) = 'integer'),
    PRIMARY KEY (issuer, token_id)
);
CREATE INDEX revoked_tokens_client ON revoked_tokens (client_id);
CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);

-- The public keys that applications sign in with beside, or instead of, their
-- secret key. kid is what the client calls the key.
CREATE TABLE public_keys (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kid TEXT NOT NULL CHECK (kid <> ''),
    thumbprint TEXT NOT NULL CHECK (thumbprint <> ''),
    algorithm TEXT NOT NULL,
    jwk TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL CHECK (typeof(created_at) = 'integer'),
    last_used BIGINT NOT NULL CHECK (typeof(last_used) = 'integer'),
    UNIQUE (application_id, kid),
    UNIQUE (application_id, thumbprint)
);

-- Client assertions that were used, each by a hash of client and jti, until
-- nobody would accept them any more.
CREATE TABLE used_assertions (
    assertion BLOB NOT NULL PRIMARY KEY CHECK (length(assertion) = 32),
    expires_at BIGINT NOT NULL CHECK (typeof(expires_at) = 'integer')
);
CREATE INDEX used_assertions_expires_at ON used_assertions (expires_at);
