-- An address as addresses are compared: without case, whatever the script; none for a service. People whose addresses were
-- told apart before and are one now keep working: they are marked, and outside of what is unique.
ALTER TABLE users ADD COLUMN email_folded TEXT;
ALTER TABLE users ADD COLUMN email_shared BIGINT NOT NULL DEFAULT 0;

UPDATE users SET email_folded = folded(email) WHERE kind = 'person';
UPDATE users SET email_shared = 1 WHERE email_folded IN
    (SELECT email_folded FROM users WHERE email_folded IS NOT NULL GROUP BY email_folded HAVING COUNT(*) > 1);

CREATE UNIQUE INDEX users_email_folded ON users (email_folded) WHERE email_shared = 0;
CREATE INDEX users_address ON users (email_folded, id);
CREATE INDEX users_shared ON users (id) WHERE email_shared = 1;

-- Whose an answer is, and how much that user's answers take up to and with this one: what goes beyond their share makes the
-- oldest go.
ALTER TABLE recorded_answers ADD COLUMN user_id BIGINT;
ALTER TABLE recorded_answers ADD COLUMN upto BIGINT;

CREATE INDEX recorded_answers_of ON recorded_answers (user_id, upto);
