-- Uses of keys that were refused because the key no longer works: how many, and the last of them. What the audit log was
-- not told of yet began at refused_since; refused_told is how many it was told of, the last time at refused_told_at.
ALTER TABLE api_keys ADD COLUMN refused_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN refused_at TEXT;
ALTER TABLE api_keys ADD COLUMN refused_from TEXT;
ALTER TABLE api_keys ADD COLUMN refused_since TEXT;
ALTER TABLE api_keys ADD COLUMN refused_told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN refused_told_at TEXT;

ALTER TABLE collection_access_keys ADD COLUMN refused_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE collection_access_keys ADD COLUMN refused_at TEXT;
ALTER TABLE collection_access_keys ADD COLUMN refused_from TEXT;

-- The few keys of which the audit log is to be told.
CREATE INDEX api_keys_refused ON api_keys (COALESCE(refused_told_at, '')) WHERE refused_since IS NOT NULL;

-- The latest addresses of each key.
CREATE TABLE refused_uses (
    key_id TEXT NOT NULL,
    address TEXT NOT NULL,
    count BIGINT NOT NULL,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (key_id, address)
);

CREATE INDEX refused_uses_latest ON refused_uses (key_id, last_at, address);
