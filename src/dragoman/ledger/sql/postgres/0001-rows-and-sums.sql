-- Exchanges, and sums by minute, hour and day. Times are unix milliseconds, durations microseconds.

-- `row` is the whole exchange with its attempts, as the journal has it; columns are what rows are looked for by.
CREATE TABLE exchanges (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_ms BIGINT NOT NULL,
    principal TEXT NOT NULL,
    route TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    row BYTEA NOT NULL
);

CREATE INDEX exchanges_by_time ON exchanges (started_ms, sequence);

-- An entry of an index has to be short, and names may be long: a digest of all of them stands for them. What turns text
-- into bytes counts as something that may change; into UTF-8 it does not.
CREATE FUNCTION digest_names(names TEXT[]) RETURNS BYTEA LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN sha256(convert_to(to_json(names)::TEXT, 'UTF8'));

CREATE TABLE sums (
    period TEXT NOT NULL,
    dimension TEXT NOT NULL,
    start_ms BIGINT NOT NULL,
    principal TEXT NOT NULL,
    team TEXT NOT NULL,
    "user" TEXT NOT NULL,
    route TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    credential TEXT NOT NULL,
    tag TEXT NOT NULL,
    exchanges BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    interrupted BIGINT NOT NULL,
    estimated BIGINT NOT NULL,
    unpriced BIGINT NOT NULL,
    input BIGINT NOT NULL,
    cache_read BIGINT NOT NULL,
    cache_write_5m BIGINT NOT NULL,
    cache_write_1h BIGINT NOT NULL,
    input_audio BIGINT NOT NULL,
    input_image BIGINT NOT NULL,
    output BIGINT NOT NULL,
    reasoning BIGINT NOT NULL,
    output_audio BIGINT NOT NULL,
    output_image BIGINT NOT NULL,
    cost_nanodollars BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    first_contents BIGINT NOT NULL,
    first_content_us BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    saved_nanodollars BIGINT NOT NULL,
    subject BYTEA NOT NULL GENERATED ALWAYS AS (
        digest_names(ARRAY[principal, team, "user", route, provider, model, credential, tag])
    ) STORED,
    PRIMARY KEY (period, dimension, start_ms, subject)
);
