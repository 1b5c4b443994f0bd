-- So that a message about very many keys is taken and noted a part at a time, each part found in its order.
DROP INDEX notices_message;
CREATE INDEX notices_message ON notices (message, id) WHERE message IS NOT NULL;
-- What waits by its cause: while an act goes on most of it waits for the act's end, and is not looked through.
CREATE INDEX notices_waiting_of ON notices (cause, next_try, id) WHERE state = 'waiting';
