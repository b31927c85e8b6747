-- Records that their tools don't show: what may bill the same as ours holds ours back after a restart, too.
CREATE TABLE passed_over (
    workspace TEXT    NOT NULL,
    ref       TEXT    NOT NULL,
    tries     INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (workspace, ref)
) STRICT, WITHOUT ROWID;
