-- One row a rotation: the whole state as JSON, and beside it what it is found by.
CREATE TABLE rotations (
    id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    old_key TEXT NOT NULL,
    is_over INTEGER NOT NULL,
    -- which form the JSON has
    form INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;

-- A key has one open rotation at a time.
CREATE UNIQUE INDEX one_open_a_key ON rotations (address, old_key) WHERE is_over = 0;

-- One row an attempt: written before the effect, completed after it.
CREATE TABLE attempts (
    rotation TEXT NOT NULL REFERENCES rotations (id),
    number INTEGER NOT NULL,
    effect TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    ended_at TEXT,
    ended TEXT CHECK (ended IN ('done', 'failed', 'maybe-done')),
    summary TEXT,
    PRIMARY KEY (rotation, number)
) STRICT;
