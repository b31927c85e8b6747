-- What the pages ask for.

-- A person's yes holds for what was shown; edits lie over what the facts say; a flag that was looked at stays away.
ALTER TABLE handoffs ADD COLUMN approved_for TEXT;
ALTER TABLE handoffs ADD COLUMN edits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE handoffs ADD COLUMN dismissed TEXT;
CREATE INDEX handoffs_flag ON handoffs (workspace, planned_at) WHERE flag IS NOT NULL;
CREATE INDEX handoffs_done ON handoffs (workspace, done_at) WHERE state = 'Done';
CREATE INDEX handoffs_planned ON handoffs (workspace, planned_at, rule, state, ready_at, done_at)
    WHERE state NOT IN ('Baseline', 'Withdrawn', 'Skipped');

-- Where each engagement stands, so that the six stages are counted without reading every engagement. The worth is in
-- ten-thousandths, exact for every currency's minor unit: sums are made here, and only shown.
CREATE TABLE engagements (
    workspace TEXT    NOT NULL,
    root      TEXT    NOT NULL,
    stage     TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    client    TEXT,
    title     TEXT,
    currency  TEXT,
    worth     INTEGER,
    PRIMARY KEY (workspace, root)
) STRICT;
CREATE INDEX engagements_stage ON engagements (workspace, stage, since, currency, worth);

-- Rules and tools that a person has paused.
CREATE TABLE pauses (
    workspace TEXT    NOT NULL,
    what      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    who       TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (workspace, what, name)
) STRICT, WITHOUT ROWID;

-- Clients and contacts by the beginnings of the words of their name and e-mail. The id is this table's own, since a row id of
-- `records` may change when a file is copied.
CREATE TABLE people (
    id        INTEGER PRIMARY KEY,
    workspace TEXT NOT NULL,
    ref       TEXT NOT NULL,
    words     TEXT NOT NULL,
    UNIQUE (workspace, ref)
) STRICT;
CREATE VIRTUAL TABLE people_words USING fts5 (words, content = 'people', content_rowid = 'id', detail = none, tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER people_come AFTER INSERT ON people BEGIN
    INSERT INTO people_words (rowid, words) VALUES (new.id, new.words);
END;
CREATE TRIGGER people_change AFTER UPDATE OF words ON people BEGIN
    INSERT INTO people_words (people_words, rowid, words) VALUES ('delete', old.id, old.words);
    INSERT INTO people_words (rowid, words) VALUES (new.id, new.words);
END;
CREATE TRIGGER records_come AFTER INSERT ON records WHEN new.scope GLOB '*:client' OR new.scope GLOB '*:contact' BEGIN
    INSERT INTO people (workspace, ref, words)
    VALUES (new.workspace, new.ref, coalesce(new.fields ->> '$.name', '') || ' ' || coalesce(new.fields ->> '$.email', ''));
END;
CREATE TRIGGER records_change AFTER UPDATE OF fields ON records WHEN (new.scope GLOB '*:client' OR new.scope GLOB '*:contact') AND (
        new.fields ->> '$.name' IS NOT old.fields ->> '$.name' OR new.fields ->> '$.email' IS NOT old.fields ->> '$.email') BEGIN
    UPDATE people SET words = coalesce(new.fields ->> '$.name', '') || ' ' || coalesce(new.fields ->> '$.email', '')
    WHERE workspace = new.workspace AND ref = new.ref;
END;
INSERT INTO people (workspace, ref, words)
SELECT workspace, ref, coalesce(fields ->> '$.name', '') || ' ' || coalesce(fields ->> '$.email', '') FROM records
WHERE scope GLOB '*:client' OR scope GLOB '*:contact';

-- The journal by its words. Each filter is a word too (z, its letter, the value in hex), so that any of them together with any
-- text is one walk over lists of ids. Nothing is stored but those lists.
CREATE VIRTUAL TABLE journal_words USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER journal_come AFTER INSERT ON journal BEGIN
    INSERT INTO journal_words (rowid, words) VALUES (new.id, new.message || ' ' || coalesce(new.client, '') || ' zl' || new.level ||
        coalesce(' zt' || hex(new.tool), '') || coalesce(' zr' || hex(new.rule), '') || coalesce(' zh' || hex(new.handoff), '') ||
        coalesce(' zc' || hex(new.client), ''));
END;
CREATE TRIGGER journal_gone AFTER DELETE ON journal BEGIN
    DELETE FROM journal_words WHERE rowid = old.id;
END;
INSERT INTO journal_words (rowid, words)
SELECT id, message || ' ' || coalesce(client, '') || ' zl' || level || coalesce(' zt' || hex(tool), '') || coalesce(' zr' || hex(rule), '') ||
    coalesce(' zh' || hex(handoff), '') || coalesce(' zc' || hex(client), '') FROM journal;
