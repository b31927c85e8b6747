-- The whole schema of the first release. Never edited once released: what comes later is 0002 and on.
--
-- Every row belongs to a workspace, and every index begins with it.
-- Instants are INTEGER: ticks of 100 ns since 1970-01-01 UTC, so that they come back exactly.
-- Enums are TEXT, by name. References to records are TEXT in their stored form, hubspot:62515:deal:678;
-- a scope is such a form without its last part, hubspot:62515:deal: one kind of record in one account.
-- Large rows live in rowid tables, since SQLite keeps whole rows in the inner nodes of a WITHOUT ROWID table.

-- The inbox and the journal are appended to: their own rising id is the key, which costs no second tree.
CREATE TABLE inbox (
    id           INTEGER PRIMARY KEY,
    workspace    TEXT    NOT NULL,
    tool         TEXT    NOT NULL,
    identity     TEXT    NOT NULL,
    subscription TEXT,
    received_at  INTEGER NOT NULL,
    method       TEXT    NOT NULL,
    path         TEXT    NOT NULL,
    headers      TEXT    NOT NULL,
    body         BLOB    NOT NULL,
    state        TEXT    NOT NULL,
    reason       TEXT,
    attempts     INTEGER NOT NULL,
    UNIQUE (workspace, tool, identity)
) STRICT;
CREATE INDEX inbox_pending ON inbox (workspace, id) WHERE state = 'New';
CREATE INDEX inbox_read ON inbox (workspace, received_at) WHERE state = 'Read';

CREATE TABLE records (
    workspace     TEXT    NOT NULL,
    ref           TEXT    NOT NULL,
    scope         TEXT    NOT NULL,
    gone          INTEGER NOT NULL,
    fields        TEXT    NOT NULL,
    key           TEXT,
    email         TEXT,
    version_order INTEGER,
    read_began    INTEGER NOT NULL,
    first_seen    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    last_write    INTEGER,
    seen_at       INTEGER NOT NULL,
    PRIMARY KEY (workspace, ref)
) STRICT;
CREATE INDEX records_present ON records (workspace, scope, seen_at) WHERE gone = 0;
-- The reference at the end gives the order: without it SQLite would rather walk the whole table in order than sort two rows.
CREATE INDEX records_key ON records (workspace, scope, key, ref) WHERE key IS NOT NULL;
CREATE INDEX records_email ON records (workspace, scope, email, ref) WHERE email IS NOT NULL;

-- Which records name which: the deals of a client.
CREATE TABLE record_refs (
    workspace TEXT NOT NULL,
    to_ref    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    from_ref  TEXT NOT NULL,
    PRIMARY KEY (workspace, to_ref, kind, from_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_refs_from ON record_refs (workspace, from_ref);

CREATE TABLE changes (
    id          INTEGER PRIMARY KEY,
    workspace   TEXT    NOT NULL,
    ref         TEXT    NOT NULL,
    fields      TEXT    NOT NULL,
    first       INTEGER NOT NULL,
    observed_at INTEGER NOT NULL,
    why         TEXT    NOT NULL
) STRICT;
CREATE INDEX changes_ref ON changes (workspace, ref, id);
CREATE INDEX changes_observed ON changes (workspace, observed_at);

CREATE TABLE links (
    workspace TEXT    NOT NULL,
    from_ref  TEXT    NOT NULL,
    to_ref    TEXT    NOT NULL,
    role      TEXT    NOT NULL,
    handoff   TEXT,
    since     INTEGER NOT NULL,
    PRIMARY KEY (workspace, from_ref, to_ref, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_to ON links (workspace, to_ref);

CREATE TABLE handoffs (
    workspace   TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    rule        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    occurrence  TEXT    NOT NULL,
    engagement  TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    hold        TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    missing     TEXT    NOT NULL,
    planned_at  INTEGER NOT NULL,
    observed_at INTEGER NOT NULL,
    ready_at    INTEGER,
    done_at     INTEGER,
    next_look   INTEGER,
    looks       INTEGER NOT NULL,
    approved_by TEXT,
    generation  INTEGER NOT NULL,
    flag        TEXT,
    stake       TEXT,
    currency    TEXT,
    facts       TEXT    NOT NULL,
    config_hash TEXT    NOT NULL,
    client      TEXT,
    title       TEXT,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, subject, rule, occurrence)
) STRICT;
CREATE INDEX handoffs_engagement ON handoffs (workspace, engagement);
CREATE INDEX handoffs_state ON handoffs (workspace, state, planned_at);
CREATE INDEX handoffs_look ON handoffs (workspace, next_look) WHERE state = 'Waiting' AND next_look IS NOT NULL;
CREATE INDEX handoffs_ready ON handoffs (workspace, rule, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX handoffs_rule ON handoffs (workspace, rule, state);

-- The outbox. `runnable` is derived: the first write of its handoff that is not done, and the handoff may go on. It is kept
-- by the unit of work that saves an action or its handoff, so that writes which wait behind others cost nothing to skip.
CREATE TABLE actions (
    workspace  TEXT    NOT NULL,
    handoff    TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    action_key TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    tool       TEXT    NOT NULL,
    content    TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    owner      TEXT,
    send_by    INTEGER,
    frozen     TEXT,
    next_at    INTEGER NOT NULL,
    result     TEXT,
    failure    TEXT,
    runnable   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, handoff, position),
    FOREIGN KEY (workspace, handoff) REFERENCES handoffs (workspace, id)
) STRICT;
CREATE INDEX actions_runnable ON actions (workspace, tool, next_at) WHERE runnable = 1;

CREATE TABLE streams (
    workspace  TEXT NOT NULL,
    tool       TEXT NOT NULL,
    stream     TEXT NOT NULL,
    poll       TEXT,
    list       TEXT,
    list_began INTEGER,
    listed_at  INTEGER,
    polled_at  INTEGER,
    changed_at INTEGER,
    PRIMARY KEY (workspace, tool, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules (
    workspace   TEXT NOT NULL,
    identity    TEXT NOT NULL,
    arming_hash TEXT NOT NULL,
    pass_after  TEXT,
    armed_at    INTEGER,
    PRIMARY KEY (workspace, identity)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    workspace TEXT NOT NULL,
    tool      TEXT NOT NULL,
    connector TEXT NOT NULL,
    account   TEXT NOT NULL,
    PRIMARY KEY (workspace, tool)
) STRICT, WITHOUT ROWID;

CREATE TABLE looks (
    workspace  TEXT    NOT NULL,
    engagement TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (workspace, engagement)
) STRICT, WITHOUT ROWID;
CREATE INDEX looks_at ON looks (workspace, at);

-- The secret is protected before it comes here.
CREATE TABLE subscriptions (
    workspace    TEXT    NOT NULL,
    tool         TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    vendor_id    TEXT,
    secret       TEXT,
    target       TEXT    NOT NULL,
    requested_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, tool, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE unmapped (
    workspace  TEXT    NOT NULL,
    tool       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    field      TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    seen       INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    PRIMARY KEY (workspace, tool, kind, field, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    id        INTEGER PRIMARY KEY,
    workspace TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    level     TEXT    NOT NULL,
    event     TEXT    NOT NULL,
    message   TEXT    NOT NULL,
    tool      TEXT,
    rule      TEXT,
    handoff   TEXT,
    ref       TEXT,
    client    TEXT,
    data      TEXT
) STRICT;
CREATE INDEX journal_workspace ON journal (workspace, id);
CREATE INDEX journal_tool ON journal (workspace, tool, id) WHERE tool IS NOT NULL;
CREATE INDEX journal_rule ON journal (workspace, rule, id) WHERE rule IS NOT NULL;
CREATE INDEX journal_handoff ON journal (workspace, handoff, id) WHERE handoff IS NOT NULL;
CREATE INDEX journal_warning ON journal (workspace, id) WHERE level IN ('Warning', 'Error');
CREATE INDEX journal_error ON journal (workspace, id) WHERE level = 'Error';
