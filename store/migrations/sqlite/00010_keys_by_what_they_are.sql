-- +goose Up

-- Whose a secret key is, also of what was deleted, without looking at them all.
CREATE INDEX applications_bin_key ON applications (key_ends_in, key_hash) WHERE deleted_at > 0;
CREATE INDEX access_keys_key ON access_keys (key_ends_in, key_hash);
