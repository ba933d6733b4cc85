-- Everything that the store says to Postgres, by name: those names that it says to SQLite, and first its own. All of it is
-- in a schema of its own. Migrations stand beside it.

-- name: find_schema
SELECT 1 FROM pg_namespace WHERE nspname = 'dragoman'

-- name: make_schema
CREATE SCHEMA IF NOT EXISTS dragoman

-- name: use_schema
SET search_path TO dragoman

-- name: bound_statements
SELECT set_config('statement_timeout', %s::TEXT, false)

-- name: refuse_changes
SET default_transaction_read_only TO on

-- name: lock_out_others
SELECT pg_advisory_xact_lock(hashtextextended('dragoman.ledger', 0))

-- name: find_migrations
SELECT 1 FROM pg_tables WHERE schemaname = 'dragoman' AND tablename = 'migrations'

-- name: read_migration
SELECT coalesce(max(number), 0) FROM migrations

-- name: make_migrations
CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)

-- name: record_migration
INSERT INTO migrations (number, name) VALUES (%s, %s)

-- name: find_newest
SELECT coalesce(max(sequence), 0) FROM exchanges

-- name: read_added
SELECT id FROM exchanges WHERE sequence > %s

-- name: insert_exchange
-- The first layout has columns for names as well. Nothing asks for them, and they stay empty, as they do in SQLite.
INSERT INTO exchanges (id, started_ms, principal, route, provider, model, outcome, row)
VALUES (%s, %s, '', '', '', '', '', %s)
ON CONFLICT (id) DO NOTHING

-- name: add_sums
INSERT INTO sums (
    period, dimension, start_ms, principal, team, "user", route, provider, model, credential, tag, exchanges, failed,
    cancelled, interrupted, estimated, unpriced, input, cache_read, cache_write_5m, cache_write_1h, input_audio,
    input_image, output, reasoning, output_audio, output_image, cost_nanodollars, duration_us, first_contents,
    first_content_us, hits, saved_nanodollars
) VALUES (
    %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
    %s, %s, %s, %s, %s
)
ON CONFLICT (period, dimension, start_ms, subject) DO UPDATE SET
    exchanges = sums.exchanges + excluded.exchanges, failed = sums.failed + excluded.failed,
    cancelled = sums.cancelled + excluded.cancelled, interrupted = sums.interrupted + excluded.interrupted,
    estimated = sums.estimated + excluded.estimated, unpriced = sums.unpriced + excluded.unpriced,
    input = sums.input + excluded.input, cache_read = sums.cache_read + excluded.cache_read,
    cache_write_5m = sums.cache_write_5m + excluded.cache_write_5m,
    cache_write_1h = sums.cache_write_1h + excluded.cache_write_1h,
    input_audio = sums.input_audio + excluded.input_audio, input_image = sums.input_image + excluded.input_image,
    output = sums.output + excluded.output, reasoning = sums.reasoning + excluded.reasoning,
    output_audio = sums.output_audio + excluded.output_audio,
    output_image = sums.output_image + excluded.output_image,
    cost_nanodollars = sums.cost_nanodollars + excluded.cost_nanodollars,
    duration_us = sums.duration_us + excluded.duration_us,
    first_contents = sums.first_contents + excluded.first_contents,
    first_content_us = sums.first_content_us + excluded.first_content_us, hits = sums.hits + excluded.hits,
    saved_nanodollars = sums.saved_nanodollars + excluded.saved_nanodollars

-- name: read_exchange
SELECT row FROM exchanges WHERE id = %s

-- name: read_sums
SELECT
    CASE %(by)s::TEXT
        WHEN 'model' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || model END
        WHEN 'provider' THEN provider
        WHEN 'route' THEN route
        WHEN 'key' THEN principal
        WHEN 'team' THEN team
        WHEN 'user' THEN "user"
        WHEN 'tag' THEN tag
        WHEN 'credential' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || credential END
        WHEN 'day' THEN to_char(to_timestamp(start_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
        WHEN 'hour' THEN to_char(to_timestamp(start_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24":00Z"')
        ELSE ''
    END AS name,
    sum(exchanges)::BIGINT, sum(failed)::BIGINT, sum(cancelled)::BIGINT, sum(interrupted)::BIGINT,
    sum(estimated)::BIGINT, sum(unpriced)::BIGINT, sum(input)::BIGINT, sum(cache_read)::BIGINT,
    sum(cache_write_5m)::BIGINT, sum(cache_write_1h)::BIGINT, sum(input_audio)::BIGINT, sum(input_image)::BIGINT,
    sum(output)::BIGINT, sum(reasoning)::BIGINT, sum(output_audio)::BIGINT, sum(output_image)::BIGINT,
    sum(cost_nanodollars)::BIGINT, sum(duration_us)::BIGINT, sum(first_contents)::BIGINT,
    sum(first_content_us)::BIGINT, sum(hits)::BIGINT, sum(saved_nanodollars)::BIGINT
FROM sums
WHERE period = %(period)s AND dimension = %(dimension)s AND start_ms >= %(start_ms)s AND start_ms < %(end_ms)s
    AND (%(tag)s::TEXT IS NULL OR tag = %(tag)s)
    AND (%(principal)s::TEXT IS NULL OR principal = %(principal)s) AND (%(team)s::TEXT IS NULL OR team = %(team)s)
    AND (%(user)s::TEXT IS NULL OR "user" = %(user)s) AND (%(route)s::TEXT IS NULL OR route = %(route)s)
    AND (%(provider)s::TEXT IS NULL OR provider = %(provider)s)
    AND (%(credential)s::TEXT IS NULL OR credential = %(credential)s OR provider || '/' || credential = %(credential)s)
    AND (%(model)s::TEXT IS NULL OR model = %(model)s OR provider || '/' || model = %(model)s)
GROUP BY name

-- name: read_series
SELECT
    start_ms / %(size)s * %(size)s AS begun,
    CASE %(by)s::TEXT
        WHEN 'model' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || model END
        WHEN 'provider' THEN provider
        WHEN 'route' THEN route
        WHEN 'key' THEN principal
        WHEN 'team' THEN team
        WHEN 'user' THEN "user"
        WHEN 'tag' THEN tag
        WHEN 'credential' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || credential END
        WHEN 'day' THEN to_char(to_timestamp(start_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
        WHEN 'hour' THEN to_char(to_timestamp(start_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24":00Z"')
        ELSE ''
    END AS name,
    sum(exchanges)::BIGINT, sum(failed)::BIGINT, sum(cancelled)::BIGINT, sum(interrupted)::BIGINT,
    sum(estimated)::BIGINT, sum(unpriced)::BIGINT, sum(input)::BIGINT, sum(cache_read)::BIGINT,
    sum(cache_write_5m)::BIGINT, sum(cache_write_1h)::BIGINT, sum(input_audio)::BIGINT, sum(input_image)::BIGINT,
    sum(output)::BIGINT, sum(reasoning)::BIGINT, sum(output_audio)::BIGINT, sum(output_image)::BIGINT,
    sum(cost_nanodollars)::BIGINT, sum(duration_us)::BIGINT, sum(first_contents)::BIGINT,
    sum(first_content_us)::BIGINT, sum(hits)::BIGINT, sum(saved_nanodollars)::BIGINT
FROM sums
WHERE period = %(period)s AND dimension = %(dimension)s AND start_ms >= %(start_ms)s AND start_ms < %(end_ms)s
    AND (%(tag)s::TEXT IS NULL OR tag = %(tag)s)
    AND (%(principal)s::TEXT IS NULL OR principal = %(principal)s) AND (%(team)s::TEXT IS NULL OR team = %(team)s)
    AND (%(user)s::TEXT IS NULL OR "user" = %(user)s) AND (%(route)s::TEXT IS NULL OR route = %(route)s)
    AND (%(provider)s::TEXT IS NULL OR provider = %(provider)s)
    AND (%(credential)s::TEXT IS NULL OR credential = %(credential)s OR provider || '/' || credential = %(credential)s)
    AND (%(model)s::TEXT IS NULL OR model = %(model)s OR provider || '/' || model = %(model)s)
GROUP BY begun, name

-- name: find_periods
SELECT DISTINCT start_ms FROM sums
WHERE period = %(period)s AND dimension = %(dimension)s AND start_ms >= %(start_ms)s AND start_ms < %(end_ms)s
    AND (%(tag)s::TEXT IS NULL OR tag = %(tag)s)
    AND (%(principal)s::TEXT IS NULL OR principal = %(principal)s) AND (%(team)s::TEXT IS NULL OR team = %(team)s)
    AND (%(user)s::TEXT IS NULL OR "user" = %(user)s) AND (%(route)s::TEXT IS NULL OR route = %(route)s)
    AND (%(provider)s::TEXT IS NULL OR provider = %(provider)s)
    AND (%(credential)s::TEXT IS NULL OR credential = %(credential)s OR provider || '/' || credential = %(credential)s)
    AND (%(model)s::TEXT IS NULL OR model = %(model)s OR provider || '/' || model = %(model)s)
    AND CASE %(trouble)s::TEXT
        WHEN 'failed' THEN failed > 0
        WHEN 'cancelled' THEN cancelled > 0
        WHEN 'interrupted' THEN interrupted > 0
        WHEN 'any' THEN failed + cancelled + interrupted > 0
        ELSE true
    END
ORDER BY start_ms DESC

-- name: search_exchanges
SELECT started_ms, sequence, row FROM exchanges
WHERE started_ms >= %(start_ms)s AND (started_ms, sequence) < (%(before_ms)s, %(before_sequence)s)
ORDER BY started_ms DESC, sequence DESC
LIMIT %(limit)s

-- name: find_first
SELECT sequence FROM exchanges WHERE started_ms >= %s ORDER BY started_ms, sequence LIMIT 1

-- name: find_last
SELECT sequence FROM exchanges WHERE started_ms < %s ORDER BY started_ms DESC, sequence DESC LIMIT 1

-- name: read_sample
SELECT row FROM exchanges WHERE sequence IN (SELECT value::BIGINT FROM json_array_elements_text(%s::JSON))

-- name: read_recorded
SELECT sequence, row FROM exchanges WHERE sequence > %s AND started_ms >= %s ORDER BY sequence LIMIT %s

-- name: replace_row
UPDATE exchanges SET row = %s WHERE sequence = %s

-- name: find_oldest
SELECT sequence FROM exchanges ORDER BY started_ms, sequence LIMIT %s

-- name: find_oldest_moment
SELECT min(started_ms) FROM exchanges

-- name: read_size
-- Reckoned: Postgres gives space back late, so that what its files take would have everything forgotten. The newest rows
-- tell how long one is; a quarter of a kilobyte is for its columns and indexes.
SELECT coalesce((SELECT max(sequence) - min(sequence) + 1 FROM exchanges), 0) * (
    256 + (
        SELECT coalesce(avg(octet_length(row)), 0)
        FROM (SELECT row FROM exchanges ORDER BY sequence DESC LIMIT 1000) AS newest
    )
)

-- name: find_old
SELECT sequence FROM exchanges WHERE started_ms < %s ORDER BY started_ms, sequence LIMIT %s

-- name: remove_exchange
DELETE FROM exchanges WHERE sequence = %s

-- name: remove_minutes
DELETE FROM sums
WHERE period = 'minute' AND dimension IN ('', 'key', 'route', 'model', 'credential', 'tag') AND start_ms < %s
