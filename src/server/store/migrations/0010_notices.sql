-- What people are told of their keys: written with what causes it, and sent by whichever server comes to it.
CREATE TABLE notices (
    -- rising with time; what a message is known by comes from the first of those that it holds
    id TEXT PRIMARY KEY,
    -- 'revoked', 'disabled', 'transferred' or 'expiring'
    cause TEXT NOT NULL,
    recipient TEXT NOT NULL,
    key_id TEXT NOT NULL,
    key_name TEXT NOT NULL,
    -- what else is told, as JSON
    details TEXT NOT NULL,
    -- what is told once only, as that a key expires in so many days; else none
    about TEXT,
    due TEXT NOT NULL,
    -- 'waiting', 'sent' or 'dead'
    state TEXT NOT NULL DEFAULT 'waiting',
    -- the message that holds it: as it was put together the first time, so it is sent again
    message TEXT,
    -- which ways it went already: words between single spaces, with one before the first and one after the last
    ways TEXT NOT NULL DEFAULT ' ',
    attempts BIGINT NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL,
    -- until when the server that sends it keeps others from it
    claimed_until TEXT,
    sent_at TEXT,
    problem TEXT
);

CREATE INDEX notices_waiting ON notices (next_try, id) WHERE state = 'waiting';
CREATE INDEX notices_message ON notices (message);
CREATE INDEX notices_about ON notices (about) WHERE about IS NOT NULL;
