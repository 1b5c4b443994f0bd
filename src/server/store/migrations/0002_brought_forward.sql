-- 1: somebody brought the key's expiry forward by hand, so the team's settings never move it later.
ALTER TABLE api_keys ADD COLUMN brought_forward BIGINT NOT NULL DEFAULT 0;
