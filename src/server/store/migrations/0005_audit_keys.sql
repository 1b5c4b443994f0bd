-- The key an entry tells of, to search by. Entries from before are read with SQLite's own functions: no other engine
-- holds a log this old. A damaged one is left as it is.
ALTER TABLE audit_entries ADD COLUMN key_id TEXT;

UPDATE audit_entries
SET key_id = COALESCE(
    json_extract(body, '$.data.variables.apiKeyId'),
    json_extract(body, '$.data.variables.collectionAccessKeyId')
)
WHERE json_valid(body);

CREATE INDEX audit_entries_key ON audit_entries (key_id, seq);
