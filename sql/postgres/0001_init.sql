-- Snapshots as content-addressed chunks, as in sql/sqlite/0001_init.sql: what `sum` and `places` say there holds here
-- (there are no places: a chunk is found by its digest). Everything is in the schema wsusck; names are qualified, and
-- the session's search_path is pg_catalog.
CREATE TABLE wsusck.store (
  application bigint NOT NULL,     -- "wsck" = 2003002219
  version     bigint NOT NULL      -- of this schema
);
CREATE TABLE wsusck.chunk (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  sum    bigint NOT NULL,
  data   bytea NOT NULL
);
-- compressed already where it pays; reading a part of it never happens
ALTER TABLE wsusck.chunk ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE wsusck.snapshot (
  id           bigint PRIMARY KEY,
  server       text COLLATE "C" NOT NULL,
  parent       text COLLATE "C",   -- NULL = root
  mode         text NOT NULL,
  server_id    text,
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  collected_at bigint,             -- 100 ns since 1970-01-01 UTC, NULL = not known
  stored_at    bigint NOT NULL,
  updates      bigint NOT NULL,
  approvals    bigint NOT NULL,
  declined     bigint NOT NULL,
  sum          bigint NOT NULL,
  manifest     bytea NOT NULL
);
CREATE INDEX snapshot_by_server ON wsusck.snapshot (server, collected_at NULLS FIRST, id);
CREATE SEQUENCE wsusck.snapshot_id; -- an id is never used again
CREATE TABLE wsusck.document (
  update_id text COLLATE "C" NOT NULL,
  revision  bigint NOT NULL,
  sum       bigint NOT NULL,
  data      bytea NOT NULL,
  PRIMARY KEY (update_id, revision)
);
ALTER TABLE wsusck.document ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE wsusck.meta (
  key   text COLLATE "C" PRIMARY KEY,
  sum   bigint NOT NULL,
  value text NOT NULL
);
