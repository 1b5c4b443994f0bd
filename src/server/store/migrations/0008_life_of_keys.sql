-- How many acts had begun when the key was made: an act covers the keys of before it, whatever the clock says.
ALTER TABLE api_keys ADD COLUMN made_after BIGINT NOT NULL DEFAULT 0;

-- When a change of the settings last dated it: an expired key's days of grace count from then.
ALTER TABLE api_keys ADD COLUMN dated_at TEXT;

-- 1: it works past its date, since without it nobody could manage the team.
ALTER TABLE api_keys ADD COLUMN spared BIGINT NOT NULL DEFAULT 0;

-- For the task that follows the life of keys: whose date passed, and which are enabled again by themselves.
CREATE INDEX api_keys_due ON api_keys (expires_at, id) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX api_keys_until ON api_keys (disabled_until) WHERE disabled_until IS NOT NULL;

-- What concerns more keys than one transaction should hold others up for. What an act decided holds from the transaction
-- that begins it; the keys' own rows follow in batches, in the order of their ids.
CREATE TABLE acts (
    seq BIGINT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- 'revoke', 'date' or 'deactivate'
    kind TEXT NOT NULL,
    running BIGINT NOT NULL,
    begun_at TEXT NOT NULL,
    ended_at TEXT,
    actor_id BIGINT REFERENCES users (id),
    -- revoke: 1 when superadmins' keys are among them
    superadmins BIGINT NOT NULL DEFAULT 0,
    -- revoke: the reason to record; none: the usual one for whose key it is
    revocation TEXT,
    -- revoke: the key that goes last
    own_key TEXT,
    -- deactivate: whose keys
    user_id BIGINT REFERENCES users (id),
    -- date: how, as JSON
    redating TEXT,
    -- who asked, from where, and what they said of it, for the audit log, as JSON
    cause TEXT NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0,
    -- the id of the last key that was done
    position TEXT NOT NULL DEFAULT ''
);

CREATE INDEX acts_running ON acts (kind, seq) WHERE running = 1;

-- The keys that an act leaves out.
CREATE TABLE act_exceptions (
    act_seq BIGINT NOT NULL REFERENCES acts (seq),
    key_id TEXT NOT NULL,
    PRIMARY KEY (act_seq, key_id)
);

-- Which of several servers does what one of them should do.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until TEXT NOT NULL
);
