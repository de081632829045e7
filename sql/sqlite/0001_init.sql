-- Snapshots as content-addressed chunks (docs/architecture.md). A chunk is stored once under its SHA-256, whatever
-- server or time it belongs to; a snapshot is a manifest of digests.
-- Every `sum` is XXH3-64 over what it stands beside, with what that is found by, checked at each read, so that a flipped
-- bit is an error and never another fact; the digest proves, `wsusck store verify` recomputes it. The value wsusck.tally
-- counts snapshots and values, so that a lost one is missed.
CREATE TABLE chunk (
  id     INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  sum    INTEGER NOT NULL,
  data   BLOB NOT NULL
) STRICT;
CREATE TABLE snapshot (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  server       TEXT NOT NULL,
  parent       TEXT,               -- NULL = root
  mode         TEXT NOT NULL,
  server_id    TEXT,
  digest       BLOB NOT NULL CHECK (length(digest) = 32),
  collected_at INTEGER,            -- 100 ns since 1970-01-01 UTC, NULL = not known
  stored_at    INTEGER NOT NULL,
  updates      INTEGER NOT NULL,
  approvals    INTEGER NOT NULL,
  declined     INTEGER NOT NULL,
  sum          INTEGER NOT NULL,   -- of all columns before it
  manifest     BLOB NOT NULL       -- carries its own sum
) STRICT;
CREATE INDEX snapshot_by_server ON snapshot (server, collected_at, id);
-- Update documents by revision: a revision never changes, so one copy serves the whole tree.
CREATE TABLE document (
  id        INTEGER PRIMARY KEY,
  update_id TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  sum       INTEGER NOT NULL,
  data      BLOB NOT NULL,
  UNIQUE (update_id, revision)
) STRICT;
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  sum   INTEGER NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
