-- Everything that the store says to SQLite, by name. Migrations stand beside it.

-- name: read_migration
SELECT coalesce(max(number), 0) FROM migrations

-- name: make_migrations
CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)

-- name: record_migration
INSERT INTO migrations (number, name) VALUES (?, ?)

-- name: find_known
SELECT id FROM exchanges WHERE id IN (SELECT value FROM json_each(?))

-- name: insert_exchange
INSERT INTO exchanges (id, started_ms, principal, route, provider, model, outcome, row) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_sums
INSERT INTO sums (
    period, start_ms, principal, route, provider, model, exchanges, failed, cancelled, interrupted, estimated,
    unpriced, input, cache_read, cache_write_5m, cache_write_1h, input_audio, input_image, output, reasoning,
    output_audio, output_image, cost_nanodollars, duration_us
) VALUES (
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
)
ON CONFLICT (period, start_ms, principal, route, provider, model) DO UPDATE SET
    exchanges = exchanges + excluded.exchanges, failed = failed + excluded.failed,
    cancelled = cancelled + excluded.cancelled, interrupted = interrupted + excluded.interrupted,
    estimated = estimated + excluded.estimated, unpriced = unpriced + excluded.unpriced,
    input = input + excluded.input, cache_read = cache_read + excluded.cache_read,
    cache_write_5m = cache_write_5m + excluded.cache_write_5m,
    cache_write_1h = cache_write_1h + excluded.cache_write_1h, input_audio = input_audio + excluded.input_audio,
    input_image = input_image + excluded.input_image, output = output + excluded.output,
    reasoning = reasoning + excluded.reasoning, output_audio = output_audio + excluded.output_audio,
    output_image = output_image + excluded.output_image,
    cost_nanodollars = cost_nanodollars + excluded.cost_nanodollars, duration_us = duration_us + excluded.duration_us

-- name: read_exchange
SELECT row FROM exchanges WHERE id = ?

-- name: read_sums
SELECT
    CASE :by
        WHEN 'model' THEN CASE provider WHEN '' THEN '' ELSE provider || '/' || model END
        WHEN 'provider' THEN provider
        WHEN 'route' THEN route
        WHEN 'key' THEN principal
        ELSE strftime('%Y-%m-%d', start_ms / 1000, 'unixepoch')
    END AS name,
    sum(exchanges), sum(failed), sum(cancelled), sum(interrupted), sum(estimated), sum(unpriced), sum(input),
    sum(cache_read), sum(cache_write_5m), sum(cache_write_1h), sum(input_audio), sum(input_image), sum(output),
    sum(reasoning), sum(output_audio), sum(output_image), sum(cost_nanodollars), sum(duration_us)
FROM sums
WHERE period = :period AND start_ms >= :start_ms AND start_ms < :end_ms
GROUP BY name

-- name: find_old
SELECT sequence FROM exchanges WHERE started_ms < ? ORDER BY started_ms LIMIT ?

-- name: remove_exchange
DELETE FROM exchanges WHERE sequence = ?

-- name: remove_minutes
DELETE FROM sums WHERE period = 'minute' AND start_ms < ?
