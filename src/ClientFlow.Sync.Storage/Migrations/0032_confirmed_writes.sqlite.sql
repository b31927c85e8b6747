-- When a write was confirmed: what is written over and over within an hour is a loop.
ALTER TABLE actions ADD COLUMN done_at INTEGER;
