-- Everything that the store of responses says to SQLite, by name. A conversation is what goes when it is old; its
-- responses hold the words: `items` what came in new with the request, `body` the answer, both JSON.

-- name: make_conversations
CREATE TABLE IF NOT EXISTS conversations (
    number INTEGER PRIMARY KEY,
    used_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL
)

-- name: make_conversations_by_time
CREATE INDEX IF NOT EXISTS conversations_by_time ON conversations (used_ms)

-- name: make_responses
CREATE TABLE IF NOT EXISTS responses (
    id TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    previous_id TEXT,
    conversation INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    items BLOB NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID

-- name: make_responses_by_conversation
CREATE INDEX IF NOT EXISTS responses_by_conversation ON responses (conversation)

-- name: read_response
SELECT id, principal, previous_id, items, body FROM responses WHERE id = ? AND principal = ?

-- name: find_conversation
SELECT conversation, bytes FROM responses WHERE id = ? AND principal = ?

-- name: open_conversation
INSERT INTO conversations (used_ms, bytes) VALUES (?, 0)

-- name: note_use
UPDATE conversations SET used_ms = max(used_ms, ?), bytes = bytes + ? WHERE number = ?

-- name: insert_response
INSERT INTO responses (id, principal, previous_id, items, body, conversation, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: remove_response
DELETE FROM responses WHERE id = ?

-- name: shrink_conversation
UPDATE conversations SET bytes = bytes - ? WHERE number = ?

-- name: remove_if_empty
DELETE FROM conversations WHERE number = ? AND NOT EXISTS (SELECT 1 FROM responses WHERE conversation = number)

-- name: find_old
SELECT number, bytes FROM conversations WHERE used_ms < ? LIMIT ?

-- name: find_oldest
SELECT number, bytes FROM conversations ORDER BY used_ms LIMIT 1

-- name: remove_responses
DELETE FROM responses WHERE conversation = ?

-- name: remove_conversation
DELETE FROM conversations WHERE number = ?

-- name: sum_bytes
SELECT coalesce(sum(bytes), 0) FROM conversations
