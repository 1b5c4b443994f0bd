-- The schema that the steps of a database in a file come to as well. What differs is said where it does.
--
-- Times are fixed-width RFC 3339 text in UTC with three decimals, so that text order is time order; flags are 0 or 1; hashes are
-- lower-case hexadecimal. Every text compares byte by byte, as it does in the other engine: the collation "C", whatever
-- the database's own is.

CREATE TABLE team (
    id BIGINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    domain TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL
);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL UNIQUE,
    -- words separated by single spaces, with one before the first and one after the last: ' admin scanner '
    roles TEXT COLLATE "C" NOT NULL,
    active BIGINT NOT NULL,
    joined_at TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL DEFAULT 'person',
    contacts TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    email_folded TEXT COLLATE "C",
    email_shared BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE api_keys (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    -- the name in lower case, since engines fold differently
    name_folded TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    -- a JSON array of addresses
    contacts TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C",
    disabled_reason TEXT COLLATE "C",
    last_used_at TEXT COLLATE "C",
    last_used_from TEXT COLLATE "C",
    revoked_at TEXT COLLATE "C",
    revoked_by BIGINT REFERENCES users (id),
    revocation TEXT COLLATE "C",
    rotated_from TEXT COLLATE "C" REFERENCES api_keys (id),
    brought_forward BIGINT NOT NULL DEFAULT 0,
    access TEXT COLLATE "C" NOT NULL DEFAULT 'full',
    minted_with TEXT COLLATE "C" REFERENCES api_keys (id),
    disabled_until TEXT COLLATE "C",
    refused_count BIGINT NOT NULL DEFAULT 0,
    refused_at TEXT COLLATE "C",
    refused_from TEXT COLLATE "C",
    refused_since TEXT COLLATE "C",
    refused_told BIGINT NOT NULL DEFAULT 0,
    refused_told_at TEXT COLLATE "C",
    made_after BIGINT NOT NULL DEFAULT 0,
    dated_at TEXT COLLATE "C",
    spared BIGINT NOT NULL DEFAULT 0,
    stopped BIGINT NOT NULL DEFAULT 0,
    state TEXT COLLATE "C" GENERATED ALWAYS AS (
    CASE
        WHEN revoked_at IS NOT NULL THEN 'revoked'
        WHEN disabled_reason IS NOT NULL OR stopped = 1 THEN 'disabled'
        ELSE 'enabled'
    END
) STORED
);

CREATE TABLE collection_access_keys (
    id TEXT COLLATE "C" PRIMARY KEY,
    collection_id TEXT COLLATE "C" NOT NULL,
    collection_name TEXT COLLATE "C",
    owner_id BIGINT NOT NULL REFERENCES users (id),
    created_at TEXT COLLATE "C" NOT NULL,
    updated_at TEXT COLLATE "C" NOT NULL,
    expires_after TEXT COLLATE "C" NOT NULL,
    last_used_at TEXT COLLATE "C",
    deleted_at TEXT COLLATE "C",
    deleted_by BIGINT REFERENCES users (id),
    refused_count BIGINT NOT NULL DEFAULT 0,
    refused_at TEXT COLLATE "C",
    refused_from TEXT COLLATE "C"
);

CREATE TABLE key_values (
    secret_hash TEXT COLLATE "C" PRIMARY KEY,
    -- 'api' or 'collection'
    kind TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    masked_value TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    present BIGINT NOT NULL,
    overlap_ends_at TEXT COLLATE "C"
);

CREATE TABLE api_key_settings (
    id BIGINT PRIMARY KEY,
    -- the settings as the API answers them
    body TEXT COLLATE "C" NOT NULL
);

CREATE TABLE secret_types (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL
);

CREATE TABLE detected_secrets (
    secret_id TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    workspace_visibility TEXT COLLATE "C" NOT NULL,
    secret_type TEXT COLLATE "C" NOT NULL,
    secret_hash TEXT COLLATE "C" NOT NULL,
    obfuscated_secret TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    resolution TEXT COLLATE "C" NOT NULL,
    occurrences BIGINT NOT NULL,
    detected_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (secret_id, workspace_id)
);

CREATE TABLE detected_secret_locations (
    id TEXT COLLATE "C" PRIMARY KEY,
    secret_id TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    parent_resource_id TEXT COLLATE "C",
    location TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    leaked_by BIGINT,
    occurrences BIGINT NOT NULL,
    detected_at TEXT COLLATE "C" NOT NULL,
    resource_deleted BIGINT NOT NULL,
    FOREIGN KEY (secret_id, workspace_id) REFERENCES detected_secrets (secret_id, workspace_id)
);

CREATE TABLE detected_secret_history (
    id TEXT COLLATE "C" PRIMARY KEY,
    secret_id TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    resolution TEXT COLLATE "C" NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    note TEXT COLLATE "C",
    created_at TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (secret_id, workspace_id) REFERENCES detected_secrets (secret_id, workspace_id)
);

CREATE TABLE audit_entries (
    seq BIGINT PRIMARY KEY,
    at TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor_id BIGINT,
    body TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C"
);

CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);

CREATE TABLE recorded_answers (
    scope TEXT COLLATE "C" PRIMARY KEY,
    body_hash TEXT COLLATE "C" NOT NULL,
    status BIGINT NOT NULL,
    -- JSON; empty when it held a value
    answer TEXT COLLATE "C" NOT NULL,
    -- the key whose value it held
    key_id TEXT COLLATE "C",
    created_at TEXT COLLATE "C" NOT NULL,
    user_id BIGINT,
    upto BIGINT
);

CREATE TABLE server_keys (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE refused_uses (
    key_id TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    first_at TEXT COLLATE "C" NOT NULL,
    last_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key_id, address)
);

CREATE TABLE acts (
    seq BIGINT PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    -- 'revoke', 'date' or 'deactivate'
    kind TEXT COLLATE "C" NOT NULL,
    running BIGINT NOT NULL,
    begun_at TEXT COLLATE "C" NOT NULL,
    ended_at TEXT COLLATE "C",
    actor_id BIGINT REFERENCES users (id),
    -- revoke: 1 when superadmins' keys are among them
    superadmins BIGINT NOT NULL DEFAULT 0,
    -- revoke: the reason to record; none: the usual one for whose key it is
    revocation TEXT COLLATE "C",
    -- revoke: the key that goes last
    own_key TEXT COLLATE "C",
    -- deactivate: whose keys
    user_id BIGINT REFERENCES users (id),
    -- date: how, as JSON
    redating TEXT COLLATE "C",
    -- who asked, from where, and what they said of it, for the audit log, as JSON
    cause TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0,
    -- the id of the last key that was done
    position TEXT COLLATE "C" NOT NULL DEFAULT ''
);

CREATE TABLE act_exceptions (
    act_seq BIGINT NOT NULL REFERENCES acts (seq),
    key_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (act_seq, key_id)
);

CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until TEXT COLLATE "C" NOT NULL
);

CREATE TABLE notices (
    -- rising with time; what a message is known by comes from the first of those that it holds
    id TEXT COLLATE "C" PRIMARY KEY,
    -- 'revoked', 'disabled', 'transferred' or 'expiring'
    cause TEXT COLLATE "C" NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    key_name TEXT COLLATE "C" NOT NULL,
    -- what else is told, as JSON
    details TEXT COLLATE "C" NOT NULL,
    -- what is told once only, as that a key expires in so many days; else none
    about TEXT COLLATE "C",
    due TEXT COLLATE "C" NOT NULL,
    -- 'waiting', 'sent' or 'dead'
    state TEXT COLLATE "C" NOT NULL DEFAULT 'waiting',
    -- the message that holds it: as it was put together the first time, so it is sent again
    message TEXT COLLATE "C",
    -- which ways it went already: words between single spaces, with one before the first and one after the last
    ways TEXT COLLATE "C" NOT NULL DEFAULT ' ',
    attempts BIGINT NOT NULL DEFAULT 0,
    next_try TEXT COLLATE "C" NOT NULL,
    -- until when the server that sends it keeps others from it
    claimed_until TEXT COLLATE "C",
    sent_at TEXT COLLATE "C",
    problem TEXT COLLATE "C",
    person TEXT COLLATE "C" NOT NULL DEFAULT '',
    first_try TEXT COLLATE "C"
);

CREATE TABLE key_counts (
    owner_id BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    keys BIGINT NOT NULL,
    PRIMARY KEY (owner_id, state)
);

CREATE INDEX api_keys_newest ON api_keys (created_at, id);
CREATE INDEX api_keys_used ON api_keys (COALESCE(last_used_at, ''), id);
CREATE INDEX api_keys_expiring ON api_keys (COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id);
CREATE INDEX collection_access_keys_newest ON collection_access_keys (created_at, id);
CREATE INDEX collection_access_keys_owner ON collection_access_keys (owner_id, created_at);
CREATE INDEX key_values_key ON key_values (key_id, present);
CREATE INDEX detected_secrets_newest ON detected_secrets (detected_at, secret_id, workspace_id);
CREATE INDEX audit_entries_at ON audit_entries (at, seq);
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, seq);
CREATE INDEX audit_entries_action ON audit_entries (action, seq);
CREATE INDEX recorded_answers_at ON recorded_answers (created_at);
CREATE INDEX audit_entries_key ON audit_entries (key_id, seq);
CREATE INDEX api_keys_rotated_from ON api_keys (rotated_from) WHERE rotated_from IS NOT NULL;
CREATE INDEX api_keys_refused ON api_keys (COALESCE(refused_told_at, '')) WHERE refused_since IS NOT NULL;
CREATE INDEX refused_uses_latest ON refused_uses (key_id, last_at, address);
CREATE INDEX api_keys_due ON api_keys (expires_at, id) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX acts_running ON acts (kind, seq) WHERE running = 1;
CREATE INDEX notices_waiting ON notices (next_try, id) WHERE state = 'waiting';
CREATE INDEX notices_about ON notices (about) WHERE about IS NOT NULL;
CREATE INDEX notices_person ON notices (person, id);
CREATE INDEX notices_key ON notices (key_id, person);
CREATE INDEX notices_fresh ON notices (person, cause, due) WHERE state = 'waiting' AND message IS NULL;
CREATE UNIQUE INDEX users_email_folded ON users (email_folded) WHERE email_shared = 0;
CREATE INDEX users_address ON users (email_folded, id);
CREATE INDEX users_shared ON users (id) WHERE email_shared = 1;
CREATE INDEX recorded_answers_of ON recorded_answers (user_id, upto);
CREATE INDEX api_keys_owner ON api_keys (owner_id, created_at, id);
CREATE INDEX api_keys_owner_used ON api_keys (owner_id, COALESCE(last_used_at, ''), id);
CREATE INDEX api_keys_owner_expiring ON api_keys (owner_id, COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id);
CREATE INDEX api_keys_state ON api_keys (state, created_at, id);
CREATE INDEX api_keys_state_used ON api_keys (state, COALESCE(last_used_at, ''), id);
CREATE INDEX api_keys_state_expiring ON api_keys (state, COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id);
CREATE INDEX api_keys_living ON api_keys (id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_owner_living ON api_keys (owner_id, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_ending ON api_keys (expires_at, id)
WHERE revoked_at IS NULL AND disabled_reason IS NULL AND spared = 0;
CREATE INDEX api_keys_back ON api_keys (disabled_until, id) WHERE revoked_at IS NULL AND disabled_until IS NOT NULL;
CREATE INDEX api_keys_spared ON api_keys (id) WHERE spared = 1;
CREATE INDEX users_superadmins ON users (id) WHERE roles LIKE '% superadmin %';
CREATE INDEX users_services ON users (id) WHERE kind = 'service';
CREATE INDEX detected_secret_locations_finding ON detected_secret_locations (secret_id, workspace_id, detected_at, id);
CREATE INDEX detected_secret_locations_resource ON detected_secret_locations (resource_type, resource_id);
CREATE INDEX detected_secret_history_finding ON detected_secret_history (secret_id, workspace_id, created_at, id);
CREATE INDEX detected_secrets_hash ON detected_secrets (secret_hash, secret_id, workspace_id);
CREATE INDEX notices_over ON notices (due) WHERE state <> 'waiting';
CREATE INDEX collection_access_keys_of ON collection_access_keys (collection_id, created_at, id);
CREATE INDEX notices_message ON notices (message, id) WHERE message IS NOT NULL;
CREATE INDEX notices_waiting_of ON notices (cause, next_try, id) WHERE state = 'waiting';

-- Whoever writes locks this row first, so that writers take turns, on however many machines they run: what a change read of the
-- present is still so when it is made. The number is written to find out whether anything can be written.
CREATE TABLE writing (
    id BIGINT PRIMARY KEY,
    number BIGINT NOT NULL
);

INSERT INTO writing (id, number) VALUES (1, 0);

INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

INSERT INTO secret_types (id, name, kind) VALUES
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c01', 'keydeck API Key', 'DEFAULT'),
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c02', 'keydeck Collection Access Key', 'DEFAULT'),
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c03', 'Postman API Key', 'DEFAULT'),
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c04', 'Postman Collection Access Key', 'DEFAULT'),
    ('3f0c8a1e-6b52-4d0e-9f57-0b8f6a1d2c05', 'postman.gov.sg API Key', 'DEFAULT');

-- What servers tell one another while they answer: how much of a limit is used in the window that began at since, and which calls
-- with an idempotency key are being done. Worth nothing after a crash.
CREATE UNLOGGED TABLE limits_used (
    name TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    since TEXT COLLATE "C" NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (name, who)
);

CREATE UNLOGGED TABLE calls_running (
    scope TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until TEXT COLLATE "C" NOT NULL
);

-- The moment so many days before another, in the store's form.
CREATE FUNCTION days_before(moment TEXT, days BIGINT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT to_char(
        (moment::timestamptz AT TIME ZONE 'UTC') - days * INTERVAL '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
    )
$$;

-- Whether the owner of a key is active stands with the key.
CREATE FUNCTION api_keys_stopped() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.stopped = 0 AND EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id AND active = 0) THEN
            NEW.stopped := 1;
        END IF;
    ELSIF NEW.owner_id <> OLD.owner_id THEN
        NEW.stopped := (SELECT 1 - active FROM users WHERE id = NEW.owner_id);
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER api_keys_stopped BEFORE INSERT OR UPDATE OF owner_id ON api_keys
FOR EACH ROW EXECUTE FUNCTION api_keys_stopped();

-- What is counted is kept counted: once a statement, however many keys it changes, so that the counts have few dead rows.
CREATE FUNCTION api_keys_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO key_counts (owner_id, state, keys)
        SELECT whose.owner_id, whose.state, COUNT(*) FROM (
            SELECT owner_id, state FROM made UNION ALL SELECT 0, state FROM made
        ) AS whose GROUP BY whose.owner_id, whose.state
        ON CONFLICT (owner_id, state) DO UPDATE SET keys = key_counts.keys + excluded.keys;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO key_counts (owner_id, state, keys)
        SELECT whose.owner_id, whose.state, -COUNT(*) FROM (
            SELECT owner_id, state FROM gone UNION ALL SELECT 0, state FROM gone
        ) AS whose GROUP BY whose.owner_id, whose.state
        ON CONFLICT (owner_id, state) DO UPDATE SET keys = key_counts.keys + excluded.keys;
    ELSE
        INSERT INTO key_counts (owner_id, state, keys)
        SELECT whose.owner_id, whose.state, SUM(whose.keys) FROM (
            SELECT owner_id, state, 1 AS keys FROM made UNION ALL SELECT 0, state, 1 FROM made
            UNION ALL SELECT owner_id, state, -1 FROM gone UNION ALL SELECT 0, state, -1 FROM gone
        ) AS whose GROUP BY whose.owner_id, whose.state HAVING SUM(whose.keys) <> 0
        ON CONFLICT (owner_id, state) DO UPDATE SET keys = key_counts.keys + excluded.keys;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER api_keys_counted AFTER INSERT ON api_keys REFERENCING NEW TABLE AS made
FOR EACH STATEMENT EXECUTE FUNCTION api_keys_counted();
CREATE TRIGGER api_keys_counted_anew AFTER UPDATE ON api_keys REFERENCING OLD TABLE AS gone NEW TABLE AS made
FOR EACH STATEMENT EXECUTE FUNCTION api_keys_counted();
CREATE TRIGGER api_keys_not_counted AFTER DELETE ON api_keys REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION api_keys_counted();
