-- Everything that the store of conversations says to SQLite, by name. Items lie in the order of their positions; `body`
-- is an item as it was said, JSON, and `response` the one that it came with, or ''.

-- name: make_conversations
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    metadata BLOB NOT NULL,
    used_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    next_position INTEGER NOT NULL
) WITHOUT ROWID

-- name: make_conversations_by_time
CREATE INDEX IF NOT EXISTS conversations_by_time ON conversations (used_ms)

-- name: make_conversations_by_principal
CREATE INDEX IF NOT EXISTS conversations_by_principal ON conversations (principal, used_ms)

-- name: make_items
CREATE TABLE IF NOT EXISTS items (
    conversation TEXT NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    response TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (conversation, position)
) WITHOUT ROWID

-- name: make_items_by_id
CREATE UNIQUE INDEX IF NOT EXISTS items_by_id ON items (conversation, id)

-- name: insert_conversation
INSERT INTO conversations (id, principal, created_ms, metadata, used_ms, bytes, next_position)
VALUES (?, ?, ?, ?, ?, ?, 0)

-- name: read_conversation
SELECT id, principal, created_ms, metadata FROM conversations WHERE id = ? AND principal = ?

-- name: read_room
SELECT bytes, next_position FROM conversations WHERE id = ? AND principal = ?

-- name: note_use
UPDATE conversations SET used_ms = max(used_ms, ?), bytes = bytes + ?, next_position = ? WHERE id = ?

-- name: change_metadata
UPDATE conversations SET metadata = ?, bytes = bytes + ?, used_ms = max(used_ms, ?) WHERE id = ?

-- name: insert_item
INSERT INTO items (conversation, position, id, response, body) VALUES (?, ?, ?, ?, ?)

-- name: find_item
SELECT position FROM items WHERE conversation = ? AND id = ?

-- name: find_response
SELECT min(position) FROM items WHERE conversation = ? AND response = ?

-- name: read_items
SELECT id, body FROM items WHERE conversation = ? AND position < ? ORDER BY position

-- name: read_item
SELECT id, body FROM items WHERE conversation = ? AND id = ?

-- name: read_page_upwards
SELECT id, body FROM items WHERE conversation = ? AND position > ? ORDER BY position LIMIT ?

-- name: read_page_downwards
SELECT id, body FROM items WHERE conversation = ? AND position < ? ORDER BY position DESC LIMIT ?

-- name: remove_item
DELETE FROM items WHERE conversation = ? AND id = ? RETURNING length(id) + length(body)

-- name: shrink
UPDATE conversations SET bytes = bytes - ? WHERE id = ?

-- name: remove_items
DELETE FROM items WHERE conversation = ?

-- name: remove_conversation
DELETE FROM conversations WHERE id = ?

-- name: find_conversation
SELECT id, bytes FROM conversations WHERE id = ? AND principal = ?

-- name: find_old
SELECT id, bytes FROM conversations WHERE used_ms < ? LIMIT ?

-- name: find_oldest
SELECT id, bytes FROM conversations ORDER BY used_ms LIMIT 1

-- name: count_of_principal
SELECT count(*) FROM conversations WHERE principal = ?

-- name: find_oldest_of_principal
SELECT id, bytes FROM conversations WHERE principal = ? ORDER BY used_ms LIMIT 1

-- name: sum_bytes
SELECT coalesce(sum(bytes), 0) FROM conversations
