-- Everything that the store of bodies says to SQLite, by name. Bodies are compressed; `bytes` is what they take up here.

-- name: make_bodies
CREATE TABLE IF NOT EXISTS bodies (
    exchange_id TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    kept_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    bodies BLOB NOT NULL
) WITHOUT ROWID

-- name: make_bodies_by_time
CREATE INDEX IF NOT EXISTS bodies_by_time ON bodies (kept_ms, exchange_id)

-- name: insert_bodies
INSERT OR REPLACE INTO bodies (exchange_id, principal, kept_ms, bytes, bodies) VALUES (?, ?, ?, ?, ?)

-- name: read_bodies
SELECT bodies FROM bodies WHERE exchange_id = ?

-- name: find_old
SELECT exchange_id, bytes FROM bodies WHERE kept_ms < ? ORDER BY kept_ms LIMIT ?

-- name: find_oldest
SELECT exchange_id, bytes FROM bodies ORDER BY kept_ms LIMIT ?

-- name: find_of_principal
SELECT exchange_id, bytes FROM bodies WHERE principal = ? LIMIT ?

-- name: remove_bodies
DELETE FROM bodies WHERE exchange_id = ?

-- name: sum_bytes
SELECT coalesce(sum(bytes), 0) FROM bodies
