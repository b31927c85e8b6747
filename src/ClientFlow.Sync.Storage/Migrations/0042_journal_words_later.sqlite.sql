-- The writer brings the index of words up to date by itself, many entries at once: one by one they cost more there than in the journal.
-- What is newer than this is looked at one by one.
DROP TRIGGER journal_come;
CREATE TABLE journal_indexed (one INTEGER PRIMARY KEY CHECK (one = 1), upto INTEGER NOT NULL) STRICT;
INSERT INTO journal_indexed SELECT 1, coalesce(max(id), 0) FROM journal;
