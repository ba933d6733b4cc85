-- Answers that were given again. What earlier layouts had summed up knows nothing of them.

ALTER TABLE sums ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;

ALTER TABLE sums ADD COLUMN saved_nanodollars INTEGER NOT NULL DEFAULT 0;
