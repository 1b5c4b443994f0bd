-- Times are fixed-width RFC 3339 text in UTC with three decimals, so that text order is time order; flags are 0 or 1;
-- hashes are lower-case hexadecimal. Only TEXT and BIGINT, which every engine reads alike.

CREATE TABLE team (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    domain TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    username TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    -- words separated by single spaces, with one before the first and one after the last: ' admin scanner '
    roles TEXT NOT NULL,
    active BIGINT NOT NULL,
    joined_at TEXT NOT NULL
);

-- Whether a key is enabled follows from expires_at, disabled_reason and revoked_at when it is read.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- the name in lower case, since engines fold differently
    name_folded TEXT NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    -- a JSON array of addresses
    contacts TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    disabled_reason TEXT,
    last_used_at TEXT,
    last_used_from TEXT,
    revoked_at TEXT,
    revoked_by BIGINT REFERENCES users (id),
    revocation TEXT,
    rotated_from TEXT REFERENCES api_keys (id)
);

CREATE INDEX api_keys_owner ON api_keys (owner_id, created_at);
CREATE INDEX api_keys_newest ON api_keys (created_at, id);
CREATE INDEX api_keys_used ON api_keys (COALESCE(last_used_at, ''), id);
CREATE INDEX api_keys_expiring ON api_keys (COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id);

CREATE TABLE collection_access_keys (
    id TEXT PRIMARY KEY,
    collection_id TEXT NOT NULL,
    collection_name TEXT,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    expires_after TEXT NOT NULL,
    last_used_at TEXT,
    deleted_at TEXT,
    deleted_by BIGINT REFERENCES users (id)
);

CREATE INDEX collection_access_keys_newest ON collection_access_keys (created_at, id);
CREATE INDEX collection_access_keys_owner ON collection_access_keys (owner_id, created_at);

-- Every value any key ever had, so that no hash is ever taken twice. A key has one present value; an earlier one may go
-- on working until its overlap ends.
CREATE TABLE key_values (
    secret_hash TEXT PRIMARY KEY,
    -- 'api' or 'collection'
    kind TEXT NOT NULL,
    key_id TEXT NOT NULL,
    masked_value TEXT NOT NULL,
    created_at TEXT NOT NULL,
    present BIGINT NOT NULL,
    overlap_ends_at TEXT
);

CREATE INDEX key_values_key ON key_values (key_id, present);

CREATE TABLE api_key_settings (
    id BIGINT PRIMARY KEY,
    -- the settings as the API answers them
    body TEXT NOT NULL
);

CREATE TABLE secret_types (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL
);

-- One row a secret and workspace.
CREATE TABLE detected_secrets (
    secret_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    workspace_visibility TEXT NOT NULL,
    secret_type TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    obfuscated_secret TEXT NOT NULL,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    resolution TEXT NOT NULL,
    occurrences BIGINT NOT NULL,
    detected_at TEXT NOT NULL,
    PRIMARY KEY (secret_id, workspace_id)
);

CREATE INDEX detected_secrets_newest ON detected_secrets (detected_at, secret_id, workspace_id);
CREATE INDEX detected_secrets_hash ON detected_secrets (secret_hash);

-- One row a resource in which the secret stands.
CREATE TABLE detected_secret_locations (
    id TEXT PRIMARY KEY,
    secret_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    parent_resource_id TEXT,
    location TEXT NOT NULL,
    url TEXT NOT NULL,
    leaked_by BIGINT,
    occurrences BIGINT NOT NULL,
    detected_at TEXT NOT NULL,
    resource_deleted BIGINT NOT NULL,
    FOREIGN KEY (secret_id, workspace_id) REFERENCES detected_secrets (secret_id, workspace_id)
);

CREATE INDEX detected_secret_locations_finding ON detected_secret_locations (secret_id, workspace_id);

-- How a finding was resolved, and by whom; no actor: automatic.
CREATE TABLE detected_secret_history (
    id TEXT PRIMARY KEY,
    secret_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    resolution TEXT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    note TEXT,
    created_at TEXT NOT NULL,
    FOREIGN KEY (secret_id, workspace_id) REFERENCES detected_secrets (secret_id, workspace_id)
);

CREATE INDEX detected_secret_history_finding ON detected_secret_history (secret_id, workspace_id);

-- The entry itself is body, canonical JSON; the other columns repeat parts of it to search by.
CREATE TABLE audit_entries (
    seq BIGINT PRIMARY KEY,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    actor_id BIGINT,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
);

CREATE INDEX audit_entries_at ON audit_entries (at, seq);

CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);

INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

INSERT INTO secret_types (id, name, kind) VALUES
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c01', 'keydeck API Key', 'DEFAULT'),
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c02', 'keydeck Collection Access Key', 'DEFAULT'),
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c03', 'Postman API Key', 'DEFAULT'),
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c04', 'Postman Collection Access Key', 'DEFAULT'),
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c05', 'postman.gov.sg API Key', 'DEFAULT');
