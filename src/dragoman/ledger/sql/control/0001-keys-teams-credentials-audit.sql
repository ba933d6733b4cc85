-- What the operator has set. A record is JSON; columns beside it are what must be unique or is looked for.

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE teams (
    name TEXT PRIMARY KEY,
    record TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE credentials (
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (provider, name)
) WITHOUT ROWID;

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    record TEXT NOT NULL
);
