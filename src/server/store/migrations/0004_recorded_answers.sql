-- First answers to calls that named an idempotency key. What identifies a call, and its body, stand here only as keyed
-- hashes.
CREATE TABLE recorded_answers (
    scope TEXT PRIMARY KEY,
    body_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    -- JSON; empty when it held a value
    answer TEXT NOT NULL,
    -- the key whose value it held
    key_id TEXT,
    created_at TEXT NOT NULL
);

CREATE INDEX recorded_answers_at ON recorded_answers (created_at);

-- Random keys of the server's own, in hexadecimal; made when they are first needed.
CREATE TABLE server_keys (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
