-- What a key may do on the API: 'full', 'read' or 'none'.
ALTER TABLE api_keys ADD COLUMN access TEXT NOT NULL DEFAULT 'full';

-- The key that authenticated its creation; none for keys from before, and for those made on the server's own machine.
ALTER TABLE api_keys ADD COLUMN minted_with TEXT REFERENCES api_keys (id);

-- When a disabled key is enabled again by itself.
ALTER TABLE api_keys ADD COLUMN disabled_until TEXT;

-- Which key replaced another.
CREATE INDEX api_keys_rotated_from ON api_keys (rotated_from) WHERE rotated_from IS NOT NULL;
