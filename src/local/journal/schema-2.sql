-- One row a change of many keys: what it is, and by what it is found.
CREATE TABLE changes (
    id TEXT NOT NULL PRIMARY KEY,
    -- which form this row and those of its keys have
    form INTEGER NOT NULL,
    is_over INTEGER NOT NULL,
    deed TEXT NOT NULL,
    profile TEXT NOT NULL,
    address TEXT NOT NULL,
    user INTEGER NOT NULL,
    note TEXT,
    started_at TEXT NOT NULL
) STRICT;

-- One row a key: on disk before the first is sent.
CREATE TABLE change_keys (
    change TEXT NOT NULL REFERENCES changes (id),
    -- the order in which they are sent
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    masked TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (change, number)
) STRICT, WITHOUT ROWID;
