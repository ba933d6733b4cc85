-- Everything that the store says to SQLite, by name. Migrations stand beside it.

-- name: find_migrations
SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migrations'

-- name: read_migration
SELECT coalesce(max(number), 0) FROM migrations

-- name: make_migrations
CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)

-- name: record_migration
INSERT INTO migrations (number, name) VALUES (?, ?)

-- name: find_newest
SELECT coalesce(max(sequence), 0) FROM exchanges

-- name: read_added
SELECT id FROM exchanges WHERE sequence > ?

-- name: insert_exchange
-- The first layout has columns for names as well. Nothing asks for them, and each would cost a tenth of the row: they stay
-- empty, since to take them away would mean to write all rows anew.
INSERT INTO exchanges (id, started_ms, principal, route, provider, model, outcome, row)
VALUES (?, ?, '', '', '', '', '', ?)
ON CONFLICT (id) DO NOTHING

-- name: insert_exchanges
-- The same for 32 of them. What fails in their midst is undone with the whole change: "OR FAIL" spares SQLite a copy of each
-- page, written to a file of its own, from which it would undo this statement alone.
INSERT OR FAIL INTO exchanges (id, started_ms, principal, route, provider, model, outcome, row)
WITH given (id, started_ms, row) AS (VALUES
    (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?),
    (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?),
    (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?),
    (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?)
)
SELECT id, started_ms, '', '', '', '', '', row FROM given WHERE true
ON CONFLICT (id) DO NOTHING

-- name: add_sums
INSERT INTO sums (
    period, dimension, start_ms, principal, team, user, route, provider, model, credential, tag, exchanges, failed,
    cancelled, interrupted, estimated, unpriced, input, cache_read, cache_write_5m, cache_write_1h, input_audio,
    input_image, output, reasoning, output_audio, output_image, cost_nanodollars, duration_us, first_contents,
    first_content_us, hits, saved_nanodollars
) VALUES (
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
)
ON CONFLICT (period, dimension, start_ms, principal, team, user, route, provider, model, credential, tag) DO UPDATE SET
    exchanges = exchanges + excluded.exchanges, failed = failed + excluded.failed,
    cancelled = cancelled + excluded.cancelled, interrupted = interrupted + excluded.interrupted,
    estimated = estimated + excluded.estimated, unpriced = unpriced + excluded.unpriced,
    input = input + excluded.input, cache_read = cache_read + excluded.cache_read,
    cache_write_5m = cache_write_5m + excluded.cache_write_5m,
    cache_write_1h = cache_write_1h + excluded.cache_write_1h, input_audio = input_audio + excluded.input_audio,
    input_image = input_image + excluded.input_image, output = output + excluded.output,
    reasoning = reasoning + excluded.reasoning, output_audio = output_audio + excluded.output_audio,
    output_image = output_image + excluded.output_image,
    cost_nanodollars = cost_nanodollars + excluded.cost_nanodollars,
    duration_us = duration_us + excluded.duration_us, first_contents = first_contents + excluded.first_contents,
    first_content_us = first_content_us + excluded.first_content_us, hits = hits + excluded.hits,
    saved_nanodollars = saved_nanodollars + excluded.saved_nanodollars

-- name: read_exchange
SELECT row FROM exchanges WHERE id = ?

-- name: read_sums
SELECT
    CASE :by
        WHEN 'model' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || model END
        WHEN 'provider' THEN provider
        WHEN 'route' THEN route
        WHEN 'key' THEN principal
        WHEN 'team' THEN team
        WHEN 'user' THEN user
        WHEN 'tag' THEN tag
        WHEN 'credential' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || credential END
        WHEN 'day' THEN strftime('%Y-%m-%d', start_ms / 1000, 'unixepoch')
        WHEN 'hour' THEN strftime('%Y-%m-%dT%H:00Z', start_ms / 1000, 'unixepoch')
        ELSE ''
    END AS name,
    sum(exchanges), sum(failed), sum(cancelled), sum(interrupted), sum(estimated), sum(unpriced), sum(input),
    sum(cache_read), sum(cache_write_5m), sum(cache_write_1h), sum(input_audio), sum(input_image), sum(output),
    sum(reasoning), sum(output_audio), sum(output_image), sum(cost_nanodollars), sum(duration_us),
    sum(first_contents), sum(first_content_us), sum(hits), sum(saved_nanodollars)
FROM sums
WHERE period = :period AND dimension = :dimension AND start_ms >= :start_ms AND start_ms < :end_ms
    AND (:tag IS NULL OR tag = :tag)
    AND (:principal IS NULL OR principal = :principal) AND (:team IS NULL OR team = :team)
    AND (:user IS NULL OR user = :user) AND (:route IS NULL OR route = :route)
    AND (:provider IS NULL OR provider = :provider)
    AND (:credential IS NULL OR credential = :credential OR provider || '/' || credential = :credential)
    AND (:model IS NULL OR model = :model OR provider || '/' || model = :model)
GROUP BY name

-- name: read_series
SELECT
    start_ms / :size * :size AS begun,
    CASE :by
        WHEN 'model' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || model END
        WHEN 'provider' THEN provider
        WHEN 'route' THEN route
        WHEN 'key' THEN principal
        WHEN 'team' THEN team
        WHEN 'user' THEN user
        WHEN 'tag' THEN tag
        WHEN 'credential' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || credential END
        WHEN 'day' THEN strftime('%Y-%m-%d', start_ms / 1000, 'unixepoch')
        WHEN 'hour' THEN strftime('%Y-%m-%dT%H:00Z', start_ms / 1000, 'unixepoch')
        ELSE ''
    END AS name,
    sum(exchanges), sum(failed), sum(cancelled), sum(interrupted), sum(estimated), sum(unpriced), sum(input),
    sum(cache_read), sum(cache_write_5m), sum(cache_write_1h), sum(input_audio), sum(input_image), sum(output),
    sum(reasoning), sum(output_audio), sum(output_image), sum(cost_nanodollars), sum(duration_us),
    sum(first_contents), sum(first_content_us), sum(hits), sum(saved_nanodollars)
FROM sums
WHERE period = :period AND dimension = :dimension AND start_ms >= :start_ms AND start_ms < :end_ms
    AND (:tag IS NULL OR tag = :tag)
    AND (:principal IS NULL OR principal = :principal) AND (:team IS NULL OR team = :team)
    AND (:user IS NULL OR user = :user) AND (:route IS NULL OR route = :route)
    AND (:provider IS NULL OR provider = :provider)
    AND (:credential IS NULL OR credential = :credential OR provider || '/' || credential = :credential)
    AND (:model IS NULL OR model = :model OR provider || '/' || model = :model)
GROUP BY begun, name

-- name: find_periods
SELECT DISTINCT start_ms FROM sums
WHERE period = :period AND dimension = :dimension AND start_ms >= :start_ms AND start_ms < :end_ms
    AND (:tag IS NULL OR tag = :tag)
    AND (:principal IS NULL OR principal = :principal) AND (:team IS NULL OR team = :team)
    AND (:user IS NULL OR user = :user) AND (:route IS NULL OR route = :route)
    AND (:provider IS NULL OR provider = :provider)
    AND (:credential IS NULL OR credential = :credential OR provider || '/' || credential = :credential)
    AND (:model IS NULL OR model = :model OR provider || '/' || model = :model)
    AND CASE :trouble
        WHEN 'failed' THEN failed > 0
        WHEN 'cancelled' THEN cancelled > 0
        WHEN 'interrupted' THEN interrupted > 0
        WHEN 'any' THEN failed + cancelled + interrupted > 0
        ELSE 1
    END
ORDER BY start_ms DESC

-- name: search_exchanges
SELECT started_ms, sequence, row FROM exchanges
WHERE started_ms >= :start_ms AND (started_ms, sequence) < (:before_ms, :before_sequence)
ORDER BY started_ms DESC, sequence DESC
LIMIT :limit

-- name: find_first
SELECT sequence FROM exchanges WHERE started_ms >= ? ORDER BY started_ms, sequence LIMIT 1

-- name: find_last
SELECT sequence FROM exchanges WHERE started_ms < ? ORDER BY started_ms DESC, sequence DESC LIMIT 1

-- name: read_sample
SELECT row FROM exchanges WHERE sequence IN (SELECT value FROM json_each(?))

-- name: read_recorded
SELECT sequence, row FROM exchanges WHERE sequence > ? AND started_ms >= ? ORDER BY sequence LIMIT ?

-- name: replace_row
UPDATE exchanges SET row = ? WHERE sequence = ?

-- name: find_oldest
SELECT sequence FROM exchanges ORDER BY started_ms, sequence LIMIT ?

-- name: find_oldest_moment
SELECT min(started_ms) FROM exchanges

-- name: read_size
SELECT ((SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count))
    * (SELECT page_size FROM pragma_page_size)

-- name: find_old
SELECT sequence FROM exchanges WHERE started_ms < ? ORDER BY started_ms, sequence LIMIT ?

-- name: remove_exchange
DELETE FROM exchanges WHERE sequence = ?

-- name: remove_minutes
DELETE FROM sums
WHERE period = 'minute' AND dimension IN ('', 'key', 'route', 'model', 'credential', 'tag') AND start_ms < ?
