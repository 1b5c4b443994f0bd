-- A user who is no person but a service: 'person' or 'service'. A service has no address; so that addresses stay unique, its
-- email is 'service:' and its id, which is never told.
ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';

-- Who is told of a service's keys: a JSON array of addresses.
ALTER TABLE users ADD COLUMN contacts TEXT NOT NULL DEFAULT '[]';
