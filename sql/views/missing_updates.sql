-- Updates that one side of an edge lacks, by what to do about them: how many, since when.
CREATE VIEW wsusck_rows.missing_updates AS
SELECT f.server, f.parent, f.rule, f.severity, f.message, f.remedy, count(*) AS updates, min(f.first_seen) AS first_seen
FROM wsusck_rows.finding AS f
WHERE f.closed_at IS NULL AND f.result = 'fail' AND f.kind = 'update'
  AND f.rule IN ('WCK3001', 'WCK3002', 'WCK3010', 'WCK3011', 'WCK3012', 'WCK3013')
GROUP BY f.server, f.parent, f.rule, f.severity, f.message, f.remedy;
