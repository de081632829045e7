-- Servers, worst first when ordered by rank. What was not read is NULL, with the sections that are not known beside it.
CREATE VIEW wsusck_rows.servers AS
SELECT s.server, s.path, s.parent, s.mode, s.version,
       rank() OVER (ORDER BY s.errors DESC, s.warnings DESC, s.unknown DESC, s.notes DESC) AS rank,
       s.errors, s.warnings, s.notes, s.unknown, s.waived,
       s.updates, s.updates_coverage, s.approvals, s.approvals_coverage, s.declined, s.declined_coverage,
       (SELECT count(*) FROM wsusck_rows.coverage AS c WHERE c.server = s.server AND c.state = 'unknown')
         AS sections_unknown,
       (SELECT max(r.started) FROM wsusck_rows.sync_run AS r WHERE r.server = s.server AND r.result = 'failed')
         AS last_failed_sync,
       s.last_good_sync, s.collected_at, s.looked_at
FROM wsusck_rows.server AS s;
