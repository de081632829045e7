-- What is wrong now. seen: the last look at the server found it; otherwise that look could not see enough to tell that it
-- is gone, and last_seen is the last one that found it.
CREATE VIEW wsusck_rows.open_findings AS
SELECT f.rule, f.slug, f.severity, f.result, f.server, f.path, f.parent, f.kind, f.title, f.name,
       f.update_id, f.revision, f.group_id, f.category_id, f.eula_id, f.language, f.file,
       f.expected, f.actual, f.message, f.remedy, f.evidence, f.waiver,
       f.first_seen, coalesce(f.last_seen, s.looked_at) AS last_seen, f.last_seen IS NULL AS seen,
       f.episode, f.fingerprint, f.nth
FROM wsusck_rows.finding AS f
LEFT JOIN wsusck_rows.server AS s ON s.server = f.server
WHERE f.closed_at IS NULL;
