CREATE TABLE rotations (
    id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    old_key TEXT NOT NULL,
    is_over INTEGER NOT NULL,
    -- which form the JSON has
    form INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_open_a_key ON rotations (address, old_key) WHERE is_over = 0;
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
, recipient INTEGER) STRICT;
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
INSERT INTO changes (id, form, is_over, deed, profile, address, user, note, started_at, recipient) VALUES ('01KFRM00000000000000000000', 1, 0, 'revoke', 'acme', 'https://keys.team.example', 1, 'left the team', '2026-11-21T02:51:00.000Z', NULL);
INSERT INTO changes (id, form, is_over, deed, profile, address, user, note, started_at, recipient) VALUES ('01KFRM00000000000000000001', 1, 0, 'delete', 'acme', 'https://keys.team.example', 1, NULL, '2026-11-21T02:51:00.000Z', NULL);
INSERT INTO changes (id, form, is_over, deed, profile, address, user, note, started_at, recipient) VALUES ('01KFRM00000000000000000002', 1, 0, 'disable', 'acme', 'https://keys.team.example', 1, NULL, '2026-11-21T02:51:00.000Z', NULL);
INSERT INTO changes (id, form, is_over, deed, profile, address, user, note, started_at, recipient) VALUES ('01KFRM00000000000000000003', 1, 0, 'enable', 'acme', 'https://keys.team.example', 1, NULL, '2026-11-21T02:51:00.000Z', NULL);
INSERT INTO changes (id, form, is_over, deed, profile, address, user, note, started_at, recipient) VALUES ('01KFRM00000000000000000004', 2, 0, 'hand over', 'acme', 'https://keys.team.example', 1, NULL, '2026-11-21T02:51:00.000Z', 17);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 0, 'api-key', 'enable-0', 'it''s 0', 'kdk_…9fQ2', 'queued', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 1, 'api-key', 'enable-1', 'it''s 1', 'kdk_…9fQ2', 'sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 2, 'api-key', 'enable-2', 'it''s 2', 'kdk_…9fQ2', 'revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 3, 'api-key', 'enable-3', 'it''s 3', 'kdk_…9fQ2', 'already-revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 4, 'api-key', 'enable-4', 'it''s 4', 'kdk_…9fQ2', 'disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 5, 'api-key', 'enable-5', 'it''s 5', 'kdk_…9fQ2', 'already-disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 6, 'api-key', 'enable-6', 'it''s 6', 'kdk_…9fQ2', 'enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 7, 'api-key', 'enable-7', 'it''s 7', 'kdk_…9fQ2', 'already-enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 8, 'api-key', 'enable-8', 'it''s 8', 'kdk_…9fQ2', 'handed-over', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 9, 'api-key', 'enable-9', 'it''s 9', 'kdk_…9fQ2', 'already-theirs', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 10, 'api-key', 'enable-10', 'it''s 10', 'kdk_…9fQ2', 'denied', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 11, 'api-key', 'enable-11', 'it''s 11', 'kdk_…9fQ2', 'not-found', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 12, 'api-key', 'enable-12', 'it''s 12', 'kdk_…9fQ2', 'failed', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 13, 'api-key', 'enable-13', 'it''s 13', 'kdk_…9fQ2', 'not-sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 14, 'api-key', 'enable-14', 'it''s 14', 'kdk_…9fQ2', 'not-sent', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000003', 15, 'api-key', 'enable-15', 'it''s 15', 'kdk_…9fQ2', 'unknown', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 0, 'api-key', 'handOver-0', 'it''s 0', 'kdk_…9fQ2', 'queued', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 1, 'api-key', 'handOver-1', 'it''s 1', 'kdk_…9fQ2', 'sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 2, 'api-key', 'handOver-2', 'it''s 2', 'kdk_…9fQ2', 'revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 3, 'api-key', 'handOver-3', 'it''s 3', 'kdk_…9fQ2', 'already-revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 4, 'api-key', 'handOver-4', 'it''s 4', 'kdk_…9fQ2', 'disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 5, 'api-key', 'handOver-5', 'it''s 5', 'kdk_…9fQ2', 'already-disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 6, 'api-key', 'handOver-6', 'it''s 6', 'kdk_…9fQ2', 'enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 7, 'api-key', 'handOver-7', 'it''s 7', 'kdk_…9fQ2', 'already-enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 8, 'api-key', 'handOver-8', 'it''s 8', 'kdk_…9fQ2', 'handed-over', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 9, 'api-key', 'handOver-9', 'it''s 9', 'kdk_…9fQ2', 'already-theirs', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 10, 'api-key', 'handOver-10', 'it''s 10', 'kdk_…9fQ2', 'denied', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 11, 'api-key', 'handOver-11', 'it''s 11', 'kdk_…9fQ2', 'not-found', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 12, 'api-key', 'handOver-12', 'it''s 12', 'kdk_…9fQ2', 'failed', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 13, 'api-key', 'handOver-13', 'it''s 13', 'kdk_…9fQ2', 'not-sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 14, 'api-key', 'handOver-14', 'it''s 14', 'kdk_…9fQ2', 'not-sent', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000004', 15, 'api-key', 'handOver-15', 'it''s 15', 'kdk_…9fQ2', 'unknown', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 0, 'api-key', 'revoke-0', 'it''s 0', 'kdk_…9fQ2', 'queued', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 1, 'collection-access-key', 'revoke-1', 'it''s 1', 'kdk_…9fQ2', 'sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 2, 'api-key', 'revoke-2', 'it''s 2', 'kdk_…9fQ2', 'revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 3, 'collection-access-key', 'revoke-3', 'it''s 3', 'kdk_…9fQ2', 'already-revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 4, 'api-key', 'revoke-4', 'it''s 4', 'kdk_…9fQ2', 'disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 5, 'collection-access-key', 'revoke-5', 'it''s 5', 'kdk_…9fQ2', 'already-disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 6, 'api-key', 'revoke-6', 'it''s 6', 'kdk_…9fQ2', 'enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 7, 'collection-access-key', 'revoke-7', 'it''s 7', 'kdk_…9fQ2', 'already-enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 8, 'api-key', 'revoke-8', 'it''s 8', 'kdk_…9fQ2', 'handed-over', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 9, 'collection-access-key', 'revoke-9', 'it''s 9', 'kdk_…9fQ2', 'already-theirs', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 10, 'api-key', 'revoke-10', 'it''s 10', 'kdk_…9fQ2', 'denied', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 11, 'collection-access-key', 'revoke-11', 'it''s 11', 'kdk_…9fQ2', 'not-found', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 12, 'api-key', 'revoke-12', 'it''s 12', 'kdk_…9fQ2', 'failed', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 13, 'collection-access-key', 'revoke-13', 'it''s 13', 'kdk_…9fQ2', 'not-sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 14, 'api-key', 'revoke-14', 'it''s 14', 'kdk_…9fQ2', 'not-sent', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000000', 15, 'collection-access-key', 'revoke-15', 'it''s 15', 'kdk_…9fQ2', 'unknown', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 0, 'api-key', 'disable-0', 'it''s 0', 'kdk_…9fQ2', 'queued', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 1, 'api-key', 'disable-1', 'it''s 1', 'kdk_…9fQ2', 'sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 2, 'api-key', 'disable-2', 'it''s 2', 'kdk_…9fQ2', 'revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 3, 'api-key', 'disable-3', 'it''s 3', 'kdk_…9fQ2', 'already-revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 4, 'api-key', 'disable-4', 'it''s 4', 'kdk_…9fQ2', 'disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 5, 'api-key', 'disable-5', 'it''s 5', 'kdk_…9fQ2', 'already-disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 6, 'api-key', 'disable-6', 'it''s 6', 'kdk_…9fQ2', 'enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 7, 'api-key', 'disable-7', 'it''s 7', 'kdk_…9fQ2', 'already-enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 8, 'api-key', 'disable-8', 'it''s 8', 'kdk_…9fQ2', 'handed-over', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 9, 'api-key', 'disable-9', 'it''s 9', 'kdk_…9fQ2', 'already-theirs', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 10, 'api-key', 'disable-10', 'it''s 10', 'kdk_…9fQ2', 'denied', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 11, 'api-key', 'disable-11', 'it''s 11', 'kdk_…9fQ2', 'not-found', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 12, 'api-key', 'disable-12', 'it''s 12', 'kdk_…9fQ2', 'failed', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 13, 'api-key', 'disable-13', 'it''s 13', 'kdk_…9fQ2', 'not-sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 14, 'api-key', 'disable-14', 'it''s 14', 'kdk_…9fQ2', 'not-sent', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000002', 15, 'api-key', 'disable-15', 'it''s 15', 'kdk_…9fQ2', 'unknown', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 0, 'api-key', 'delete-0', 'it''s 0', 'kdk_…9fQ2', 'queued', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 1, 'collection-access-key', 'delete-1', 'it''s 1', 'kdk_…9fQ2', 'sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 2, 'api-key', 'delete-2', 'it''s 2', 'kdk_…9fQ2', 'revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 3, 'collection-access-key', 'delete-3', 'it''s 3', 'kdk_…9fQ2', 'already-revoked', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 4, 'api-key', 'delete-4', 'it''s 4', 'kdk_…9fQ2', 'disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 5, 'collection-access-key', 'delete-5', 'it''s 5', 'kdk_…9fQ2', 'already-disabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 6, 'api-key', 'delete-6', 'it''s 6', 'kdk_…9fQ2', 'enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 7, 'collection-access-key', 'delete-7', 'it''s 7', 'kdk_…9fQ2', 'already-enabled', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 8, 'api-key', 'delete-8', 'it''s 8', 'kdk_…9fQ2', 'handed-over', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 9, 'collection-access-key', 'delete-9', 'it''s 9', 'kdk_…9fQ2', 'already-theirs', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 10, 'api-key', 'delete-10', 'it''s 10', 'kdk_…9fQ2', 'denied', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 11, 'collection-access-key', 'delete-11', 'it''s 11', 'kdk_…9fQ2', 'not-found', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 12, 'api-key', 'delete-12', 'it''s 12', 'kdk_…9fQ2', 'failed', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 13, 'collection-access-key', 'delete-13', 'it''s 13', 'kdk_…9fQ2', 'not-sent', NULL);
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 14, 'api-key', 'delete-14', 'it''s 14', 'kdk_…9fQ2', 'not-sent', 'it''s why');
INSERT INTO change_keys (change, number, kind, key, name, masked, outcome, reason) VALUES ('01KFRM00000000000000000001', 15, 'collection-access-key', 'delete-15', 'it''s 15', 'kdk_…9fQ2', 'unknown', 'it''s why');
PRAGMA user_version = 3;
