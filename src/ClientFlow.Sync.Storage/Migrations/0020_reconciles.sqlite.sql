-- What the last full comparison of each stream found. Instants and scopes as in 0001.
CREATE TABLE reconciles (
    workspace TEXT    NOT NULL,
    tool      TEXT    NOT NULL,
    stream    TEXT    NOT NULL,
    began     INTEGER NOT NULL,
    ended     INTEGER NOT NULL,
    seen      INTEGER NOT NULL,
    known     INTEGER NOT NULL,
    missing   INTEGER NOT NULL,
    differed  INTEGER NOT NULL,
    extra     INTEGER NOT NULL,
    held      INTEGER NOT NULL,
    PRIMARY KEY (workspace, tool, stream)
) STRICT, WITHOUT ROWID;
