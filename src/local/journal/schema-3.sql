-- Who has the keys once they are handed over.
ALTER TABLE changes ADD COLUMN recipient INTEGER;
