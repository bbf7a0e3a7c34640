CREATE INDEX entry_time ON entry (at);
CREATE TABLE note (
    name  TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;
