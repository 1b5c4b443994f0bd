-- What a call costs must not depend on how many keys and users there are: every order that keys are listed in has its
-- index, also of one owner's keys and of those that stand alike, and what is counted is kept counted.

-- 1: the owner is not active. An act writes it, key by key, when somebody leaves or comes back.
ALTER TABLE api_keys ADD COLUMN stopped BIGINT NOT NULL DEFAULT 0;

UPDATE api_keys SET stopped = 1 WHERE owner_id IN (SELECT id FROM users WHERE active = 0);

-- How a key stands as far as its row says. What time did to it is written soon; until then, and while an act runs, it is
-- not looked at.
ALTER TABLE api_keys ADD COLUMN state TEXT GENERATED ALWAYS AS (
    CASE
        WHEN revoked_at IS NOT NULL THEN 'revoked'
        WHEN disabled_reason IS NOT NULL OR stopped = 1 THEN 'disabled'
        ELSE 'enabled'
    END
) VIRTUAL;

CREATE TRIGGER api_keys_made_stopped AFTER INSERT ON api_keys
WHEN NEW.stopped = 0 AND EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id AND active = 0)
BEGIN
    UPDATE api_keys SET stopped = 1 WHERE id = NEW.id;
END;

CREATE TRIGGER api_keys_handed_over AFTER UPDATE OF owner_id ON api_keys
WHEN NEW.owner_id <> OLD.owner_id
BEGIN
    UPDATE api_keys SET stopped = (SELECT 1 - active FROM users WHERE id = NEW.owner_id) WHERE id = NEW.id;
END;

DROP INDEX api_keys_owner;
CREATE INDEX api_keys_owner ON api_keys (owner_id, created_at, id);
CREATE INDEX api_keys_owner_used ON api_keys (owner_id, COALESCE(last_used_at, ''), id);
CREATE INDEX api_keys_owner_expiring ON api_keys (owner_id, COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id);
CREATE INDEX api_keys_state ON api_keys (state, created_at, id);
CREATE INDEX api_keys_state_used ON api_keys (state, COALESCE(last_used_at, ''), id);
CREATE INDEX api_keys_state_expiring ON api_keys (state, COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id);

-- For acts, whose batches go by id, and for what only some keys are asked for.
CREATE INDEX api_keys_living ON api_keys (id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_owner_living ON api_keys (owner_id, id) WHERE revoked_at IS NULL;
-- Whose date passed and whose row does not say so yet, and which are enabled again by themselves.
CREATE INDEX api_keys_ending ON api_keys (expires_at, id)
WHERE revoked_at IS NULL AND disabled_reason IS NULL AND spared = 0;
CREATE INDEX api_keys_back ON api_keys (disabled_until, id) WHERE revoked_at IS NULL AND disabled_until IS NOT NULL;
DROP INDEX api_keys_until;
CREATE INDEX api_keys_spared ON api_keys (id) WHERE spared = 1;

-- How many keys each owner has of each state; owner 0 is everybody.
CREATE TABLE key_counts (
    owner_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    keys BIGINT NOT NULL,
    PRIMARY KEY (owner_id, state)
);

INSERT INTO key_counts (owner_id, state, keys) SELECT owner_id, state, COUNT(*) FROM api_keys GROUP BY owner_id, state;
INSERT INTO key_counts (owner_id, state, keys) SELECT 0, state, COUNT(*) FROM api_keys GROUP BY state;

CREATE TRIGGER api_keys_counted AFTER INSERT ON api_keys
BEGIN
    INSERT INTO key_counts (owner_id, state, keys) VALUES (NEW.owner_id, NEW.state, 1), (0, NEW.state, 1)
    ON CONFLICT (owner_id, state) DO UPDATE SET keys = key_counts.keys + excluded.keys;
END;

CREATE TRIGGER api_keys_counted_anew AFTER UPDATE OF owner_id, revoked_at, disabled_reason, stopped ON api_keys
WHEN NEW.owner_id <> OLD.owner_id OR NEW.state <> OLD.state
BEGIN
    INSERT INTO key_counts (owner_id, state, keys)
    VALUES (OLD.owner_id, OLD.state, -1), (0, OLD.state, -1), (NEW.owner_id, NEW.state, 1), (0, NEW.state, 1)
    ON CONFLICT (owner_id, state) DO UPDATE SET keys = key_counts.keys + excluded.keys;
END;

CREATE TRIGGER api_keys_not_counted AFTER DELETE ON api_keys
BEGIN
    INSERT INTO key_counts (owner_id, state, keys) VALUES (OLD.owner_id, OLD.state, -1), (0, OLD.state, -1)
    ON CONFLICT (owner_id, state) DO UPDATE SET keys = key_counts.keys + excluded.keys;
END;

-- Names by each three characters of theirs, so that a part of a name is found without reading all. The number is one that
-- lasts, which a row's own is not.
CREATE TABLE key_names (
    number INTEGER PRIMARY KEY,
    key_id TEXT NOT NULL UNIQUE,
    name_folded TEXT NOT NULL
);

INSERT INTO key_names (key_id, name_folded) SELECT id, name_folded FROM api_keys;

CREATE VIRTUAL TABLE key_name_parts USING fts5 (
    name_folded, content = 'key_names', content_rowid = 'number', tokenize = 'trigram', detail = 'none', columnsize = 0
);

INSERT INTO key_name_parts (key_name_parts) VALUES ('rebuild');

CREATE TRIGGER key_names_made AFTER INSERT ON api_keys
BEGIN
    INSERT INTO key_names (key_id, name_folded) VALUES (NEW.id, NEW.name_folded);
    INSERT INTO key_name_parts (rowid, name_folded) SELECT number, name_folded FROM key_names WHERE key_id = NEW.id;
END;

CREATE TRIGGER key_names_changed AFTER UPDATE OF name_folded ON api_keys
WHEN NEW.name_folded <> OLD.name_folded
BEGIN
    INSERT INTO key_name_parts (key_name_parts, rowid, name_folded)
    SELECT 'delete', number, name_folded FROM key_names WHERE key_id = OLD.id;
    UPDATE key_names SET name_folded = NEW.name_folded WHERE key_id = OLD.id;
    INSERT INTO key_name_parts (rowid, name_folded) SELECT number, name_folded FROM key_names WHERE key_id = NEW.id;
END;

CREATE TRIGGER key_names_removed AFTER DELETE ON api_keys
BEGIN
    INSERT INTO key_name_parts (key_name_parts, rowid, name_folded)
    SELECT 'delete', number, name_folded FROM key_names WHERE key_id = OLD.id;
    DELETE FROM key_names WHERE key_id = OLD.id;
END;

-- The few who may do everything, and the services.
CREATE INDEX users_superadmins ON users (id) WHERE roles LIKE '% superadmin %';
CREATE INDEX users_services ON users (id) WHERE kind = 'service';

-- For lists of what was found and of what people are told.
DROP INDEX detected_secret_locations_finding;
CREATE INDEX detected_secret_locations_finding ON detected_secret_locations (secret_id, workspace_id, detected_at, id);
CREATE INDEX detected_secret_locations_resource ON detected_secret_locations (resource_type, resource_id);
DROP INDEX detected_secret_history_finding;
CREATE INDEX detected_secret_history_finding ON detected_secret_history (secret_id, workspace_id, created_at, id);
DROP INDEX detected_secrets_hash;
CREATE INDEX detected_secrets_hash ON detected_secrets (secret_hash, secret_id, workspace_id);
CREATE INDEX notices_over ON notices (due) WHERE state <> 'waiting';
CREATE INDEX collection_access_keys_of ON collection_access_keys (collection_id, created_at, id);
