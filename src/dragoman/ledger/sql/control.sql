-- Everything that the control store says to SQLite, by name. Its migrations stand in `control/`.

-- name: read_keys
SELECT record FROM keys ORDER BY name

-- name: read_teams
SELECT record FROM teams ORDER BY name

-- name: read_credentials
SELECT record FROM credentials ORDER BY provider, name

-- name: add_key
INSERT INTO keys (id, name, record) VALUES (?, ?, ?)

-- name: change_key
UPDATE keys SET record = ?3 WHERE id = ?1 AND name = ?2

-- name: add_team
INSERT INTO teams (name, record) VALUES (?, ?)

-- name: change_team
UPDATE teams SET record = ?2 WHERE name = ?1

-- name: remove_team
DELETE FROM teams WHERE name = ?

-- name: record_credential
INSERT OR REPLACE INTO credentials (provider, name, record) VALUES (?, ?, ?)

-- name: remove_credential
DELETE FROM credentials WHERE provider = ? AND name = ?

-- name: record_entry
INSERT INTO audit (record) VALUES (?)

-- name: read_entries
SELECT sequence, record FROM audit
WHERE sequence < ?1 AND (?3 = '' OR instr(record, ?3) > 0)
ORDER BY sequence DESC
LIMIT ?2
