-- Everything that the store of uploads says to SQLite, by name. `head` is what is told of an upload, `body` what it is.

-- name: make_uploads
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    principal TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    head BLOB NOT NULL,
    body BLOB NOT NULL,
    bytes INTEGER NOT NULL
)

-- name: make_uploads_by_principal
CREATE INDEX IF NOT EXISTS uploads_by_principal ON uploads (principal, kind, created_ms, bytes)

-- name: make_uploads_by_end
CREATE INDEX IF NOT EXISTS uploads_by_end ON uploads (expires_ms)

-- name: insert_upload
INSERT INTO uploads (id, kind, principal, created_ms, expires_ms, head, body, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: read_upload
SELECT id, kind, principal, created_ms, expires_ms, head, body FROM uploads
WHERE id = ? AND principal = ? AND expires_ms > ?

-- name: list_uploads
SELECT id, kind, principal, created_ms, expires_ms, head, x'' FROM uploads
WHERE principal = ? AND kind = ? AND expires_ms > ? ORDER BY created_ms DESC, id DESC

-- name: change_end
UPDATE uploads SET expires_ms = ?, head = ? WHERE id = ? AND principal = ?

-- name: remove_upload
DELETE FROM uploads WHERE id = ? AND principal = ? RETURNING bytes

-- name: remove_old
DELETE FROM uploads WHERE expires_ms <= ? RETURNING bytes

-- name: sum_of_principal
SELECT count(*), coalesce(sum(bytes), 0) FROM uploads WHERE principal = ?

-- name: sum_bytes
SELECT coalesce(sum(bytes), 0) FROM uploads
