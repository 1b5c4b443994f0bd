-- The recipient's address without case: whose notice it is, and what goes in one message.
ALTER TABLE notices ADD COLUMN person TEXT NOT NULL DEFAULT '';
UPDATE notices SET person = LOWER(recipient);

-- When it was first tried to send it: the day after which it is given up counts from then.
ALTER TABLE notices ADD COLUMN first_try TEXT;

CREATE INDEX notices_person ON notices (person, id);
CREATE INDEX notices_key ON notices (key_id, person);
-- What waits to be put into a message.
CREATE INDEX notices_fresh ON notices (person, cause, due) WHERE state = 'waiting' AND message IS NULL;
