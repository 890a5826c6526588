-- +goose Up

-- Access tokens that were revoked before their time, by what names them: the
-- text of a token does not, since a signature can be written in two ways. They
-- are forgotten once they would have expired anyway.
CREATE TABLE revoked_tokens (
    issuer TEXT COLLATE "C" NOT NULL CHECK (issuer <> ''),
    token_id TEXT COLLATE "C" NOT NULL CHECK (token_id <> ''),
    client_id TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, token_id)
);
CREATE INDEX revoked_tokens_client ON revoked_tokens (client_id);
CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);

-- The public keys that applications sign in with beside, or instead of, their
-- secret key. kid is what the client calls the key.
CREATE TABLE public_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    application_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    kid TEXT COLLATE "C" NOT NULL CHECK (kid <> ''),
    thumbprint TEXT COLLATE "C" NOT NULL CHECK (thumbprint <> ''),
    algorithm TEXT COLLATE "C" NOT NULL,
    jwk TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    UNIQUE (application_id, kid),
    UNIQUE (application_id, thumbprint)
);

-- Client assertions that were used, each by a hash of client and jti, until
-- nobody would accept them any more.
CREATE TABLE used_assertions (
    assertion BYTEA NOT NULL PRIMARY KEY CHECK (length(assertion) = 32),
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_assertions_expires_at ON used_assertions (expires_at);
