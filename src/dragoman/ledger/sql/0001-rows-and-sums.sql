-- Exchanges, and sums by minute, hour and day. Times are unix milliseconds, durations microseconds.

-- `row` is the whole exchange with its attempts, as the journal has it; columns are what rows are looked for by. A column
-- costs as much to write as a tenth of the row.
CREATE TABLE exchanges (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_ms INTEGER NOT NULL,
    principal TEXT NOT NULL,
    route TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    row BLOB NOT NULL
);

CREATE INDEX exchanges_by_time ON exchanges (started_ms);

CREATE TABLE sums (
    period TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    principal TEXT NOT NULL,
    route TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    exchanges INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    interrupted INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    input_audio INTEGER NOT NULL,
    input_image INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    output_audio INTEGER NOT NULL,
    output_image INTEGER NOT NULL,
    cost_nanodollars INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    PRIMARY KEY (period, start_ms, principal, route, provider, model)
) WITHOUT ROWID;
