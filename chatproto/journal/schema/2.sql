-- Version 2. A room is a log: entries are only ever added, or given up: by number from the old end, or by each one's own age.
-- An append-only rowid table with small indexes beside it takes two to four times as many rows a second as
-- one clustered by room.

CREATE TABLE room (
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL UNIQUE,
    head  INTEGER NOT NULL,           -- the newest number given
    first INTEGER NOT NULL DEFAULT 1  -- the oldest number still kept
);

CREATE TABLE entry (
    id   INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    at   REAL NOT NULL,     -- seconds since the epoch
    kind TEXT NOT NULL,     -- as journal/rows.py has it
    who  TEXT NOT NULL,
    text TEXT NOT NULL,
    of   INTEGER,           -- the number of the entry that this one is about (deleted, corrected)
    key  BLOB               -- a digest of room, identity and idempotency-key
);
CREATE UNIQUE INDEX entry_place ON entry (room, seq);
CREATE UNIQUE INDEX entry_key ON entry (key) WHERE key IS NOT NULL;
CREATE INDEX entry_time ON entry (at);  -- what is too old is found by its own time, not by its place
CREATE INDEX entry_about ON entry (room, of) WHERE of IS NOT NULL;

-- Words and bigrams of what was said (journal/grams.py), its room as #id and its author as @digest; no copy of the text.
CREATE VIRTUAL TABLE gram USING fts5 (
    grams, content = '', detail = none, columnsize = 0, tokenize = "ascii tokenchars '#@:_-'"
);

-- What is remembered beside talk: accounts, tokens, bans, topics. Values are JSON, made by core/facts.py.
CREATE TABLE fact (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- What the journal notes for itself: `date`, until when the clock could be trusted; `floor`, a number that no forgotten
-- room has gone beyond.
CREATE TABLE note (
    name  TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;
